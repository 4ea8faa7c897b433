"""The files of one run, written in parallel and finished or discarded together."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import InputError
from ..video import Frame, VideoInfo, Writer, open_writer
from ..video.formats import FORMATS
from .pipeline import Sink
from .pixels import to_uint8

if TYPE_CHECKING:
    from .layers import Layers


class OutputSettings(NamedTuple):
    """The settings that all outputs of a run share.

    Attributes:
        path: the video whose sound they keep; None for no sound.
        start, end: the part of the video, in seconds.
        crf: quality of outputs with a CRF encoder; None for each format's own value.
    """

    path: Path | None
    start: float | None = None
    end: float | None = None
    crf: int | None = None


class Files(NamedTuple):
    """The files of one person.

    Attributes:
        composite: a path, an open writer, or None.
        copies: of the composite.
        alpha, foreground: videos or sequences.
        plate: the restored background, a picture.
    """

    composite: Path | Writer | None
    copies: tuple[Path, ...] = ()
    alpha: Path | None = None
    foreground: Path | None = None
    plate: Path | None = None

    @property
    def paths(self) -> list[Path]:
        """All paths."""
        each = (self.composite, *self.copies, self.alpha, self.foreground, self.plate)
        return [path for path in each if isinstance(path, Path)]

    def of_person(self, number: int) -> "Files":
        """The same files with a person's number in every name.

        Raises:
            InputError: the composite is an open writer, which has no name.
        """
        if isinstance(self.composite, Writer):
            raise InputError("several people need a file each: name one instead of giving an open writer")
        composite, *others = (
            path and numbered(path, number) for path in (self.composite, self.alpha, self.foreground, self.plate)
        )
        return Files(composite, tuple(numbered(path, number) for path in self.copies), *others)


def numbered(path: Path, number: int) -> Path:
    """A name with a person's number: out.mp4 -> out_1.mp4, and out_%05d.png -> out_1_%05d.png.

    Examples:
        >>> numbered(Path("out.mp4"), 2).name, numbered(Path("out_%05d.png"), 2).name
        ('out_2.mp4', 'out_2_%05d.png')
    """
    head, sign, tail = path.stem.partition("%")
    name = f"{head.rstrip('_')}_{number}" + (f"_{sign}{tail}" if sign else "")
    return path.with_name(name + path.suffix)


class Outputs:
    """The writers of one run. Each encodes in its own thread; all are finished or discarded together."""

    def __init__(self) -> None:
        self._writers: list[Writer] = []
        self._sinks: list[Sink] = []

    def open(self, path: Path, info: VideoInfo, source: OutputSettings, alpha: bool = False) -> Sink:
        """Open another output; it gets the sound if its format supports sound.

        Args:
            path: its name decides the format, see `open_writer`.
            info: the properties of the frames.
            source: the shared settings.
            alpha: the frames are RGBA.
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
        """Add an open writer."""
        self._writers.append(writer)
        self._sinks.append(Sink(lambda arguments: writer.write(*arguments)))
        return self._sinks[-1]

    @staticmethod
    def write(sink: Sink, frame: Frame, image: np.ndarray) -> None:
        """Write `image` at the time of `frame`."""
        sink.give((image, frame.pts, frame.time_base, frame.duration))

    def close(self, partial: bool) -> list[Path]:
        """Finish all outputs and return their names."""
        for sink in self._sinks:
            sink.finish()
        for writer in self._writers:
            writer.close(partial)
        return [writer.path for writer in self._writers]

    @property
    def notes(self) -> list[str]:
        """Notes for the user about the files, without repetitions."""
        return list(dict.fromkeys(note for writer in self._writers for note in writer.notes))

    def abort(self) -> None:
        """Delete unfinished files."""
        for sink in self._sinks:
            sink.cancel()
        for writer in self._writers:
            writer.abort()


class PersonSinks:
    """The outputs of one person.

    Args:
        outputs: the run's outputs, to which these are added.
        files: the person's files.
        info, source: as for `Outputs.open`.
        transparent: the composites are RGBA.
    """

    def __init__(self, outputs: Outputs, files: Files, info: VideoInfo, source: OutputSettings, transparent: bool):
        named = [path for path in (files.composite, *files.copies) if isinstance(path, Path)]
        self._composites = [outputs.open(path, info, source, alpha=transparent) for path in named]
        if isinstance(files.composite, Writer):
            self._composites.append(outputs.add(files.composite))
        self._alpha = outputs.open(files.alpha, replace(info, colour=None), source) if files.alpha else None
        self._foreground = outputs.open(files.foreground, info, source) if files.foreground else None

    def write(self, frame: Frame, layers: "Layers") -> None:
        """Write the pictures of a frame at its time."""
        composite, alpha, foreground, deep = layers
        if deep is not None:
            composite, foreground = deep, deep[..., :3]
        for sink in self._composites:
            Outputs.write(sink, frame, composite)
        if self._alpha:
            Outputs.write(self._alpha, frame, to_uint8(alpha))
        if self._foreground:
            Outputs.write(self._foreground, frame, foreground)
