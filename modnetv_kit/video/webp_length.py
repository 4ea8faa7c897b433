"""The length of an animated WebP, whose encoder guesses the duration of the last frame."""

from pathlib import Path
from typing import BinaryIO

_HEADER = 12  # bytes: RIFF, size, WEBP
_DURATION = 12  # bytes into a frame's chunk: place and size come before it
_LONGEST = (1 << 24) - 1  # milliseconds


def set_length(path: Path, milliseconds: int) -> None:
    """Set the duration of the last frame of an animated WebP so that the whole has the right length."""
    with path.open("r+b") as file:
        places = _frames(file)
        if not places:
            return  # a single frame is no animation
        durations = [_read(file, place, 3) for place in places]
        last = milliseconds - sum(durations[:-1])
        if 0 < last <= _LONGEST:
            file.seek(places[-1])
            file.write(last.to_bytes(3, "little"))


def _frames(file: BinaryIO) -> list[int]:
    """The positions of the frames' durations."""
    places: list[int] = []
    place = _HEADER
    while True:
        file.seek(place)
        header = file.read(8)
        if len(header) < 8:
            return places
        if header[:4] == b"ANMF":
            places.append(place + 8 + _DURATION)
        size = int.from_bytes(header[4:], "little")
        place += 8 + size + size % 2


def _read(file: BinaryIO, place: int, size: int) -> int:
    file.seek(place)
    return int.from_bytes(file.read(size), "little")
