"""Joining separately encoded parts into one video without re-encoding."""

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
"""Suffixes whose parts can be joined; players would show joined GIF and WebP files as single pictures."""


class FrameTiming(NamedTuple):
    """When a frame is shown on the source's clock and, if known, for how long, in seconds."""

    time: Fraction
    duration: Fraction | None


def join_videos(
    parts: Sequence[Path],
    timings: Sequence[FrameTiming],
    path: Path,
    info: VideoInfo,
    *,
    audio_from: Path | None = None,
    start: float | None = None,
    end: float | None = None,
) -> list[str]:
    """Write the frames of several files in sequence, as `open_writer` would have written them to one file.

    Args:
        parts: files with the suffix of `path`, all written by `open_writer` for the same `info`.
        timings: of all their frames.
        path: the file to write; it appears once it is complete.
        info, audio_from, start, end: as for `open_writer`.

    Returns:
        Messages for the user about the audio, such as that it was left out.

    Raises:
        OutputError: the parts do not match each other or `timings`, or `path` cannot be written.
        VideoError: a part or `audio_from` cannot be read.
    """
    with _JoinedWriter(path, info, audio_from, start, end, parts[0]) as writer:
        try:
            for packet, timing in zip(_packets(parts, path), timings, strict=True):
                writer.write_packet(packet, timing)
        except ValueError:
            raise OutputError(
                f"{path} cannot be joined: its parts do not have {len(timings)} frames; run it again"
            ) from None
        except (OSError, av.error.FFmpegError) as error:
            raise output_error(path, error) from error
    return writer.notes


class _JoinedWriter(FileWriter):
    """A `FileWriter` that receives encoded packets."""

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
            stream.metadata.update(source.stream.metadata)  # WebM records there that it has alpha
        stream.time_base = self._time_base
        return stream

    def _encode(self, frame: av.VideoFrame | None) -> None:
        """Do nothing: there is no encoder to flush."""

    def write_packet(self, packet: Packet, timing: FrameTiming) -> None:
        """Write the packet of the next frame."""
        pts, packet.duration = self._on_clock(*timing)
        packet.pts = packet.dts = pts
        packet.time_base = self._time_base
        packet.stream = self._stream
        self._mux(packet)
        self.frames += 1


def _packets(parts: Sequence[Path], path: Path) -> Iterator[Packet]:
    """The packets of all parts; in every format written here, packets are single frames in presentation order."""
    header = None
    for part in parts:
        with open_source(part) as source:
            extradata = source.stream.codec_context.extradata
            header = header or (extradata,)
            if header != (extradata,):
                raise OutputError(f"{path} cannot be joined: its parts were encoded differently; run it again")
            yield from (packet for packet in source.container.demux(source.stream) if packet.size)
