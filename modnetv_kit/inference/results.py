"""The results of a session for a frame."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from .clean_plate import CleanPlate, fill_holes
from .foreground import estimate_foreground

Reset = Literal["start", "frame size", "scene cut", "brightness"]


@dataclass(frozen=True)
class FrameResult:
    """The result for a frame of H x W pixels. Expensive parts are computed on first use.

    Attributes:
        alpha: float32, (H, W) in [0, 1].
        flaw_map: float32, (k, k) in [0, 1], the probability that each patch of the coarse alpha is wrong.
        refined: bool, (k, k), the patches that were refined.
        reset: why the state was emptied before this frame ("start", "frame size", "scene cut", "brightness"), or None.
        learned: whether the frame updated the memory; dark or flat frames and fades do not.
    """

    alpha: np.ndarray
    flaw_map: np.ndarray
    refined: np.ndarray
    reset: Reset | None
    _frame: np.ndarray = field(repr=False)
    _plate: CleanPlate = field(repr=False)
    learned: bool = True

    @cached_property
    def foreground(self) -> np.ndarray:
        """The foreground colours, without the old background, uint8 (H, W, 3)."""
        return estimate_foreground(self._frame, self.alpha, self._plate)

    @cached_property
    def background(self) -> np.ndarray:
        """The background restored so far, uint8 (H, W, 3); unseen pixels are filled from their surroundings."""
        return fill_holes(self._plate.image, self._plate.mask)

    @cached_property
    def background_mask(self) -> np.ndarray:
        """The background pixels that have been seen, bool (H, W)."""
        return self._plate.mask


@dataclass(frozen=True)
class NetworkOutput:
    """The output of the networks for a frame of H x W pixels; a session's `restore` turns it into a `FrameResult`.

    Attributes:
        frame: RGB, uint8 (H, W, 3).
        alpha, flaw_map, refined, reset, learned: as in `FrameResult`.
        known: the given plate, aligned with this frame, if the state starts from it here.
    """

    frame: np.ndarray = field(repr=False)
    alpha: np.ndarray
    flaw_map: np.ndarray
    refined: np.ndarray
    reset: Reset | None
    known: CleanPlate | None = field(default=None, repr=False)
    learned: bool = True
