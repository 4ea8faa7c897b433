"""A video as numbered PNG images."""

import re
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import OutputError
from ..files import check_parent, output_error, partial_name
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

    Raises:
        OutputError: the pattern is not one, the folder is not empty, or it cannot be written to.
    """

    def __init__(self, path: Path, width: int, height: int, alpha: bool):
        super().__init__(path, width, height, alpha)
        if "%" in path.name:
            if not _PATTERN.fullmatch(path.name):
                raise OutputError(f"{path} is not a pattern for images; use a name like NAME_%05d.png")
            self._folder, self._name = path.parent, path.name
        else:
            self._folder, self._name = path, "%06d.png"
        self._folder = self._folder.absolute()
        check_parent(self._folder)
        if self._folder.exists() and not self._folder.is_dir():
            raise OutputError(f"{path} cannot be written: {self._folder.name} is a file; choose another name")
        if self._taken():
            raise OutputError(f"{path} has images or other files in its place; choose another name, or remove them")
        hidden = partial_name(self._folder)
        # Inside a folder that is there already: the one above it may be another disk, or not ours to write to.
        self._partial = self._folder / hidden.name if self._folder.exists() else hidden
        try:
            self._partial.mkdir()
        except OSError as error:
            raise output_error(path, error) from error

    def _taken(self) -> bool:
        if not self._folder.exists():
            return False
        if self._name == "%06d.png":
            return any(self._folder.iterdir())
        before, after = re.split(r"%0?\d*d", self._name)
        taken = re.compile(re.escape(before) + r"\d+" + re.escape(after))
        return any(taken.fullmatch(p.name) for p in self._folder.iterdir())

    def _write(self, image: np.ndarray, time: Fraction) -> None:
        Image.fromarray(image).save(self._partial / (self._name % self.frames), compress_level=_FAST)

    def _finish(self, partial: bool) -> None:
        if not self._folder.exists():
            self._partial.replace(self._folder)
            return
        for image in sorted(self._partial.iterdir()):
            image.replace(self._folder / image.name)
        self._partial.rmdir()

    def _discard(self) -> None:
        shutil.rmtree(self._partial, ignore_errors=True)
