"""The crop of every frame in a result."""

import math
from collections.abc import Sequence

import numpy as np

from ..video.lowered import fitted

UPRIGHT = 9 / 16
CALM = 15.0  # frames: standard deviation over which the camera that follows the person is smoothed


class Framing:
    """The crop for a result of a given shape and size.

    Args:
        shape: "source", or "9:16" for an upright cut that follows the person.
        size: long side of the result in pixels at most; None for the source's.
        source: width and height of the source.
        centres: where the person is in each frame, as a share of the width; NaN where nobody is.
    """

    def __init__(self, shape: str, size: int | None, source: tuple[int, int], centres: Sequence[float]):
        width, height = source
        cut_width = min(width, round(height * UPRIGHT)) if shape == "9:16" else width
        self.size = fitted(cut_width, height, size)
        """Width and height of the result."""
        scale = self.size[1] / height
        self.scaled = (self.size[0], self.size[1]) if cut_width == width else (round(width * scale), self.size[1])
        """Width and height of the whole frame that it is cut from."""
        self._centres = None if cut_width == width else _followed(centres)

    def window(self, index: int) -> tuple[slice, slice]:
        """Rows and columns of frame `index` that are shown."""
        width = self.size[0]
        if self._centres is None:
            return slice(None), slice(None)
        centre = self._centres[min(index, len(self._centres) - 1)] * self.scaled[0]
        left = round(min(max(0.0, centre - width / 2), self.scaled[0] - width))
        return slice(None), slice(left, left + width)


def _followed(centres: Sequence[float]) -> np.ndarray:
    """The path of the crop: it follows the person, smoothed over about a second, with gaps interpolated."""
    known = [index for index, centre in enumerate(centres) if not math.isnan(centre)]
    if not known:
        return np.full(max(1, len(centres)), 0.5)
    path = np.interp(np.arange(len(centres)), known, [centres[index] for index in known])
    reach = min(round(3 * CALM), max(1, len(path)))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / CALM) ** 2)
    return np.convolve(np.pad(path, reach, mode="edge"), weights / weights.sum(), "valid")
