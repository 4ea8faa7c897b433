"""Continuous timestamps for files whose clock jumps, such as joined recordings and broadcasts."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
from av.container import InputContainer

from .appended import second_file

Packet: TypeAlias = "av.Packet[Any]"  # generic only for type checkers

_LONGEST_GAP = 10  # seconds; a longer one counts as a jump of the clock, as in FFmpeg
_DISCONTINUOUS = 0x200  # AVFMT_TS_DISCONT: FFmpeg's flag of formats whose clock may jump
_MAX_HELD = 512  # audio packets that wait for the picture to jump as well


def may_jump(container: InputContainer) -> bool:
    """Whether timestamps may jump in this container format."""
    return bool(container.format.flags & _DISCONTINUOUS) or container.format.name == "flv"


class PictureClock:
    """Makes the timestamps of a video track continuous across jumps of the clock.

    Attributes:
        jumps: number of jumps so far.
        offset: seconds that are added to the packets' timestamps since the last jump.
        second: byte offset of a second file, see `second_file`.
        restarted: whether another file was appended: one of its packets came, or timestamps started over in a format
            that does not allow it.
    """

    def __init__(self, container: InputContainer):
        self._may_jump = may_jump(container)
        self._last: Fraction | None = None
        self._due = Fraction(0)
        self._first: int | None = None
        self._advanced = False  # past the first timestamp
        self._step = Fraction(0)  # between the last two packets; some streams state no packet durations
        self.second = second_file(Path(container.name))
        # fragments of an MP4 may state when they are shown, and those of a second file then continue
        self._past = None if "mov" in container.format.name else self.second
        self.jumps = 0
        self.restarted = False
        self.offset = Fraction(0)

    def correct(self, packet: Packet) -> None:
        """Shift a packet's timestamps by the jumps so far. Call it once for each packet, in decoding order."""
        self.restarted |= self._past is not None and (packet.pos or 0) >= self._past
        if packet.dts is None:
            return
        if not self._may_jump:
            self._first = packet.dts if self._first is None else self._first
            self._advanced |= packet.dts > self._first
            self.restarted |= self._advanced and packet.dts <= self._first
            return
        time = packet.dts * packet.time_base + self.offset
        if self._last is not None and is_jump(self._last, time):
            self.offset += self._due - time
            self.jumps += 1
            time = self._due
        elif self._last is not None and time > self._last:
            self._step = time - self._last
        self._last, self._due = time, time + ((packet.duration or 0) * packet.time_base or self._step)
        shift_packet(packet, self.offset)


def has_jumps(container: InputContainer, stream: av.VideoStream) -> bool:
    """Whether the clock of a file jumps; reads the rest of the file without decoding it."""
    clock = PictureClock(container)
    with suppress(av.error.FFmpegError):
        for packet in container.demux(stream):
            clock.correct(packet)
    return clock.jumps > 0


def is_jump(before: Fraction, now: Fraction) -> bool:
    """Whether the clock jumped between two successive packets with these decoding times, in seconds."""
    return now < before or now > before + _LONGEST_GAP


def shift_packet(packet: Packet, offset: Fraction) -> None:
    """Add `offset` seconds to a packet's timestamps."""
    if offset and packet.time_base:
        ticks = round(offset / packet.time_base)
        packet.dts = None if packet.dts is None else packet.dts + ticks
        packet.pts = None if packet.pts is None else packet.pts + ticks


def sound_packets(container: InputContainer, sound: av.AudioStream, picture: av.VideoStream | None) -> Iterator[Packet]:
    """The packets of an audio track, kept in sync with the picture where the file's clock jumps.

    The picture determines the size of a jump. Audio that jumps first is held back until the picture follows. If the
    picture never does, or by a very different amount, the audio continues without a gap.
    """
    if picture is None or not may_jump(container):
        yield from (packet for packet in container.demux(sound) if packet.size)
        return
    clock = PictureClock(container)
    offset, followed = Fraction(0), 0  # shift of the audio, and the number of the picture's jumps in it
    last: Fraction | None = None
    due = Fraction(0)
    held: list[Packet] = []

    def shift(packet: Packet, final: bool) -> bool:
        """Shift an audio packet; False if it must wait for the picture, which it never must if `final`."""
        nonlocal offset, followed, last, due
        if packet.dts is not None:
            time = packet.dts * packet.time_base + offset
            if last is not None and is_jump(last, time):
                gapless = offset + due - time
                with_picture = clock.jumps > followed
                if not with_picture and not final:
                    return False
                offset = clock.offset if with_picture and abs(clock.offset - gapless) < 1 else gapless
                followed = clock.jumps
                time = packet.dts * packet.time_base + offset
            last, due = time, time + (packet.duration or 0) * packet.time_base
        shift_packet(packet, offset)
        return True

    for packet in container.demux(picture, sound):
        if not packet.size:
            continue
        if packet.stream_index == picture.index:
            clock.correct(packet)
            continue
        held.append(packet)
        while held and shift(held[0], final=len(held) > _MAX_HELD):
            yield held.pop(0)
    for packet in held:
        shift(packet, final=True)
        yield packet
