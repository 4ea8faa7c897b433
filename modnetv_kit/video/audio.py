"""The source's sound, moved into the output alongside the picture."""

from collections.abc import Generator, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer

from .formats import Format
from .source import Packet, open_file

_OPUS_RATE = 48000  # the rate that every Opus decoder works at
_FASTEST = 96_000  # samples a second that AAC can hold


def audio_tracks(source: Path, output: OutputContainer, form: Format) -> list["AudioTrack"]:
    """All sound tracks of `source` that are in a codec known here, ready to go into `output`."""
    with open_file(source) as container:
        # Newer phones add a spatial track in a codec that FFmpeg cannot name, beside the ordinary one.
        known = [n for n, stream in enumerate(container.streams.audio) if stream.codec_context is not None]
    return [AudioTrack(source, number, output, form) for number in known]


class AudioTrack:
    """One sound track on its way from a source file into an output; holds one packet at a time.

    Packets are copied as they are where the output's players play that codec, and encoded anew where they do not.

    Args:
        source: file to take the sound from; it is opened once more for each track, which keeps them independent.
        number: of the track among the source's sound tracks, from 0.
        output: where it goes; nothing has been written to it yet.
        form: of the output.
    """

    def __init__(self, source: Path, number: int, output: OutputContainer, form: Format):
        self._output = output
        self._container = open_file(source)
        self._stream = self._container.streams.audio[number]
        if self._stream.codec_context.codec.canonical_name in form.audio_codecs:
            self._target: AudioStream = output.add_stream_from_template(self._stream)
            self._packets = self._copies()
        else:
            rate = min(self._stream.codec_context.rate, _FASTEST) if form.audio_encoder != "libopus" else _OPUS_RATE
            layout = "mono" if self._stream.codec_context.channels == 1 else "stereo"  # what every encoder here takes
            self._target = cast(AudioStream, output.add_stream(form.audio_encoder, rate=rate, layout=layout))
            self._packets = self._encoded()
        if self._stream.language:
            self._target.metadata["language"] = self._stream.language
        self._ahead: tuple[Fraction, Packet] | None = None
        self._shift = Fraction(0)
        self._begin: Fraction | None = None

    def align(self, shift: Fraction, begin: Fraction | None) -> None:
        """Set the clock before the first `advance`.

        Args:
            shift: seconds to take off every timestamp.
            begin: seconds on the source's clock before which sound is left out; None to keep all.
        """
        self._shift = shift
        self._begin = begin

    def advance(self, until: Fraction | None) -> None:
        """Write all sound before `until`, in seconds on the source's clock; None for all there is."""
        while True:
            if self._ahead is None:
                self._ahead = next(self._packets, None)
            if self._ahead is None or (until is not None and self._ahead[0] >= until):
                return
            self._output.mux(self._ahead[1])
            self._ahead = None

    def close(self) -> None:
        """Release the source."""
        self._packets.close()
        self._container.close()

    def _copies(self) -> Generator[tuple[Fraction, Packet], None, None]:
        for time, packet in self._demux():
            # Sound is decoded in the order in which it is heard.
            packet.pts = packet.dts = round((time - self._shift) / packet.time_base)
            packet.stream = self._target
            yield time, packet

    def _encoded(self) -> Generator[tuple[Fraction, Packet], None, None]:
        context = self._target.codec_context
        context.open(strict=False)  # tells the frame size that it wants
        rate = context.rate
        resampler = av.AudioResampler(context.format, context.layout, rate, context.frame_size or None)
        # Samples are counted, since a container's clock may be too coarse to tell one from the next; only where the
        # source is silent for a tenth of a second and more does the count jump.
        sample = due = None
        for frame in self._decoded():
            if frame is not None:
                time = round(((frame.pts or 0) * (frame.time_base or 0) - self._shift) * rate)
                if sample is None or due is None:
                    sample = time
                elif time - due > rate // 10:
                    sample += time - due
                due = time + frame.samples * rate // frame.sample_rate
            if sample is None:
                return
            for piece in resampler.resample(frame):
                piece.pts, piece.time_base = sample, Fraction(1, rate)
                sample += piece.samples
                yield from self._timed(self._target.encode(piece))
        yield from self._timed(self._target.encode(None))

    def _timed(self, packets: list[Packet]) -> Iterator[tuple[Fraction, Packet]]:
        return (((packet.pts or 0) * packet.time_base + self._shift, packet) for packet in packets)

    def _decoded(self) -> Iterator[av.AudioFrame | None]:
        """Sound as it decodes, then None; a packet that does not decode leaves a gap."""
        for _, packet in self._demux():
            with suppress(av.error.FFmpegError):
                yield from self._stream.decode(packet)
        with suppress(av.error.FFmpegError):
            yield from self._stream.decode(None)
        yield None

    def _demux(self) -> Iterator[tuple[Fraction, Packet]]:
        try:
            for packet in self._container.demux(self._stream):
                if packet.pts is None or not packet.size:
                    continue
                time = packet.pts * packet.time_base
                if self._begin is None or time >= self._begin:
                    yield time, packet
        except av.error.FFmpegError:
            # The file is damaged there. Its picture comes from the same file, so whoever reads that hears of it.
            return
