"""Estimates of the foreground colours from the true alpha: ours, and pymatting's."""

from collections.abc import Iterator
from importlib.metadata import version

import numpy as np

from .. import __version__
from ..errors import DataError, InputError
from ..inference.foreground import estimate_foreground
from .clip_files import ClipFiles
from .facts import Facts
from .prediction import Prediction


class TrueAlphaForeground:
    """The true alpha of every frame, with foreground colours that are estimated: only their error says anything.

    Args:
        estimate: "ours", `estimate_foreground` without a plate; or "ml", pymatting's multi-level estimate (Germer et
            al. 2020, arXiv 2006.14970).

    Raises:
        InputError: pymatting is not installed.
    """

    def __init__(self, estimate: str):
        self.name = f"foreground:{estimate}"
        self.identity = f"{self.name} {__version__}"
        self._multi_level = None
        if estimate == "ml":
            try:
                import pymatting
            except ImportError:
                raise InputError(f'the method {self.name} needs pymatting: pip install "modnetv-kit[eval]"') from None
            self.identity = f"{self.name} {version('pymatting')}"
            self._multi_level = pymatting.estimate_foreground_ml

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """A prediction for every frame.

        Raises:
            DataError: a damaged file, or a clip without true foreground colours.
        """
        if not clip.foregrounds:
            raise DataError(f"it has no foreground/ or fgr/, which the method `{self.name}` needs")
        for index, frame in enumerate(clip.read_frames()):
            alpha = clip.read_alpha(index)
            if self._multi_level is None:
                foreground = estimate_foreground(frame, alpha).astype(np.float32) / 255
            else:
                foreground = self._multi_level(frame / 255, alpha.astype(np.float64)).astype(np.float32).clip(0, 1)
            yield Prediction(alpha, foreground)

    def facts(self) -> Facts:
        """See `Described.facts`."""
        return Facts("foreground estimation", "true alpha of every frame")
