"""The crop of each frame of a result."""

import math
from collections.abc import Sequence

import numpy as np

from ..video.lowered import fitted

UPRIGHT = 9 / 16
SMOOTHING = 15.0  # frames: standard deviation of the filter for the path of the crop


class Framing:
    """The crop for a result of a given shape and size.

    Args:
        shape: "source", or "9:16" for an upright crop that follows the person.
        size: maximum long side of the result in pixels; None for the source's.
        source: width and height of the source.
        centres: horizontal position of the person in each frame, as a fraction of the width; NaN without a person.
    """

    def __init__(self, shape: str, size: int | None, source: tuple[int, int], centres: Sequence[float]):
        width, height = source
        crop_width = min(width, round(height * UPRIGHT)) if shape == "9:16" else width
        self.size = fitted(crop_width, height, size)
        """Width and height of the result."""
        scale = self.size[1] / height
        self.scaled = (self.size[0], self.size[1]) if crop_width == width else (round(width * scale), self.size[1])
        """Width and height of the scaled frame before cropping."""
        self._centres = None if crop_width == width else _smooth_path(centres)

    def window(self, index: int) -> tuple[slice, slice]:
        """The rows and columns of scaled frame `index` in the crop."""
        width = self.size[0]
        if self._centres is None:
            return slice(None), slice(None)
        centre = self._centres[min(index, len(self._centres) - 1)] * self.scaled[0]
        left = round(min(max(0.0, centre - width / 2), self.scaled[0] - width))
        return slice(None), slice(left, left + width)


def _smooth_path(centres: Sequence[float]) -> np.ndarray:
    """The path of the crop: the person's position, smoothed over about a second, with gaps interpolated."""
    known = [index for index, centre in enumerate(centres) if not math.isnan(centre)]
    if not known:
        return np.full(max(1, len(centres)), 0.5)
    path = np.interp(np.arange(len(centres)), known, [centres[index] for index in known])
    reach = min(round(3 * SMOOTHING), max(1, len(path)))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / SMOOTHING) ** 2)
    return np.convolve(np.pad(path, reach, mode="edge"), weights / weights.sum(), "valid")
