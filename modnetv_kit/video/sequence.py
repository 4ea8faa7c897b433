"""Writing a video as numbered PNG images."""

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
_FAST = 1  # zlib level: a third of the time of the default 6, for a tenth more bytes


class SequenceWriter(Writer):
    """One PNG image a frame, RGB or RGBA, numbered by frame index from 0.

    The images are written to a hidden folder, which `close` moves to its final place. They never mix with other files:
    the folder must be new or empty or, with a pattern, must hold no file of a matching name.

    Args:
        path: a folder, for `000000.png` and so on, or a pattern such as `FOLDER/NAME_%05d.png`.
        width: of the frames that will come, in pixels.
        height: of the frames that will come, in pixels.
        alpha: frames will be RGBA.
        pixel_aspect: width of a pixel over its height, stored in the images if it is not 1.

    Raises:
        OutputError: the pattern is invalid, its names are taken, the folder is not empty, or it cannot be written to.
    """

    def __init__(self, path: Path, width: int, height: int, alpha: bool, pixel_aspect: Fraction = Fraction(1)):
        super().__init__(path, width, height, alpha)
        # PNG stores the pixel aspect as a horizontal and a vertical density per inch
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
            # Inside an existing folder: its parent may be on another disk, or not writable.
            self._partial = Partial(self._folder, is_folder=True, inside=not self._is_new)
        except OSError as error:
            raise output_error(path, error) from error
        if self._taken():
            self._partial.discard()
            raise OutputError(f"{path} would mix with files that exist already; choose another name, or remove them")

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
