"""Corrections of the edge of a matte: shrink or grow, feather, despill."""

from dataclasses import dataclass

import cv2
import numpy as np

from ..errors import InputError
from .pixels import most_of

MOST = 100.0  # pixels


@dataclass(frozen=True)
class Edges:
    """Corrections of the edge of every matte.

    Attributes:
        shrink: pixels by which the matte shrinks; below 0 it grows. Fractions blend the two whole steps around them.
        feather: standard deviation in pixels of the Gaussian blur applied afterwards.
        despill: strength of the colour correction at edges: 0 keeps the frame's colours, 1 (the default) uses the
            estimated foreground without a halo of the old background, and values up to 2 go beyond it.

    Raises:
        InputError: a number outside its range.
    """

    shrink: float = 0.0
    feather: float = 0.0
    despill: float = 1.0

    def __post_init__(self) -> None:
        for name, low, high in (("shrink", -MOST, MOST), ("feather", 0, MOST), ("despill", 0, 2)):
            if not low <= getattr(self, name) <= high:
                raise InputError(f"{name} must be between {low:g} and {high:g}, not {getattr(self, name):g}")

    def alpha(self, alpha: np.ndarray) -> np.ndarray:
        """Correct a matte, float32 (H, W) in [0, 1]; returns the same array if there is nothing to change.

        Examples:
            >>> square = np.zeros((9, 9), np.float32)
            >>> square[2:7, 2:7] = 1
            >>> Edges(shrink=1).alpha(square).sum().item()
            9.0
        """
        if self.shrink:
            alpha = _moved(alpha, self.shrink)
        return cv2.GaussianBlur(alpha, (0, 0), self.feather) if self.feather else alpha

    def foreground(self, frame: np.ndarray, foreground: np.ndarray) -> np.ndarray:
        """`I + despill (F - I)`, (H, W, 3), like the frame.

        Args:
            frame: I, uint8 (H, W, 3), or uint16 in 10 bits.
            foreground: F, of the same shape and type, estimated for the matte as it was.
        """
        if self.despill == 1:
            return foreground
        mixed = cv2.addWeighted(foreground, self.despill, frame, 1 - self.despill, 0)
        return mixed if mixed.dtype == np.uint8 else np.minimum(mixed, most_of(mixed))  # bytes are clipped already


UNCHANGED = Edges()
"""Matte and foreground as they are estimated."""


def _moved(alpha: np.ndarray, shrink: float) -> np.ndarray:
    """`alpha` shrunk, or grown below 0, by a disc."""
    operation = cv2.erode if shrink > 0 else cv2.dilate
    whole, part = int(abs(shrink)), abs(shrink) % 1

    def by(radius: int) -> np.ndarray:
        if radius == 0:
            return alpha
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
        return operation(alpha, disc)

    return by(whole) if part == 0 else cv2.addWeighted(by(whole), 1 - part, by(whole + 1), part, 0)
