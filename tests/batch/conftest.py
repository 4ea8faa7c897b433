"""Clips for whole batches, and a quick way to run one in this process."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from matting_clips import write_clip

from modnetv_kit import VideoReport, matte_videos

Batch = Callable[..., list[VideoReport]]
QUICK = {"engine": "torch", "device": "cpu", "threads": 1}


@pytest.fixture
def batch() -> Batch:
    """`matte_videos` to its end, on one thread of PyTorch."""

    def run(*arguments: object, **options: object) -> list[VideoReport]:
        return list(matte_videos(*arguments, **{**QUICK, **options}))  # type: ignore[arg-type]

    return run


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """A folder of three clips, one of them in a folder below, and a file that is no video."""
    folder = tmp_path / "shots"
    (folder / "day2").mkdir(parents=True)
    for index, name in enumerate(("a.mp4", "b.mov", "day2/a.mp4")):
        write_clip(folder / name, frames=3 + index)
    (folder / "notes.txt").write_text("take 2 is the good one")
    return folder


def digests(folder: Path) -> dict[str, str]:
    """What every file in a folder holds, by its name, the manifest left out."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "modnetv.jsonl"]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
