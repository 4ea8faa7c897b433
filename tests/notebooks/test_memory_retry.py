"""Work is retried at a smaller size if, and only if, a device runs out of memory."""

from pathlib import Path
from typing import Any

import pytest
import torch
from matting_clips import write_clip

from modnetv_kit import MODNetV, matte_video
from modnetv_kit.errors import DeviceError
from modnetv_kit.notebooks import retry_smaller, shrink_video
from modnetv_kit.video import probe


def test_halves_until_it_fits_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    tried = []

    def run(size: int) -> str:
        tried.append(size)
        if size > 20:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return f"done at {size}"

    assert retry_smaller(run, 64, "a batch of") == "done at 16"
    assert tried == [64, 32, 16]
    assert capsys.readouterr().out.splitlines() == [
        "Out of memory with a batch of 64: trying 32.",
        "Out of memory with a batch of 32: trying 16.",
    ]


def test_gives_up_below_the_smallest() -> None:
    def run(size: int) -> None:
        raise torch.OutOfMemoryError(f"size {size}")

    with pytest.raises(torch.OutOfMemoryError, match="size 8"):
        retry_smaller(run, 32, "a batch of", smallest=8)


def test_a_device_that_does_not_exist_is_not_tried_again() -> None:
    tried = []

    def run(size: int) -> None:
        tried.append(size)
        raise DeviceError("there is no CUDA here")

    with pytest.raises(DeviceError):
        retry_smaller(run, 64, "a batch of")
    assert tried == [64]


class TightModel(MODNetV):
    """As if on a device that has room for frames of at most 64 pixels."""

    def matte(self, frame: torch.Tensor, *arguments: Any, **settings: Any) -> Any:
        if max(frame.shape[-2:]) > 64:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().matte(frame, *arguments, **settings)


def test_a_video_is_matted_at_the_size_that_fits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 2, size=(128, 96))

    def run(long_side: int) -> int:
        source = shrink_video(clip, long_side)
        return matte_video(source, tmp_path / "out.mp4", model=TightModel(), engine="torch").frames

    assert retry_smaller(run, 128, "a long side of") == 2
    assert "a long side of 128: trying 64" in capsys.readouterr().out
    assert (probe(tmp_path / "out.mp4").width, probe(tmp_path / "out.mp4").height) == (64, 48)
