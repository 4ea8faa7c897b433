"""Putting a video together from parts that were encoded on their own, without encoding anything again."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av

from ..errors import OutputError
from ..files import output_error
from .clock import Packet
from .formats import FORMATS, Format
from .frames import VideoInfo
from .source import open_source
from .writer import FileWriter

JOINABLE = tuple(suffix for suffix, form in FORMATS.items() if form.audio_encoder)
"""Kinds of files whose parts can be joined; of the others players show single pictures."""


class Shown(NamedTuple):
    """When a frame is shown and, if that is known, for how long, in seconds on the source's clock."""

    time: Fraction
    duration: Fraction | None


def join_videos(
    parts: Sequence[Path],
    times: Sequence[Shown],
    path: Path,
    info: VideoInfo,
    *,
    audio_from: Path | None = None,
    start: float | None = None,
    end: float | None = None,
) -> list[str]:
    """Write the frames of several files, one file after the other, as `open_writer` would have written them in one go.

    Args:
        parts: files of the kind of `path`, written by `open_writer` for one and the same `info`.
        times: of all their frames.
        path: the file to write; it appears when it is whole.
        info, audio_from, start, end: as for `open_writer`.

    Returns:
        Lines for the user about the sound, such as that it was left out.

    Raises:
        OutputError: the parts do not fit each other or the times, or `path` cannot be written.
        VideoError: a part or `audio_from` cannot be read.
    """
    with _JoinedWriter(path, info, audio_from, start, end, parts[0]) as writer:
        try:
            for packet, shown in zip(_packets(parts, path), times, strict=True):
                writer.place(packet, shown)
        except ValueError:
            raise OutputError(
                f"{path} cannot be joined: its parts do not have {len(times)} frames; run it anew"
            ) from None
        except (OSError, av.error.FFmpegError) as error:
            raise output_error(path, error) from error
    return writer.notes


class _JoinedWriter(FileWriter):
    """A `FileWriter` that is given packets."""

    def __init__(
        self,
        path: Path,
        info: VideoInfo,
        audio_from: Path | None,
        start: float | None,
        end: float | None,
        template: Path,
    ):
        self._template = template
        form = FORMATS[path.suffix.lower()]
        super().__init__(path, info, form, False, audio_from if form.audio_encoder else None, start, end)

    def _add_picture(self, info: VideoInfo, form: Format, alpha: bool) -> av.VideoStream:
        with open_source(self._template) as source:
            stream = self._container.add_stream_from_template(source.stream)
            stream.metadata.update(source.stream.metadata)  # that a WebM has alpha is written there
        stream.time_base = self._time_base
        return stream

    def _encode(self, frame: av.VideoFrame | None) -> None:
        """Nothing is left in an encoder at the end."""

    def place(self, packet: Packet, shown: Shown) -> None:
        """Write a packet that holds the next frame."""
        pts, packet.duration = self._place(*shown)
        packet.pts = packet.dts = pts
        packet.time_base = self._time_base
        packet.stream = self._stream
        self._mux(packet)
        self.frames += 1


def _packets(parts: Sequence[Path], path: Path) -> Iterator[Packet]:
    """The frames of all parts; in every format that is written here a packet is a frame, in the order of display."""
    header = None
    for part in parts:
        with open_source(part) as source:
            extradata = source.stream.codec_context.extradata
            header = header or (extradata,)
            if header != (extradata,):
                raise OutputError(f"{path} cannot be joined: its parts were encoded differently; run it anew")
            yield from (packet for packet in source.container.demux(source.stream) if packet.size)
