"""`modnetv matte` with prompts: a drawn clip of two people, and a model with a known result."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from matting_clips import write_clip
from PIL import Image
from two_people import LEFT, RIGHT, RedAsSaid, shown, two_squares, write_frames

import modnetv_kit.hub
from modnetv_kit.cli import main
from modnetv_kit.cli.prompt_options import prompt_arguments

Ran = tuple[int, str]
WALL = two_squares(0, left=False, right=False)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    mask = two_squares(0, right=False)[..., 0] == 255
    trimap = np.full(mask.shape, 128, np.uint8)
    trimap[20:44, 12:36], trimap[:, 60:] = 255, 0
    for name, picture in {"mask": mask, "trimap": trimap, "no_unknown": mask * np.uint8(255), "wall": WALL}.items():
        Image.fromarray(picture).save(folder / f"{name}.png")
    Image.fromarray(mask[:32]).save(folder / "small.png")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 128, 3), np.uint8)).save(folder / "elsewhere.png")
    return write_frames(folder / "frames")


@pytest.fixture
def matte(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    torch.manual_seed(0)
    monkeypatch.setattr(modnetv_kit.hub, "load_model", lambda *_, **__: RedAsSaid().eval())
    monkeypatch.chdir(clip.parent)

    def run(*options: str) -> Ran:
        command = ["matte", str(clip), "-o", str(tmp_path / "out"), "--alpha", str(tmp_path / "alpha")]
        monkeypatch.setattr(sys, "argv", ["modnetv", *command, "--engine", "torch", *options])
        with pytest.raises(SystemExit) as stop:
            main()
        errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("modnetv: ")]
        return int(stop.value.code or 0), "\n".join(errors)

    return run


def who(folder: Path) -> list[tuple[bool, bool]]:
    mattes = [np.array(Image.open(path)) / 255 for path in sorted(folder.iterdir())]
    return [shown(matte, index) for index, matte in enumerate(mattes)]


@pytest.mark.parametrize(
    "options",
    [
        ["--keep", f"{LEFT[0]},{LEFT[1]}"],
        ["--box", "4,12,40,40"],
        ["--mask", "mask.png"],
        ["--trimap", "trimap.png"],
    ],
    ids=["click", "box", "mask", "trimap"],
)
def test_options_say_who_is_meant(matte: Callable[..., Ran], tmp_path: Path, options: list[str]) -> None:
    assert matte(*options) == (0, "")
    assert who(tmp_path / "alpha") == [(True, False)] * 8


def test_clicks_apply_from_their_time_on(matte: Callable[..., Ran], tmp_path: Path) -> None:
    left, right = (f"{x},{y}" for x, y in (LEFT, RIGHT))
    assert matte("--keep", left, "--keep", f"{right}@0.09", "--remove", f"{left}@0.2", "--keep", f"{right}@0.2") == (
        0,
        "",
    )
    assert who(tmp_path / "alpha") == [(True, False)] * 3 + [(True, True)] * 2 + [(False, True)] * 3


def test_a_plate_is_the_background_from_the_first_frame_on(matte: Callable[..., Ran], tmp_path: Path) -> None:
    keep = f"{LEFT[0]},{LEFT[1]}"
    assert matte("--keep", keep, "--plate", "wall.png", "--save-background", str(tmp_path / "plate.png")) == (0, "")
    assert who(tmp_path / "alpha") == [(True, False)] * 8
    behind_the_left = np.array(Image.open(tmp_path / "plate.png"))[16:48, 20:36]
    np.testing.assert_array_equal(behind_the_left[..., :3], WALL[16:48, 20:36])
    assert (behind_the_left[..., 3] == 255).all()


def test_times_are_those_of_a_folder_at_its_rate_and_of_a_video_with_frames_left_out(
    matte: Callable[..., Ran], tmp_path: Path
) -> None:
    assert matte("--fps", "12.5", "--keep", f"{LEFT[0]},{LEFT[1]}@0.16") == (0, "")
    assert who(tmp_path / "alpha") == [(True, True)] * 2 + [(True, False)] * 6
    video = write_clip(tmp_path / "clip.mp4", frames=8)  # 25 frames a second
    options = {"remove": None, "box": None, "mask": None, "trimap": None, "each": False}
    for fps, frame in ((None, 4), (12.5, 2)):
        said = prompt_arguments(video, None, None, keep=["5,5@0.16"], fps=fps, **options)
        assert list(said["prompts"]) == [frame]


def test_each_person_gets_a_file_and_none_is_replaced(matte: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "plate_2.png").touch()
    options = ("--each", "--keep", f"{LEFT[0]},{LEFT[1]}", "--box", "84,12,40,40")
    code, message = matte(*options, "--save-background", str(tmp_path / "plate.png"))
    assert code == 2
    assert "plate_2.png exists already" in message
    (tmp_path / "plate_2.png").unlink()
    assert matte(*options) == (0, "")
    assert who(tmp_path / "alpha_1") == [(True, False)] * 8
    assert who(tmp_path / "alpha_2") == [(False, True)] * 8
    assert {path.name for path in tmp_path.iterdir()} == {"out_1", "out_2", "alpha_1", "alpha_2"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--keep", "12"], "--keep takes X,Y[@SECONDS] in pixels and seconds, not '12'"),
        (["--keep", "12,x"], "not '12,x'"),
        (["--remove", "12,4@soon"], "--remove takes X,Y[@SECONDS] in pixels and seconds, not '12,4@soon'"),
        (["--keep", "nan,4"], "not 'nan,4'"),
        (["--keep", "128,4"], "the point 128,4 is outside the frame, which has 128x64 pixels"),
        (["--keep", "12,4@0.32"], "0.32 s is past the end"),
        (["--keep", "12,4@-1"], "outside the part from 0 s"),
        (["--start", "0.2", "--keep", "12,4@0.1"], "outside the part from 0.2 s"),
        (["--end", "0.2", "--keep", "12,4@0.2"], "outside the part from 0 s to 0.2"),
        (["--box", "1,2,3"], "--box takes X,Y,W,H in pixels, not '1,2,3'"),
        (["--box", "1,2,3,0"], "is empty"),
        (["--box", "200,2,3,3"], "outside the frame"),
        (["--mask", "small.png"], "the mask has 128x32 pixels"),
        (["--mask", "nowhere.png"], "nowhere.png"),
        (["--trimap", "no_unknown.png"], "the trimap has no unknown region"),
        (["--plate", "elsewhere.png"], "cannot be aligned"),
        (["--plate", "nowhere.png"], "nowhere.png"),
        ([".", "--keep", "12,4"], "apply to a single video"),
        (["--each"], "--each needs a --keep or a --box"),
        (["--each", "--mask", "mask.png"], "--each takes clicks and boxes"),
        (["--each", "--keep", "12,4@0.1"], "--each takes clicks and boxes"),
    ],
)
def test_an_invalid_prompt_is_one_line_and_exit_code_2(
    matte: Callable[..., Ran], tmp_path: Path, options: list[str], says: str
) -> None:
    code, message = matte(*options)
    assert code == 2
    assert says in message
    assert "\n" not in message
    assert not list(tmp_path.iterdir())
