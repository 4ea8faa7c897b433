"""Which videos a batch finds, and the names of their outputs."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modnetv_kit.batch.plan import VideoJob, plan
from modnetv_kit.errors import InputError, MattingError, OutputError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def names(jobs: Iterable[VideoJob]) -> dict[str, str]:
    return {Path(job.source).name: job.key for job in jobs}


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    touch(tmp_path, "shots/a.mp4", "shots/b.v2.MOV", "shots/day2/c.mkv", "shots/.hidden.mp4", "shots/poster.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_folders_patterns_and_files_keep_names_and_sub_folders(inputs: Path) -> None:
    everything = {"a.mp4": "a.webm", "b.v2.MOV": "b.v2.webm", "c.mkv": "day2/c.webm"}
    for sources, expected in (
        (["shots"], everything),
        (["shots/"], everything),
        (["shots/**/*.*"], everything),
        (["shots/a.mp4", "shots/*", "shots"], everything),  # each once, under its first name
        (["sh*"], {name: f"shots/{to}" for name, to in everything.items()}),
        (["shots/day2/c.mkv"], {"c.mkv": "c.webm"}),
        ([inputs / "shots/a.mp4"], {"a.mp4": "a.webm"}),
    ):
        assert names(plan(sources, {"dst": str(inputs / "out")}, "webm")) == expected, sources


def test_every_kind_of_output_has_the_same_name_in_its_own_folder(inputs: Path) -> None:
    roots = {"dst": str(inputs / "out"), "alpha": str(inputs / "mattes"), "save_background": str(inputs / "plates")}
    (job,) = plan(["shots/b.v2.MOV"], roots, "png")
    assert job.locations == tuple(str(inputs / name) for name in ("out/b.v2", "mattes/b.v2", "plates/b.v2.png"))


def test_in_a_folder_without_videos_every_folder_of_images_is_a_video(inputs: Path) -> None:
    for name in ("frames/x/0.png", "frames/y/z/0.png"):
        (inputs / name).parent.mkdir(parents=True)
        Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(inputs / name)
    assert names(plan(["frames"], {"dst": "out"}, "mp4")) == {"x": "x.mp4", "z": "y/z.mp4"}
    assert names(plan(["frames/x"], {"dst": "out"}, "mp4")) == {"x": "x.mp4"}


def test_results_in_the_folder_of_the_sources_are_not_taken_for_sources(inputs: Path) -> None:
    touch(inputs, "shots/out/a.mp4")
    assert len(plan(["shots"], {"dst": str(inputs / "shots/out")}, "mp4")) == 3


def test_invalid_plans_give_a_one_line_error_with_the_cause(inputs: Path) -> None:
    touch(inputs, "shots/a.mov", "other/a.mp4", "empty/notes.txt")
    out = str(inputs / "out")
    for sources, root, form, kind, words in (
        (["missing.mp4"], out, "mp4", InputError, ["missing.mp4"]),
        (["missing/*.mp4"], out, "mp4", InputError, ["missing/*.mp4"]),
        (["empty"], out, "mp4", InputError, ["empty"]),
        (["shots"], out, "mp4", InputError, ["a.mov", "a.mp4"]),
        (["shots/a.mp4", "other/a.mp4"], out, "mp4", InputError, ["shots/a.mp4", "other/a.mp4"]),
        (["other"], str(inputs / "other"), "mp4", OutputError, ["other"]),
        (["other/a.mp4"], str(inputs / "other"), "mp4", OutputError, ["other/a.mp4"]),
        (["other"], out, "avi", InputError, ["avi", "webm"]),
    ):
        with pytest.raises(MattingError) as error:
            plan(sources, {"dst": root}, form)
        assert isinstance(error.value, kind), sources
        assert "\n" not in str(error.value)
        assert all(word in str(error.value) for word in words), str(error.value)
