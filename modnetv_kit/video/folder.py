"""A folder of images as a video."""

import math
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from ..errors import BrokenVideoError, InputError, VideoError
from ..files import PICTURE_SUFFIXES, image_size, open_image, read_image
from ..models.modnetv import MIN_SIDE
from ..paths import is_folder
from .frames import Frame, VideoInfo, check_pixels, exact_seconds


def list_images(folder: Path) -> list[Path]:
    """The images of a folder in natural order: `9.png` before `10.png`.

    Raises:
        VideoError: there is no such folder, or no image in it.
    """
    if not is_folder(folder):
        raise VideoError(f"{folder}: there is no such folder; check the name")
    try:
        files = list(folder.iterdir())
    except OSError as error:
        raise VideoError(f"{folder} cannot be read: {error.strerror}; change its permissions") from None
    images = [p for p in files if p.suffix.lower() in PICTURE_SUFFIXES and not p.name.startswith(".")]
    if not images:
        raise VideoError(f"{folder} has no images ({', '.join(PICTURE_SUFFIXES)}); give a folder of frames")
    # The split alternates text and digits, so text is only compared with text and numbers with numbers.
    return sorted(images, key=lambda p: [int(t) if t.isdecimal() else t for t in re.split(r"(\d+)", p.name.lower())])


class FolderReader:
    """PNG, JPEG or WebP images in natural order, one frame each, at a constant rate. Alpha is ignored.

    Args:
        folder: with images of one size.
        rate: frames per second.
        start: time of the first frame, in seconds; None for the first image.
        end: time at which to stop, in seconds, exclusive; None for the last image.
        max_pixels: limit per image; larger images are rejected before they are decoded.

    Raises:
        VideoError: there is no such folder, no image in it or in that range, or a side is below 32 pixels.
        BrokenVideoError: while iterating, at an image that cannot be read or has another size.
    """

    def __init__(
        self,
        folder: str | Path,
        rate: Fraction | int = 25,
        start: float | None = None,
        end: float | None = None,
        max_pixels: int | None = None,
    ):
        rate = Fraction(rate)
        folder = Path(folder)
        begin = 0 if start is None else exact_seconds(start)
        until = math.inf if end is None else exact_seconds(end)
        self._images = [(pts, path) for pts, path in enumerate(list_images(folder)) if begin <= pts / rate < until]
        if not self._images:
            raise VideoError(f"{folder} has no frame between the given start and end")
        first = self._images[0][1]
        try:
            width, height = image_size(first)
            check_pixels(first, width, height, max_pixels)
            read_image(first)
            pixel_aspect = _pixel_aspect(first)
        except InputError as error:
            raise VideoError(str(error)) from error
        if min(width, height) < MIN_SIDE:
            raise VideoError(f"{folder} has frames of {width}x{height}; both sides need at least {MIN_SIDE} pixels")
        count = len(self._images)
        self.info = VideoInfo(
            width, height, rate, 1 / rate, count, float(count / rate), pixel_aspect=pixel_aspect, path=folder
        )

    def __len__(self) -> int:
        return len(self._images)

    def __iter__(self) -> Iterator[Frame]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> Frame:
        """The frame at `index`; negative indices count from the end."""
        index = range(len(self))[index]
        pts, path = self._images[index]
        wanted = (self.info.width, self.info.height)
        try:
            size = image_size(path)
            if size == wanted:
                image = read_image(path)
        except InputError as error:
            raise BrokenVideoError(str(error), index) from error
        if size != wanted:
            sizes = f"{size[0]}x{size[1]} pixels, the first frame {wanted[0]}x{wanted[1]}"
            raise BrokenVideoError(f"{path} has {sizes}; make them equal", index)
        return Frame(image, index, pts, self.info.time_base, 1, self.info.pixel_aspect)


def _pixel_aspect(path: Path) -> Fraction:
    """Width of a pixel over its height, which PNG files can state."""
    with open_image(path) as image:
        # pixel density, horizontal and vertical: FFmpeg writes it without a unit, we per inch
        across, down = image.info.get("aspect") or image.info.get("dpi") or (1, 1)
        known = image.format == "PNG" and 0.1 < down / max(across, 1e-9) < 10
    return Fraction(down / across).limit_denominator(1000) if known else Fraction(1)
