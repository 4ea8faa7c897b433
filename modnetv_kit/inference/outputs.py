"""The files of one run: written side by side, finished or given up together."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..video import Frame, VideoInfo, Writer, open_writer
from ..video.formats import FORMATS
from .pipeline import Sink


class Source(NamedTuple):
    """What all outputs of a run have in common.

    Attributes:
        path: of the video whose sound they keep; None for silence.
        start, end: of the part, in seconds.
        crf: quality of those outputs whose encoder takes one; None for each format's own.
    """

    path: Path | None
    start: float | None = None
    end: float | None = None
    crf: int | None = None


class Outputs:
    """The writers of one run, each encoding in a thread of its own, finished or given up together."""

    def __init__(self) -> None:
        self._writers: list[Writer] = []
        self._sinks: list[Sink] = []

    def open(self, path: Path, info: VideoInfo, source: Source, alpha: bool = False) -> Sink:
        """Open one more; the sound goes into every output that can hold it.

        Args:
            path: its name decides the format, see `open_writer`.
            info: of the frames to come.
            source: where they come from.
            alpha: they will be RGBA.
        """
        form = FORMATS.get(path.suffix.lower())
        writer = open_writer(
            path,
            info,
            alpha=alpha,
            audio_from=source.path if form and form.audio_encoder and info.has_audio else None,
            start=source.start,
            end=source.end,
            crf=source.crf if form and "crf" in form.options else None,
        )
        return self.add(writer)

    def add(self, writer: Writer) -> Sink:
        """Take over a writer that is open."""
        self._writers.append(writer)
        self._sinks.append(Sink(lambda arguments: writer.write(*arguments)))
        return self._sinks[-1]

    @staticmethod
    def write(sink: Sink, frame: Frame, image: np.ndarray) -> None:
        """Have `image` written at the time of `frame`."""
        sink.give((image, frame.pts, frame.time_base))

    def close(self, partial: bool) -> list[Path]:
        """Finish all; their final names."""
        for sink in self._sinks:
            sink.finish()
        for writer in self._writers:
            writer.close(partial)
        return [writer.path for writer in self._writers]

    def abort(self) -> None:
        """Delete what is not finished."""
        for sink in self._sinks:
            sink.cancel()
        for writer in self._writers:
            writer.abort()
