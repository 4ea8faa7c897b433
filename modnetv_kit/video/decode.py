"""Decoding packet by packet, and detecting videos that break off."""

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from .appended import APPENDED, second_file
from .clock import Packet, PictureClock
from .source import MATROSKA, MOV, Source, frame_time, packet_time, stated_duration, stated_end
from .treatment import Timed

_LOST_SECONDS = Fraction(1, 2)


class BreakOffError(Exception):
    """Decoding cannot continue although the video should; `str(error)` is the reason."""


def decode(source: Source, whole: bool = True) -> Iterator[Timed]:
    """Decode from where the container stands to the end of its picture, in the order of presentation.

    A frame is shown until the next one appears, and the last until the picture ends, as its header or its packets
    tell it. Where the clock of the file jumps, it goes on without a gap; see `clock`.

    Args:
        source: the open file.
        whole: the container stands at its beginning, so that its packets may be counted against its header.

    Yields:
        Frames with times and durations in units of the source's time base.

    Raises:
        BreakOffError: after the last good frame: a packet does not decode or is cut short, or the file is over before
            its header says so.
    """
    track = _Track(source, whole)
    usual = max(1, round(frame_time(source) / source.time_base))
    frames = track.decode()
    held: tuple[int, av.VideoFrame] | None = None
    try:
        for pts, frame in frames:
            if held is not None:
                yield Timed(*held, max(1, pts - held[0]))
            held = pts, frame
    except BreakOffError:
        if held is not None:
            yield Timed(*held, usual)
        raise
    if held is not None:
        yield Timed(*held, track.rest(held[0]) or usual)


class _Track:
    """The picture of a file while it is decoded."""

    def __init__(self, source: Source, whole: bool):
        self._source = source
        self._whole = whole
        self._clock = PictureClock(source.container)
        self._end = Fraction(0)  # of the picture in seconds, as its packets tell it

    def rest(self, pts: int) -> int:
        """The duration of a last frame at `pts`, in units of the time base; 0 if unknown."""
        stated = None if self._clock.jumps else stated_end(self._source)
        end = self._end if stated is None else max(stated, self._end)
        return max(0, round(end / self._source.time_base) - pts)

    def decode(self) -> Iterator[tuple[int, av.VideoFrame]]:
        """Each frame with its time."""
        source = self._source
        waiting: dict[int, int] = {}  # timestamp of what went into the decoder and has not come out -> its turn
        packets = 0
        decoded = None  # time of decoding of the last packet
        presented = source.container.format.name != "avi"  # packets say when they are shown; AVI and raw streams do not
        last = 0  # the latest of their timestamps
        shown = None
        read = 0  # where the last packet begins in the file
        try:
            for packet in source.container.demux(source.stream):
                if packet.size:
                    self._clock.correct(packet)
                    if self._clock.restarted:
                        continue
                    presented = presented and packet.pts is not None
                    time = packet_time(packet, packets, source)
                    packets += 1
                    if not packet.is_discard:
                        waiting[time] = packets
                        last = max(last, time)
                        self._end = max(self._end, (time + (packet.duration or 0)) * source.time_base)
                    # These containers know each packet's size, so "corrupt" means that the file ends within it.
                    # Elsewhere (MPEG-TS) it means a lost byte, which decoders get over.
                    if packet.is_corrupt and source.container.format.name in (MOV, MATROSKA):
                        raise BreakOffError("the file is cut short")
                    decoded, read = packet.dts, packet.pos or 0
                elif _is_cut(source, packets if self._whole else None, self._end):
                    raise BreakOffError("the file is cut short")
                for frame in _frames_of(packet, shown is None):
                    shown = frame.pts
                    if shown is None or not presented:
                        # Frames come out in order of presentation, so the earliest timestamp that went in is theirs.
                        shown = min(waiting, default=shown or 0)
                    waiting = {time: turn for time, turn in waiting.items() if time > shown}
                    yield shown, frame
        except (av.error.FFmpegError, BreakOffError) as error:
            yield from _good_rest(_flush(source), waiting, decoded)
            if isinstance(error, BreakOffError):
                raise
            raise BreakOffError("it cannot be decoded there") from error
        if self._clock.restarted or read < (second_file(Path(source.container.name)) or 0):
            raise BreakOffError(APPENDED)
        if shown is not None and (last - shown) * source.time_base > max(_LOST_SECONDS, 3 * frame_time(source)):
            raise BreakOffError("it cannot be decoded from there on")


def _frames_of(packet: Packet, first: bool) -> list[av.VideoFrame]:
    try:
        return packet.decode()
    except av.error.FFmpegError:
        if first:
            return []  # a recording may begin between key frames
        raise


def _flush(source: Source) -> dict[int, av.VideoFrame]:
    try:
        return {frame.pts: frame for frame in source.stream.decode(None) if frame.pts is not None}
    except av.error.FFmpegError:
        return {}


def _good_rest(
    rest: dict[int, av.VideoFrame], waiting: dict[int, int], decoded: int | None
) -> Iterator[tuple[int, av.VideoFrame]]:
    """The frames in the decoder at a break that are complete and have no gap before them."""
    lost = min(waiting.keys() - rest.keys(), default=None)
    for time, frame in rest.items():
        if lost is None:
            # Nothing was damaged, but what followed is missing. No frame is shown before it is decoded, so gaps can
            # only be after the last time of decoding.
            good = decoded is not None and time <= decoded
        else:
            # What was decoded after the lost one may refer to it.
            good = time < lost and waiting.get(time, math.inf) < waiting[lost]
        if good:
            yield time, frame


def _is_cut(source: Source, packets: int | None, end: Fraction) -> bool:
    """Whether the file was over too early; most cut files end without any error.

    Two rules, each of which lets whole files with odd headers pass:

    - MP4 and MOV state the exact number of packets and the length of the picture. Either alone can be off in a whole
      file (an edit list hides packets, a variable rate makes the length inexact), so only a file that falls short of
      both, and of the length by more than a frame and a half, is cut.
    - Otherwise, and where reading began in the middle, the last packet must end within half a second of what the header
      states. A header that states nothing promises nothing. Matroska states the time of the end; MP4 the length,
      whatever time it starts at.
    """
    stated = stated_duration(source)
    if stated is None:
        return False
    missing = stated - end
    if source.container.format.name == MOV:
        missing += (source.stream.start_time or 0) * source.time_base
        if source.stream.frames and packets is not None:
            return packets < source.stream.frames and missing > frame_time(source) * 3 / 2
    return missing > max(_LOST_SECONDS, frame_time(source) * 3 / 2)
