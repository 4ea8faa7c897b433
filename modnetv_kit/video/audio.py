"""Copying the source's audio tracks into the output, re-encoded where its format needs that."""

from collections.abc import Generator, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import OutputContainer

from ..errors import VideoError, one_line
from .clock import Packet, sound_packets
from .formats import Format
from .media_file import open_file
from .sound_changes import changes_midway
from .source import picture_of

_FALLBACKS = {6: "5.1", 2: "stereo", 1: "mono"}  # by channels, of which those with more than the source are skipped
# by channels, for the sound of containers that state only their number (PCM in Matroska)
_USUAL = _FALLBACKS | {3: "3.0", 4: "4.0", 5: "5.0", 7: "6.1", 8: "7.1"}


def audio_tracks(source: Path, output: OutputContainer, form: Format, notes: list[str]) -> list["AudioTrack"]:
    """Open every audio track of `source` whose codec is known, for writing into `output`.

    A track that `output` cannot hold is left out, and a line is added to `notes`.
    """
    with open_file(source) as container:
        # Newer phones add a spatial track in a codec that FFmpeg cannot name, beside the ordinary one.
        known = [n for n, stream in enumerate(container.streams.audio) if stream.codec_context is not None]
    tracks = []
    for number in known:
        try:
            tracks.append(AudioTrack(source, number, output, form, notes))
        except (av.error.FFmpegError, ValueError, VideoError) as error:
            notes.append(f"sound track {number + 1} of {source.name} was left out: {one_line(error)}")
    return tracks


class AudioTrack:
    """Copies one audio track of a source into an output, buffering only a few packets.

    Packets are copied if players of the output format support their codec, and re-encoded otherwise. If the audio is
    damaged, the track ends there and a line is added to `notes`; the picture goes on.

    Args:
        source: file with the audio; each track opens it separately, which keeps the tracks independent.
        number: index of the track among the source's audio tracks, from 0.
        output: the output, to which nothing has been written yet.
        form: format of the output.
        notes: collects messages for the user.

    Raises:
        av.error.FFmpegError, ValueError: the audio cannot be encoded in this format.
    """

    def __init__(self, source: Path, number: int, output: OutputContainer, form: Format, notes: list[str]):
        self._output = output
        self._notes = notes
        self._name = f"sound track {number + 1} of {source.name}"
        self._container = open_file(source)
        self._stream = self._container.streams.audio[number]
        try:
            self._target, self._packets = self._add_track(form)
        except BaseException:
            self._container.close()
            raise
        self._target.disposition = self._stream.disposition
        if self._stream.language:
            self._target.metadata["language"] = self._stream.language
        if "title" in self._stream.metadata:
            self._target.metadata["title"] = self._stream.metadata["title"]
        self._ahead: tuple[Fraction, Packet] | None = None
        self._shift = Fraction(0)
        self._begin: Fraction | None = None

    def _add_track(self, form: Format) -> tuple[AudioStream, Generator[tuple[Fraction, Packet], None, None]]:
        context = self._stream.codec_context
        if context.codec.canonical_name in form.audio_codecs and not changes_midway(self._container, self._stream):
            return self._output.add_stream_from_template(self._stream), self._copied()
        depth = context.format.packed.name if context.format else ""
        encoder = form.deep_encoders.get(depth, form.audio_encoder)
        rate = _nearest_rate(encoder, context.rate)
        layout = _layout(encoder, rate, context)
        target = cast(AudioStream, self._output.add_stream(encoder, rate=rate, layout=layout))
        return target, self._reencoded()

    def align(self, shift: Fraction, begin: Fraction | None) -> None:
        """Set the timing; call it before the first `advance`.

        Args:
            shift: seconds to subtract from every timestamp.
            begin: time on the source's clock, in seconds, before which audio is dropped; None to keep all.
        """
        self._shift = shift
        self._begin = begin

    def advance(self, until: Fraction | None) -> None:
        """Write all audio before `until`, in seconds on the source's clock; None writes the rest."""
        while True:
            if self._ahead is None:
                self._ahead = self._next()
            if self._ahead is None or (until is not None and self._ahead[0] >= until):
                return
            self._output.mux(self._ahead[1])
            self._ahead = None

    def close(self) -> None:
        """Close the source."""
        self._packets.close()
        self._container.close()

    def _next(self) -> tuple[Fraction, Packet] | None:
        try:
            return next(self._packets, None)
        except (av.error.FFmpegError, ValueError) as error:
            self._notes.append(f"{self._name} ends early: {one_line(error)}")
            return None

    def _copied(self) -> Generator[tuple[Fraction, Packet], None, None]:
        last: int | None = None
        for time, packet in self._demux():
            # Audio packets are decoded in presentation order.
            pts = round((time - self._shift) / packet.time_base)
            if last is not None and pts <= last:
                continue  # joined parts overlap or timestamps are broken; no container accepts these packets
            packet.pts = packet.dts = last = pts
            packet.stream = self._target
            yield time, packet

    def _reencoded(self) -> Generator[tuple[Fraction, Packet], None, None]:
        context = self._target.codec_context
        context.open(strict=False)  # to learn the encoder's frame size
        rate = context.rate
        resampler, resampled_from = None, None
        # Count samples, since the container's clock may be coarser than a sample. Only a gap of more than a tenth of a
        # second in the source moves the count.
        sample = due = None
        for frame in self._decoded():
            time = round(((frame.pts or 0) * (frame.time_base or 0) - self._shift) * rate)
            if sample is None or due is None:
                sample = time
            elif time - due > rate // 10:
                sample += time - due
            due = time + frame.samples * rate // frame.sample_rate
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if now != resampled_from:  # broadcasts switch between mono and stereo
                if resampler is not None:
                    sample, packets = self._encode(resampler.resample(None), sample)
                    yield from packets
                resampler = av.AudioResampler(context.format, context.layout, rate, context.frame_size or None)
                resampled_from = now
            assert resampler is not None
            sample, packets = self._encode(resampler.resample(frame), sample)
            yield from packets
        if resampler is not None and sample is not None:
            yield from self._encode(resampler.resample(None), sample)[1]
            yield from self._timed(self._target.encode(None))

    def _encode(self, pieces: list[av.AudioFrame], sample: int) -> tuple[int, list[tuple[Fraction, Packet]]]:
        """Encode frames that start at a sample number; returns the number after them, and the packets."""
        packets: list[tuple[Fraction, Packet]] = []
        for piece in pieces:
            piece.pts, piece.time_base = sample, Fraction(1, self._target.codec_context.rate)
            sample += piece.samples
            packets += self._timed(self._target.encode(piece))
        return sample, packets

    def _timed(self, packets: list[Packet]) -> list[tuple[Fraction, Packet]]:
        return [((packet.pts or 0) * packet.time_base + self._shift, packet) for packet in packets]

    def _decoded(self) -> Iterator[av.AudioFrame]:
        """The decoded frames; a packet that cannot be decoded leaves a gap."""
        for _, packet in self._demux():
            with suppress(av.error.FFmpegError):
                yield from self._stream.decode(packet)
        with suppress(av.error.FFmpegError):
            yield from self._stream.decode(None)

    def _demux(self) -> Iterator[tuple[Fraction, Packet]]:
        try:
            for packet in sound_packets(self._container, self._stream, picture_of(self._container)):
                if packet.pts is None:
                    continue
                time = packet.pts * packet.time_base
                if self._begin is None or time >= self._begin:
                    yield time, packet
        except av.error.FFmpegError:
            # The file is damaged here, which the video reader reports.
            return


def _nearest_rate(encoder: str, rate: int) -> int:
    """The encoder's lowest sample rate not below `rate`, else its highest; `rate` if it lists none."""
    rates = av.Codec(encoder, "w").audio_rates
    if encoder == "libopus" or not rates:
        return max(rates or [rate])
    return min((r for r in rates if r >= rate), default=max(rates))


def _layout(encoder: str, rate: int, source: AudioCodecContext) -> str:
    """The layout of the source if the encoder supports it, else the usual one of as many channels, else of fewer."""
    usual = [_USUAL[source.channels]] if source.channels in _USUAL else []
    fewer = [name for channels, name in _FALLBACKS.items() if channels < source.channels]
    for layout in (source.layout.name, *usual, *fewer):
        context = cast(AudioCodecContext, av.CodecContext.create(encoder, "w"))
        try:
            context.layout, context.rate = layout, rate
            context.format = (context.codec.audio_formats or [source.format])[0]
            context.time_base = Fraction(1, rate)
            context.open(strict=False)
        except (av.error.FFmpegError, ValueError):
            continue
        return layout
    raise ValueError(f"{encoder} supports no layout of {source.channels} channels")
