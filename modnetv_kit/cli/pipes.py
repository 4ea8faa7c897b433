"""stdin and stdout as videos: `-` instead of a file."""

import sys
from pathlib import Path

from ..errors import InputError
from ..paths import is_folder
from ..video import VideoReader, open_video
from ..video.lowered import lowered
from ..video.pipes import PipeReader, PipeWriter


def source_or_stdin(name: str) -> Path | VideoReader:
    """The source for an input name: a path, or for "-" the video on stdin.

    Raises:
        InputError: stdin is a terminal, or closed.
        VideoError: stdin is not a readable video.
    """
    if name != "-":
        return Path(name)
    if not sys.stdin or sys.stdin.isatty():  # a closed one is None
        raise InputError("- reads a video from a pipe, but nothing is piped in; give a file, or pipe a video in")
    return PipeReader(sys.stdin.buffer)


def pipe_writer(
    source: Path | VideoReader,
    background: str | None,
    size: int | None,
    fps: float | None,
    start: float | None,
    end: float | None,
    raw: bool,
) -> PipeWriter:
    """A writer of the composite to stdout, in RGBA if the background is none (the default).

    Args:
        source: see `source_or_stdin`.
        background, size, fps, start, end: as for `matte_video`.
        raw: see `PipeWriter`.

    Raises:
        InputError: stdout is a terminal or closed, or the source cannot be used.
    """
    if not sys.stdout or sys.stdout.isatty():
        raise InputError(
            "-o - writes video to a pipe, but stdout is a terminal or closed; give a file, or pipe the output"
        )
    rate = fps if isinstance(source, Path) and is_folder(source) else None  # images have no rate of their own
    reader = open_video(source, start, end, fps=rate) if isinstance(source, Path) else source
    reader = lowered(reader, size, None if rate else fps)
    return PipeWriter(sys.stdout.buffer, reader.info, (background or "none").lower() == "none", raw)
