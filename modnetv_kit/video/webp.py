"""Animated WebP: read with Pillow, since FFmpeg has no decoder for it, and given its right length when written."""

import math
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ImageOps

from ..errors import BrokenVideoError, InputError, VideoError
from ..files import image_size, open_image
from ..models.modnetv import MIN_SIDE
from ..paths import is_special
from .appended import APPENDED, second_file
from .frames import Frame, VideoInfo, check_pixels, exact_seconds

_UNIT = Fraction(1, 1000)  # seconds
_HEADER = 12  # bytes: RIFF, size, WEBP
_FLAGS = 20  # bytes into the file, after the head of the first chunk
_ANIMATED = 0x02  # among these flags
_DURATION = 12  # bytes into a frame's chunk: place and size come before it
_LONGEST = (1 << 24) - 1  # milliseconds
_SHORTEST, _USUAL = 10, 100  # milliseconds: browsers show what is that short or shorter for the usual time


def is_animated_webp(path: Path) -> bool:
    """Whether a file is a WebP of several frames; False if it cannot be read."""
    start = b""
    if is_special(path):
        return False
    with suppress(OSError, ValueError), path.open("rb") as file:
        start = file.read(_FLAGS + 1)
    return start[:4] == b"RIFF" and start[8:16] == b"WEBPVP8X" and bool(start[_FLAGS:] and start[_FLAGS] & _ANIMATED)


class WebPReader:
    """The frames of an animated WebP, once. Transparency is left out.

    Args:
        path: of the file.
        start: seconds at which to begin; None for the first frame.
        end: seconds at which to stop, itself excluded; None for the last frame.
        max_pixels: of a frame; larger ones are refused before they are decoded.

    Attributes:
        times: when each frame is shown, in milliseconds.

    Raises:
        VideoError: it cannot be read, has no frame in that range, or its frames are below 32 pixels or too large.
        BrokenVideoError: while iterating, at a frame that does not decode.
    """

    def __init__(self, path: Path, start: float | None = None, end: float | None = None, max_pixels: int | None = None):
        try:
            width, height = image_size(path)
            with path.open("rb") as file:
                lengths = [_shown(_read(file, place)) for place in _frames(file)]
        except (InputError, OSError) as error:
            raise VideoError(f"{path} is an animated WebP that is damaged or cut short; copy it again") from error
        check_pixels(path, width, height, max_pixels)
        if min(width, height) < MIN_SIDE:
            raise VideoError(f"{path} has frames of {width}x{height}; both sides need at least {MIN_SIDE} pixels")
        begin = 0 if start is None else exact_seconds(start) / _UNIT
        until = sum(lengths) if end is None else math.ceil(exact_seconds(end) / _UNIT)
        frames = zip(accumulate(lengths, initial=0), lengths, strict=False)
        self._path = path
        self._frames = [(n, at, length) for n, (at, length) in enumerate(frames) if begin <= at < until]
        if not self._frames:
            raise VideoError(f"{path} has no frame between the given start and end; it lasts {sum(lengths) / 1000} s")
        self._until, self._whole = until, end is None
        self.times = [at for _, at, _ in self._frames]
        rate = Fraction(len(lengths) * 1000, sum(lengths))
        self.info = VideoInfo(width, height, rate, _UNIT, len(lengths), sum(lengths) / 1000, codec="webp", path=path)

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[Frame]:
        return self._decoded(range(len(self)))

    def __getitem__(self, index: int) -> Frame:
        """The frame at `index`; negative indices count from the end. Decodes all frames before it."""
        place = range(len(self))[index]
        return next(self._decoded(range(place, place + 1)))

    def _decoded(self, places: range) -> Iterator[Frame]:
        index = places.start
        try:
            with open_image(self._path, ("WEBP",)) as image:
                for index in places:
                    number, at, length = self._frames[index]
                    image.seek(number)
                    picture = np.array(ImageOps.exif_transpose(image).convert("RGB"))
                    yield Frame(picture, index, at, _UNIT, min(length, self._until - at))
        except InputError as error:
            raise BrokenVideoError(
                f"{self._path} breaks off at frame {index}: it cannot be decoded there; the frames before it are good",
                index,
            ) from error
        if places.stop == len(self) and self._whole and second_file(self._path) is not None:
            message = f"{self._path} breaks off at frame {len(self)}: {APPENDED}; the frames before it are good"
            raise BrokenVideoError(message, len(self))


def set_length(path: Path, milliseconds: int) -> None:
    """Set the duration of the last frame, which encoders guess, so that the whole has the right length."""
    with path.open("r+b") as file:
        places = _frames(file)
        if not places:
            return  # a single frame is no animation
        durations = [_read(file, place) for place in places]
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


def _read(file: BinaryIO, place: int) -> int:
    file.seek(place)
    return int.from_bytes(file.read(3), "little")


def _shown(milliseconds: int) -> int:
    return milliseconds if milliseconds > _SHORTEST else _USUAL
