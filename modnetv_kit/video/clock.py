"""A continuous clock for files whose clock jumps, such as joined recordings and broadcasts."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any, TypeAlias

import av
from av.container import InputContainer

Packet: TypeAlias = "av.Packet[Any]"  # generic for type checkers alone

_AHEAD = 10  # seconds: a longer gap is a jump of the clock, as for FFmpeg
_DISCONTINUOUS = 0x200  # AVFMT_TS_DISCONT: formats whose clock may jump, as FFmpeg knows them
_HELD = 512  # packets of sound that wait at most for the picture to jump as well


def may_jump(container: InputContainer) -> bool:
    """Whether clocks of this format may jump."""
    return bool(container.format.flags & _DISCONTINUOUS) or container.format.name == "flv"


class PictureClock:
    """The clock of a picture, which continues without a gap where the time jumps.

    Attributes:
        jumps: number of jumps so far.
        offset: seconds added to the packets' own times since the last jump.
        restarted: whether the clock is back where it began although it cannot jump: another file was appended.
    """

    def __init__(self, container: InputContainer):
        self._may_jump = may_jump(container)
        self._last: Fraction | None = None
        self._due = Fraction(0)
        self._first: int | None = None
        self._ran = False  # beyond the first
        self._step = Fraction(0)  # between the last two packets; not every stream says how long one lasts
        self.jumps = 0
        self.restarted = False
        self.offset = Fraction(0)

    def correct(self, packet: Packet) -> None:
        """Move a packet's times by the jumps so far; packets come in the order of decoding, each once."""
        if packet.dts is None:
            return
        if not self._may_jump:
            self._first = packet.dts if self._first is None else self._first
            self._ran |= packet.dts > self._first
            self.restarted |= self._ran and packet.dts <= self._first
            return
        time = packet.dts * packet.time_base + self.offset
        if self._last is not None and is_jump(self._last, time):
            self.offset += self._due - time
            self.jumps += 1
            time = self._due
        elif self._last is not None and time > self._last:
            self._step = time - self._last
        self._last, self._due = time, time + ((packet.duration or 0) * packet.time_base or self._step)
        move(packet, self.offset)


def has_jumps(container: InputContainer, stream: av.VideoStream) -> bool:
    """Whether the clock of a file jumps; reads it from where it stands to its end, and decodes nothing."""
    clock = PictureClock(container)
    with suppress(av.error.FFmpegError):
        for packet in container.demux(stream):
            clock.correct(packet)
    return clock.jumps > 0


def is_jump(before: Fraction, now: Fraction) -> bool:
    """Whether the clock has jumped between two packets of a stream, decoded at these seconds one after the other."""
    return now < before or now > before + _AHEAD


def move(packet: Packet, offset: Fraction) -> None:
    """Add seconds to a packet's times."""
    if offset and packet.time_base:
        ticks = round(offset / packet.time_base)
        packet.dts = None if packet.dts is None else packet.dts + ticks
        packet.pts = None if packet.pts is None else packet.pts + ticks


def sound_packets(container: InputContainer, sound: av.AudioStream, picture: av.VideoStream | None) -> Iterator[Packet]:
    """The packets of a sound track; where the file's clock jumps, they stay with the picture.

    The picture decides by how much. Sound that jumps before it is held back until it does; where it never does, or by
    an amount that fits nowhere near, the sound goes on without a gap.
    """
    if picture is None or not may_jump(container):
        yield from (packet for packet in container.demux(sound) if packet.size)
        return
    clock = PictureClock(container)
    offset, taken = Fraction(0), 0  # of the sound: what it is moved by, and after how many of the picture's jumps
    last: Fraction | None = None
    due = Fraction(0)
    held: list[Packet] = []

    def settle(packet: Packet, settled: bool) -> bool:
        """Move one packet of sound; False where it has to wait for the picture."""
        nonlocal offset, taken, last, due
        if packet.dts is not None:
            time = packet.dts * packet.time_base + offset
            if last is not None and is_jump(last, time):
                own = offset + due - time
                with_picture = clock.jumps > taken
                if not with_picture and not settled:
                    return False
                offset = clock.offset if with_picture and abs(clock.offset - own) < 1 else own
                taken = clock.jumps
                time = packet.dts * packet.time_base + offset
            last, due = time, time + (packet.duration or 0) * packet.time_base
        move(packet, offset)
        return True

    for packet in container.demux(picture, sound):
        if not packet.size:
            continue
        if packet.stream_index == picture.index:
            clock.correct(packet)
            continue
        held.append(packet)
        while held and settle(held[0], settled=len(held) > _HELD):
            yield held.pop(0)
    for packet in held:
        settle(packet, settled=True)
        yield packet
