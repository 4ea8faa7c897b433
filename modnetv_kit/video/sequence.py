"""A video as numbered PNG images."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..errors import OutputError
from ..files import check_parent, output_error
from ..partial_files import Partial, destination
from ..paths import NUMBER
from .output import Writer

_PATTERN = re.compile(r"[^%]*%0?\d*d[^%]*\.png", re.IGNORECASE)
_FAST = 1  # zlib level: a third of the time of the usual 6, for a tenth more bytes


class SequenceWriter(Writer):
    """One PNG image a frame, RGB or RGBA, numbered by frame index from 0.

    The images are gathered in a hidden folder beside the final one, which takes its place at `close`. They are never
    mixed with others: a folder must not exist or be empty, and with a pattern none of its names may be taken.

    Args:
        path: a folder, for `000000.png` and so on, or a pattern such as `FOLDER/NAME_%05d.png`.
        width: of the frames that will come, in pixels.
        height: of the frames that will come, in pixels.
        alpha: frames will be RGBA.
        pixel_aspect: width of a pixel over its height, which the images tell where it is not 1.

    Raises:
        OutputError: the pattern is not one, the folder is not empty, or it cannot be written to.
    """

    def __init__(self, path: Path, width: int, height: int, alpha: bool, pixel_aspect: Fraction = Fraction(1)):
        super().__init__(path, width, height, alpha)
        # PNG tells the shape of pixels by how many there are to an inch, across and down
        self._density: dict[str, Any] = {} if pixel_aspect == 1 else {"dpi": (72, 72 * float(pixel_aspect))}
        if NUMBER.search(path.name) or ("%" in path.name and path.suffix):
            if not _PATTERN.fullmatch(path.name):
                raise OutputError(f"{path} is not a pattern for images; use a name like NAME_%05d.png")
            self._folder, self._name = path.parent, path.name
        else:
            self._folder, self._name = path, "%06d.png"
        try:
            self._folder = destination(self._folder.absolute())
            check_parent(self._folder)
            self._is_new = not self._folder.exists()
            if not self._is_new and not self._folder.is_dir():
                raise OutputError(f"{path} cannot be written: {self._folder.name} is a file; choose another name")
            # Inside a folder that is there already: the one above it may be another disk, or not ours to write to.
            self._partial = Partial(self._folder, is_folder=True, inside=not self._is_new)
        except OSError as error:
            raise output_error(path, error) from error
        if self._taken():
            self._partial.discard()
            raise OutputError(f"{path} has images or other files in its place; choose another name, or remove them")

    def _taken(self) -> bool:
        if self._is_new:
            return False
        if self._name == "%06d.png":
            return any(p.name != self._partial.path.name for p in self._folder.iterdir())
        before, after = NUMBER.split(self._name)
        taken = re.compile(re.escape(before) + r"\d+" + re.escape(after))
        return any(taken.fullmatch(p.name) for p in self._folder.iterdir())

    def _write(self, image: np.ndarray, time: Fraction, duration: Fraction | None) -> None:
        name = self._partial.path / (self._name % self.frames)
        Image.fromarray(image).save(name, compress_level=_FAST, **self._density)

    def _finish(self, partial: bool) -> None:
        if not self._folder.exists():
            self._partial.keep()
            return
        for image in sorted(self._partial.path.iterdir()):
            image.replace(self._folder / image.name)
        self._partial.discard()

    def _discard(self) -> None:
        self._partial.discard()
