"""The command line from a user's view: files, messages, exit codes."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from matting_clips import red_square, write_clip
from PIL import Image
from safetensors.torch import load_file, save_file

from modnetv_kit import __version__
from modnetv_kit.cli import main
from modnetv_kit.hub import BUNDLED
from modnetv_kit.video import open_video


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("cli") / "clip.mp4", frames=8, sound=True)


class Ran:
    """Exit code, standard output and standard error of a command."""

    def __init__(self, code: int, out: str, err: str):
        self.code, self.out, self.err = code, out, err

    @property
    def message(self) -> str:
        """The command's error output, without the progress bar."""
        lines = [line for line in self.err.splitlines() if line.startswith("modnetv: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]


Modnetv = Callable[..., Ran]


@pytest.fixture
def modnetv(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Modnetv:
    def run(*words: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["modnetv", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        return Ran(int(stop.value.code or 0), captured.out, captured.err)

    return run


def test_matte_writes_all_outputs_and_a_summary_line(modnetv: Modnetv, clip: Path, tmp_path: Path) -> None:
    out, alpha, plate = tmp_path / "out.mp4", tmp_path / "alpha.mp4", tmp_path / "plate.png"
    ran = modnetv("matte", clip, "-o", out, "--background", "blur", "--alpha", alpha, "--save-background", plate)
    assert ran.code == 0, ran.err
    assert len(list(open_video(out))) == len(list(open_video(alpha))) == 8
    assert plate.exists()
    for word in ("8 frames", "frames/s", "engine: ", str(out), str(alpha), str(plate)):
        assert word in ran.out


def test_info_prints_measured_size_and_cost(modnetv: Modnetv) -> None:
    ran = modnetv("info", "--device", "cpu")
    assert ran.code == 0
    assert __version__ in ran.out
    assert "2.0" in ran.out.split("parameters")[1].splitlines()[0]
    assert "1.2" in ran.out.split("multiply-adds")[1].splitlines()[0]


def test_eval_prints_means_and_writes_every_clip(modnetv: Modnetv, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for kind, shape in (("frames", (48, 64, 3)), ("alpha", (48, 64))):
        (tmp_path / "data" / "00_static" / kind).mkdir(parents=True)
        for i in range(2):
            picture = Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8))
            picture.save(tmp_path / "data" / "00_static" / kind / f"{i}.png")
    ran = modnetv("eval", "--data", tmp_path / "data", "--json", tmp_path / "figures.json", "--fp32")
    assert ran.code == 0, ran.err
    assert "accumulate" in ran.out
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert set(figures["clips"]["00_static"]) == {"off", "accumulate", "refresh"}


def test_every_kind_of_bad_source_is_one_line_exit_code_2_and_no_file(
    modnetv: Modnetv, clip: Path, tmp_path: Path
) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "empty.mp4").touch()
    (sources / "text.mp4").write_text("not a video")
    write_clip(sources / "small.mp4", frames=2, size=(30, 30))
    results = tmp_path / "results"
    results.mkdir()
    (sources / "nothing").mkdir()
    for name in ("missing.mp4", "empty.mp4", "text.mp4", "small.mp4", "nothing"):
        ran = modnetv("matte", sources / name, "-o", results / "out.mp4")
        assert ran.code == 2, name
        assert str(sources) in ran.message
    assert list(results.iterdir()) == []


def test_a_source_that_breaks_off_exits_with_2_names_the_frame_and_keeps_the_rest(
    modnetv: Modnetv, tmp_path: Path
) -> None:
    whole = write_clip(tmp_path / "whole.mkv", frames=60)
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    ran = modnetv("matte", broken, "-o", tmp_path / "out.mp4")
    assert ran.code == 2
    assert f"frame {len(list(open_video(tmp_path / 'out.mp4')))}" in ran.message


def test_bad_options_are_one_line_and_exit_code_2(modnetv: Modnetv, clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    for words, expected in (
        (["--background", "none"], "transparency"),
        (["--background", "grene"], "grene"),
        (["--device", "toaster"], "toaster"),
        (["--weights", tmp_path / "nowhere"], "nowhere"),
        (["--start", "100"], "no frame"),
        (["--engine", "steam"], "steam"),
        (["--engine", "openvino", "--device", "meta"], "runs on the CPU"),
        (["--threads", "0"], "threads"),
    ):
        ran = modnetv("matte", clip, "-o", out, *words)
        assert ran.code == 2, words
        assert expected in ran.message
    assert not out.exists()


def test_bad_weights_are_one_line_that_names_the_keys(modnetv: Modnetv, clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "config.json").write_text((BUNDLED / "config.json").read_text())
    tensors = load_file(BUNDLED / "model.safetensors")
    missing = next(iter(tensors))
    del tensors[missing]
    save_file(tensors, folder / "model.safetensors")
    ran = modnetv("matte", clip, "-o", tmp_path / "out.mp4", "--weights", folder)
    assert ran.code == 2
    assert missing in ran.message


def test_training_errors_are_one_line(modnetv: Modnetv, tmp_path: Path) -> None:
    for words, expected in (
        (["--stage", "images", "--data", tmp_path], "images"),
        (["--stage", "image", "--data", tmp_path / "nowhere"], "cutouts"),
        (["--data", tmp_path], "--stage"),
        (["--config", tmp_path / "none.yaml", "--data", tmp_path], "none.yaml"),
        (["--stage", "image", "--data", tmp_path, "--init", tmp_path / "none.safetensors"], "none.safetensors"),
    ):
        ran = modnetv("train", "--out", tmp_path / "run", *words)
        assert ran.code == 2, words
        assert expected in ran.message


def test_names_are_printed_and_used_as_they_are(modnetv: Modnetv, tmp_path: Path) -> None:
    folder = tmp_path / "a["
    folder.mkdir()
    source = write_clip(folder / "Talk [dQw4w9WgXcQ] :smile: [bold].mp4", frames=3)
    out = folder / "b]c [bold]100% done.mp4"
    ran = modnetv("matte", source, "-o", out, "--engine", "torch", "--device", "cpu")
    assert ran.code == 0, ran.err
    assert str(out) in ran.out
    assert len(list(open_video(out))) == 3
    assert sorted(path.name for path in folder.iterdir()) == sorted([source.name, out.name])


def test_images_have_the_rate_that_is_given(modnetv: Modnetv, tmp_path: Path) -> None:
    frames, out = tmp_path / "frames", tmp_path / "out.mp4"
    frames.mkdir()
    for index in range(3):
        Image.fromarray(red_square(index)).save(frames / f"{index}.png")
    ran = modnetv("matte", frames, "-o", out, "--fps", "23.976", "--engine", "torch", "--device", "cpu")
    assert ran.code == 0, ran.err
    assert open_video(out).info.rate == Fraction(24000, 1001)


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_a_playable_file_and_one_line(tmp_path: Path, ending: signal.Signals) -> None:
    source, out = write_clip(tmp_path / "long.mp4", frames=3000), tmp_path / "out.mp4"
    command = [sys.executable, "-m", "modnetv_kit", "matte", str(source), "-o", str(out), "--engine", "torch", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline()  # a line comes after the first frames
    process.send_signal(ending)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 128 + ending, err
    assert "interrupted" in err.splitlines()[-1]
    assert str(out) in err
    assert 0 < len(list(open_video(out))) < 3000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["long.mp4", "out.mp4"]


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_first_frame_leaves_nothing_and_says_so(
    tmp_path: Path, clip: Path, ending: signal.Signals
) -> None:
    out = tmp_path / "out.mp4"
    command = [sys.executable, "-m", "modnetv_kit", "matte", str(clip), "-o", str(out), "--engine", "torch"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not list(tmp_path.glob(".out.partial*")):
        time.sleep(0.01)
    process.send_signal(ending)  # during the warm-up
    _, err = process.communicate(timeout=120)
    assert (process.returncode, err.count("\n")) == (128 + ending, 1), err
    assert "no frame was finished" in err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_the_imports_is_one_line(tmp_path: Path, ending: signal.Signals) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "modnetv_kit", "info"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "typer" in line:  # the command line itself is being imported
            break
    process.send_signal(ending)
    rest = process.stderr.read()
    assert process.wait(60) == 128 + ending
    assert "Traceback" not in rest
    assert "modnetv: interrupted" in rest


def test_an_existing_result_is_replaced_only_with_overwrite(modnetv: Modnetv, clip: Path, tmp_path: Path) -> None:
    out, other = tmp_path / "out.mp4", tmp_path / "other.mp4"
    options = ("--engine", "torch", "--end", "0.1")
    for words in ((out,), (other, "--alpha", out), (other, "--foreground", out), (other, "--save-background", out)):
        out.write_text("mine")
        ran = modnetv("matte", clip, *options, "-o", *words)
        assert ran.code == 2, words
        assert "--overwrite" in ran.message
        assert str(out) in ran.message
        assert out.read_text() == "mine"
        assert not other.exists()
    assert modnetv("matte", clip, *options, "-o", out, "-y").code == 0
    assert len(list(open_video(out))) == 3


def test_many_inputs_need_a_folder_and_sensible_numbers(modnetv: Modnetv, clip: Path, tmp_path: Path) -> None:
    for words, expected in (
        ([clip, clip, "-o", tmp_path / "out.mp4"], "folder"),
        ([clip.parent, "-o", tmp_path / "out.mp4"], "folder"),
        ([clip, "-o", tmp_path / "out", "--workers", "many"], "--workers"),
        ([clip, "-o", tmp_path / "out", "--workers", "0"], "workers"),
        ([clip, "-o", tmp_path / "out", "--format", "avi"], "avi"),
        ([clip.parent / "*.mov", "-o", tmp_path / "out"], "*.mov"),
        ([clip.parent, clip.parent / "none.mp4", "-o", tmp_path / "out"], "none.mp4"),
    ):
        ran = modnetv("matte", *words)
        assert ran.code == 2, words
        assert expected in ran.message
    assert list(tmp_path.iterdir()) == []
