"""Animated WebP: reading with Pillow, as FFmpeg has no decoder for it, and correcting the length of written files."""

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
_FLAGS = 20  # byte offset in the file, after the header of the first chunk
_ANIMATED = 0x02  # one of these flags
_DURATION = 12  # byte offset in a frame's chunk, after position and size
_LONGEST = (1 << 24) - 1  # milliseconds
_TOO_SHORT, _DEFAULT = 10, 100  # milliseconds: browsers show frames of 10 ms or less for 100 ms


def is_animated_webp(path: Path) -> bool:
    """Whether a file is an animated WebP; False if it cannot be read."""
    start = b""
    if is_special(path):
        return False
    with suppress(OSError, ValueError), path.open("rb") as file:
        start = file.read(_FLAGS + 1)
    return start[:4] == b"RIFF" and start[8:16] == b"WEBPVP8X" and bool(start[_FLAGS:] and start[_FLAGS] & _ANIMATED)


class WebPReader:
    """The frames of one loop of an animated WebP. Transparency is ignored.

    Args:
        path: the file.
        start: seconds at which to begin; None for the first frame.
        end: seconds at which to stop, exclusive; None for the last frame.
        max_pixels: limit per frame; larger frames are rejected before they are decoded.

    Attributes:
        times: presentation time of each frame, in milliseconds.

    Raises:
        VideoError: it cannot be read, has no frame in that range, or its frames are below 32 pixels or too large.
        BrokenVideoError: while iterating, at a frame that cannot be decoded.
    """

    def __init__(self, path: Path, start: float | None = None, end: float | None = None, max_pixels: int | None = None):
        try:
            width, height = image_size(path)
            with path.open("rb") as file:
                lengths = [_browser_duration(_read_duration(file, offset)) for offset in _duration_offsets(file)]
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
        self._until, self._to_end = until, end is None
        self.times = [at for _, at, _ in self._frames]
        rate = Fraction(len(lengths) * 1000, sum(lengths))
        self.info = VideoInfo(width, height, rate, _UNIT, len(lengths), sum(lengths) / 1000, codec="webp", path=path)

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[Frame]:
        return self._decoded(range(len(self)))

    def __getitem__(self, index: int) -> Frame:
        """The frame at `index`; negative indices count from the end. Decodes all frames before it."""
        index = range(len(self))[index]
        return next(self._decoded(range(index, index + 1)))

    def _decoded(self, indices: range) -> Iterator[Frame]:
        index = indices.start
        try:
            with open_image(self._path, ("WEBP",)) as image:
                for index in indices:
                    number, at, length = self._frames[index]
                    image.seek(number)
                    picture = np.array(ImageOps.exif_transpose(image).convert("RGB"))
                    yield Frame(picture, index, at, _UNIT, min(length, self._until - at))
        except InputError as error:
            raise BrokenVideoError(
                f"{self._path} breaks off at frame {index}: it cannot be decoded there; the frames before it are good",
                index,
            ) from error
        if indices.stop == len(self) and self._to_end and second_file(self._path) is not None:
            message = f"{self._path} breaks off at frame {len(self)}: {APPENDED}; the frames before it are good"
            raise BrokenVideoError(message, len(self))


def set_length(path: Path, milliseconds: int) -> None:
    """Set the duration of the last frame, which encoders guess, so that the total is `milliseconds`."""
    with path.open("r+b") as file:
        offsets = _duration_offsets(file)
        if not offsets:
            return  # a single frame has no duration
        durations = [_read_duration(file, offset) for offset in offsets]
        last = milliseconds - sum(durations[:-1])
        if 0 < last <= _LONGEST:
            file.seek(offsets[-1])
            file.write(last.to_bytes(3, "little"))


def _duration_offsets(file: BinaryIO) -> list[int]:
    """The byte offsets of the frames' durations."""
    offsets: list[int] = []
    offset = _HEADER
    while True:
        file.seek(offset)
        header = file.read(8)
        if len(header) < 8:
            return offsets
        if header[:4] == b"ANMF":
            offsets.append(offset + 8 + _DURATION)
        size = int.from_bytes(header[4:], "little")
        offset += 8 + size + size % 2


def _read_duration(file: BinaryIO, offset: int) -> int:
    file.seek(offset)
    return int.from_bytes(file.read(3), "little")


def _browser_duration(milliseconds: int) -> int:
    return milliseconds if milliseconds > _TOO_SHORT else _DEFAULT
