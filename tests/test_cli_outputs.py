"""Outputs and messages of `modnetv matte`: edges, sizes, rates, pipes, JSON, --quiet."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import pytest
from matting_clips import write_clip
from PIL import Image
from rich.console import Console

from modnetv_kit import __version__
from modnetv_kit.cli import main, reporter
from modnetv_kit.cli.pipes import pipe_writer, source_or_stdin
from modnetv_kit.errors import InputError
from modnetv_kit.video import open_video, open_writer
from modnetv_kit.video.pipes import PipeReader

STREAMS = ("stdin", "stdout", "stderr")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("cli") / "clip.mp4", frames=8, sound=True)


class Ran(NamedTuple):
    """What a command wrote, and how it ended."""

    returncode: int
    stdout: bytes
    stderr: bytes


Modnetv = Callable[..., Ran]


@pytest.fixture
def modnetv(monkeypatch: pytest.MonkeyPatch) -> Modnetv:
    """Runs a command as a process of its own would, with pipes on all sides."""

    def run(*words: object, data: bytes = b"") -> Ran:
        streams = {name: io.TextIOWrapper(io.BytesIO(data if name == "stdin" else b"")) for name in STREAMS}
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["modnetv", *map(str, words)])
            for name, stream in streams.items():
                patch.setattr(sys, name, stream)
            patch.setattr(reporter, "console", Console(file=streams["stdout"], soft_wrap=True))
            with pytest.raises(SystemExit) as stop:
                main()
        written = []
        for name in ("stdout", "stderr"):
            streams[name].flush()
            written.append(streams[name].buffer.getvalue())  # type: ignore[attr-defined]
        return Ran(int(stop.value.code or 0), *written)

    return run


def test_version_prints_the_version_and_exits(modnetv: Modnetv) -> None:
    ran = modnetv("--version")
    assert (ran.returncode, ran.stdout.decode().strip()) == (0, f"modnetv {__version__}")


def test_one_run_writes_smaller_slower_and_animated_outputs_and_tells_in_json(
    modnetv: Modnetv, clip: Path, tmp_path: Path
) -> None:
    out, gif = tmp_path / "out.mp4", tmp_path / "out.gif"
    options = ["--size", 48, "--fps", 12.5, "--shrink", 1, "--feather", 0.5, "--crf", 30, "--gif", gif, "--json"]
    ran = modnetv("matte", clip, "-o", out, *options, "--engine", "torch", "--device", "cpu")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == b""
    summary = json.loads(ran.stdout.splitlines()[-1])
    assert summary["frames"] == 4
    assert summary["outputs"] == [str(out), str(gif)]
    assert [frame.image.shape for frame in open_video(out)] == [(32, 48, 3)] * 4
    with Image.open(gif) as image:
        assert image.n_frames == 4  # type: ignore[attr-defined]


def test_video_goes_through_pipes_on_both_sides(modnetv: Modnetv, clip: Path) -> None:
    options = ["--engine", "torch", "--device", "cpu", "--quiet"]
    ran = modnetv("matte", "-i", "-", "-o", "-", *options, data=_as_matroska(clip))
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == b""
    with av.open(io.BytesIO(ran.stdout)) as container:
        frames = [frame.to_ndarray(format="rgba") for frame in container.decode(video=0)]
    assert len(frames) == 8
    assert frames[0].shape == (64, 96, 4)
    raw = modnetv("matte", clip, "-o", "-", "--raw", "--background", "#00ff00", *options)
    pictures = np.frombuffer(raw.stdout, np.uint8).reshape(8, 64, 96, 4)
    assert (pictures[..., 3] == 255).all()
    clear = modnetv("matte", clip, "-o", "-", "--raw", "--background", "NONE", *options)
    assert len(clear.stdout) == pictures.size, clear.stderr


def test_errors_are_printed_alone_before_any_progress_bar(modnetv: Modnetv, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "there.mp4").write_bytes(b"kept")
    for words, says, data in (
        ((tmp_path / "nowhere.mp4", "-o", tmp_path / "out.mp4"), "no such file", b""),
        ((clip, "-o", tmp_path / "there.mp4"), "-y/--overwrite", b""),
        ((clip, "-o", tmp_path / "out.mp4", "--fps", 60), "not lower", b""),
        (("-", "-o", tmp_path / "out.mp4"), "the pipe does not deliver a video", b"text"),
        (("-o", tmp_path / "out.mp4"), "give a video", b""),
    ):
        ran = modnetv("matte", *words, data=data)
        assert ran.returncode == 2, ran
        assert ran.stderr.decode().count("\n") == 1, ran.stderr
        assert says in ran.stderr.decode()
    assert (tmp_path / "there.mp4").read_bytes() == b"kept"
    assert not (tmp_path / "out.mp4").exists()


def test_a_closed_stdin_or_stdout_is_one_line(monkeypatch: pytest.MonkeyPatch, clip: Path) -> None:
    monkeypatch.setattr("sys.stdin", None)
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(InputError, match="nothing is piped in"):
        source_or_stdin("-")
    with pytest.raises(InputError, match="stdout is a terminal or closed"):
        pipe_writer(clip, None, None, None, None, None, raw=False)


def _as_matroska(clip: Path) -> bytes:
    """The clip as FFmpeg would pipe it."""
    path = clip.with_name("piped.mkv")
    reader = open_video(clip)
    with open_writer(path, reader.info) as writer:
        for frame in reader:
            writer.write(frame.image, frame.pts, frame.time_base)
    assert len(list(PipeReader(io.BytesIO(path.read_bytes())))) == 8
    return path.read_bytes()
