"""Decoding packet by packet, and detecting truncated or damaged videos."""

import math
from collections.abc import Iterator
from fractions import Fraction

import av

from .appended import APPENDED
from .clock import Packet, PictureClock
from .source import MATROSKA, MOV, Source, frame_time, packet_time, stated_duration, stated_end
from .treatment import Timed

_LOST_SECONDS = Fraction(1, 2)


class BreakOffError(Exception):
    """Decoding stopped before the end of the video; `str(error)` is the reason."""


def decode(source: Source, whole: bool = True) -> Iterator[Timed]:
    """Decode from the container's current position to the end of its video track, in presentation order.

    Each frame lasts until the next one. The last one lasts until the end that the header or the packets state. Jumps of
    the clock are removed; see `clock`.

    Args:
        source: the open file.
        whole: decoding starts at the beginning, so the number of packets can be checked against the header.

    Yields:
        Frames with times and durations in units of the source's time base.

    Raises:
        BreakOffError: after the last good frame, if a packet cannot be decoded or is truncated, or if the file ends
            before the end stated in its header.
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
        yield Timed(*held, track.last_duration(held[0]) or usual)


class _Track:
    """The video track of a file while it is decoded."""

    def __init__(self, source: Source, whole: bool):
        self._source = source
        self._whole = whole
        self._clock = PictureClock(source.container)
        self._end = Fraction(0)  # of the picture in seconds, according to its packets

    def last_duration(self, pts: int) -> int:
        """The duration of the last frame, shown at `pts`, in units of the time base; 0 if unknown."""
        stated = None if self._clock.jumps else stated_end(self._source)
        end = self._end if stated is None else max(stated, self._end)
        return max(0, round(end / self._source.time_base) - pts)

    def decode(self) -> Iterator[tuple[int, av.VideoFrame]]:
        """Each frame with its timestamp."""
        source = self._source
        waiting: dict[int, int] = {}  # timestamps of packets that are still in the decoder -> their decoding order
        packets = 0
        last_dts = None
        has_pts = source.container.format.name != "avi"  # AVI and raw streams have no presentation timestamps
        last_time = 0  # the latest timestamp of a packet
        shown = None  # timestamp of the latest frame
        offset = 0  # of the last packet in the file, in bytes
        try:
            for packet in source.container.demux(source.stream):
                if packet.size:
                    self._clock.correct(packet)
                    if self._clock.restarted:
                        continue
                    has_pts = has_pts and packet.pts is not None
                    time = packet_time(packet, packets, source)
                    packets += 1
                    if not packet.is_discard:
                        waiting[time] = packets
                        last_time = max(last_time, time)
                        self._end = max(self._end, (time + (packet.duration or 0)) * source.time_base)
                    # These containers store each packet's size, so "corrupt" means that the file ends within it.
                    # Elsewhere (MPEG-TS) it means lost bytes, which decoders conceal.
                    if packet.is_corrupt and source.container.format.name in (MOV, MATROSKA):
                        raise BreakOffError("the file is cut short")
                    last_dts, offset = packet.dts, packet.pos or 0
                elif _is_cut(source, packets if self._whole else None, self._end):
                    raise BreakOffError("the file is cut short")
                for frame in _frames_of(packet, shown is None):
                    shown = frame.pts
                    if shown is None or not has_pts:
                        # Frames come out in presentation order, so the earliest waiting timestamp is theirs.
                        shown = min(waiting, default=shown or 0)
                    waiting = {time: order for time, order in waiting.items() if time > shown}
                    yield shown, frame
        except (av.error.FFmpegError, BreakOffError) as error:
            yield from _intact_rest(_flush(source), waiting, last_dts)
            if isinstance(error, BreakOffError):
                raise
            raise BreakOffError(APPENDED if self._clock.restarted else "it cannot be decoded there") from error
        if self._clock.restarted or offset < (self._clock.second or 0):
            raise BreakOffError(APPENDED)
        if shown is not None and (last_time - shown) * source.time_base > max(_LOST_SECONDS, 3 * frame_time(source)):
            raise BreakOffError("it cannot be decoded from there on")


def _frames_of(packet: Packet, first: bool) -> list[av.VideoFrame]:
    try:
        return packet.decode()
    except av.error.FFmpegError:
        if first:
            return []  # a recording may begin between keyframes
        raise


def _flush(source: Source) -> dict[int, av.VideoFrame]:
    try:
        return {frame.pts: frame for frame in source.stream.decode(None) if frame.pts is not None}
    except av.error.FFmpegError:
        return {}


def _intact_rest(
    rest: dict[int, av.VideoFrame], waiting: dict[int, int], last_dts: int | None
) -> Iterator[tuple[int, av.VideoFrame]]:
    """The frames left in the decoder at a break that are complete and follow without a gap."""
    lost = min(waiting.keys() - rest.keys(), default=None)
    for time, frame in rest.items():
        if lost is None:
            # No packet was damaged, but those that followed are missing. No frame is shown before it is decoded, so
            # gaps can only lie after the last decoding time.
            good = last_dts is not None and time <= last_dts
        else:
            # Frames decoded after the lost one may refer to it.
            good = time < lost and waiting.get(time, math.inf) < waiting[lost]
        if good:
            yield time, frame


def _is_cut(source: Source, packets: int | None, end: Fraction) -> bool:
    """Whether the file ended too early; most truncated files end without any error.

    Two rules, each of which accepts complete files with odd headers:

    - MP4 and MOV state the exact number of packets and the duration. Either alone can be off in a complete file (an
      edit list hides packets, a variable rate makes the duration inexact), so only a file that falls short of both,
      and of the duration by more than a frame and a half, counts as cut.
    - Otherwise, or if reading began in the middle, the last packet must end within half a second of the stated end. A
      header without one is not checked. Matroska states the time of the end; MP4 the duration, whatever its start
      time.
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
