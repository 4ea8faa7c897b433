"""A folder of images as a video."""

import math
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from ..errors import BrokenVideoError, InputError, VideoError
from ..files import PICTURE_SUFFIXES, read_image
from ..models.modnetv import MIN_SIDE
from .frames import Frame, VideoInfo, exact_seconds


def list_images(folder: Path) -> list[Path]:
    """The images of a folder in natural order: `9.png` before `10.png`.

    Raises:
        VideoError: there is no such folder, or no image in it.
    """
    if not folder.is_dir():
        raise VideoError(f"{folder}: there is no such folder; check the name")
    images = [p for p in folder.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES and not p.name.startswith(".")]
    if not images:
        raise VideoError(f"{folder} has no images ({', '.join(PICTURE_SUFFIXES)}); give a folder of frames")
    # The split alternates text and digits, so that only like is compared with like.
    return sorted(images, key=lambda p: [int(t) if t.isdecimal() else t for t in re.split(r"(\d+)", p.name.lower())])


class FolderReader:
    """PNG, JPEG or WebP images in natural order, one frame each, at a constant rate. Transparency is left out.

    Args:
        folder: with images of one size.
        rate: frames a second.
        start: seconds from the beginning at which to begin; None for the first image.
        end: seconds from the beginning at which to stop, itself excluded; None for the last image.

    Raises:
        VideoError: there is no such folder, no image in it or in that range, or frames are below 32 pixels.
        BrokenVideoError: while iterating, at an image that cannot be read or has another size.
    """

    def __init__(
        self, folder: str | Path, rate: Fraction | int = 25, start: float | None = None, end: float | None = None
    ):
        rate = Fraction(rate)
        folder = Path(folder)
        begin = 0 if start is None else exact_seconds(start)
        until = math.inf if end is None else exact_seconds(end)
        self._images = [(pts, path) for pts, path in enumerate(list_images(folder)) if begin <= pts / rate < until]
        if not self._images:
            raise VideoError(f"{folder} has no frame between the given start and end")
        try:
            height, width = read_image(self._images[0][1]).shape[:2]
        except InputError as error:
            raise VideoError(f"{self._images[0][1]} is not an image that can be read; remove it") from error
        if min(width, height) < MIN_SIDE:
            raise VideoError(f"{folder} has frames of {width}x{height}; both sides need at least {MIN_SIDE} pixels")
        count = len(self._images)
        self.info = VideoInfo(width, height, rate, 1 / rate, count, float(count / rate), path=folder)

    def __len__(self) -> int:
        return len(self._images)

    def __iter__(self) -> Iterator[Frame]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> Frame:
        """The frame at `index`; negative indices count from the end."""
        index = range(len(self))[index]
        pts, path = self._images[index]
        try:
            image = read_image(path)
        except InputError as error:
            raise BrokenVideoError(f"{path} is not an image that can be read; replace it", index) from error
        if image.shape != (self.info.height, self.info.width, 3):
            size, first = f"{image.shape[1]}x{image.shape[0]}", f"{self.info.width}x{self.info.height}"
            raise BrokenVideoError(f"{path} has {size} pixels, the first frame {first}; make them equal", index)
        return Frame(image, index, pts, self.info.time_base)
