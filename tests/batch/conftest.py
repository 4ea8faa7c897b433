"""Clips for batches, and a quick way to run one in this process."""

from pathlib import Path

import pytest
from batches import Batch
from matting_clips import write_clip

from modnetv_kit import VideoReport, matte_videos

QUICK = {"engine": "torch", "device": "cpu", "threads": 1}


@pytest.fixture
def batch() -> Batch:
    """Run `matte_videos` to its end on one PyTorch thread."""

    def run(*arguments: object, **options: object) -> list[VideoReport]:
        return list(matte_videos(*arguments, **{**QUICK, **options}))  # type: ignore[arg-type]

    return run


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """A folder of three clips, one of them in a subfolder, and a file that is not a video."""
    folder = tmp_path / "shots"
    (folder / "day2").mkdir(parents=True)
    for index, name in enumerate(("a.mp4", "b.mov", "day2/a.mp4")):
        write_clip(folder / name, frames=3 + index)
    (folder / "notes.txt").write_text("take 2 is the good one")
    return folder
