"""stdin and stdout as videos: `-` in the place of a file."""

import sys
from pathlib import Path

from ..errors import InputError
from ..paths import is_folder
from ..video import VideoReader, open_video
from ..video.lowered import lowered
from ..video.pipes import PipeReader, PipeWriter


def source_of(name: str) -> Path | VideoReader:
    """The source that an input names: a path, or for "-" the video on stdin.

    Raises:
        InputError: stdin is a terminal.
        VideoError: stdin carries no video.
    """
    if name != "-":
        return Path(name)
    if sys.stdin.isatty():
        raise InputError("- reads a video from a pipe, and nothing is piped in; give a file, or pipe into it")
    return PipeReader(sys.stdin.buffer)


def piped(
    source: Path | VideoReader,
    background: str | None,
    size: int | None,
    fps: float | None,
    start: float | None,
    end: float | None,
    raw: bool,
) -> PipeWriter:
    """A writer of the composite to stdout, in RGBA where the background is none (the default).

    Args:
        source: see `source_of`.
        background, size, fps, start, end: as for `matte_video`.
        raw: see `PipeWriter`.

    Raises:
        InputError: stdout is a terminal, or the source cannot be used.
    """
    if sys.stdout.isatty():
        raise InputError("-o - writes video into a pipe, and stdout is a terminal; give a file, or pipe it somewhere")
    rate = fps if isinstance(source, Path) and is_folder(source) else None  # images have no rate of their own
    reader = open_video(source, start, end, fps=rate) if isinstance(source, Path) else source
    reader = lowered(reader, size, None if rate else fps)
    return PipeWriter(sys.stdout.buffer, reader.info, background in (None, "none"), raw)
