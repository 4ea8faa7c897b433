"""What a session says about a frame."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from .clean_plate import CleanPlate, fill_holes
from .foreground import estimate_foreground

Reset = Literal["start", "frame size", "scene cut"]


@dataclass(frozen=True)
class FrameResult:
    """What the session knows after a frame of H x W pixels. What costs time is computed when first asked for.

    Attributes:
        alpha: float32, (H, W) in [0, 1].
        flaw_map: float32, (k, k) in [0, 1], how likely each patch of the coarse alpha is wrong.
        refined: bool, (k, k), the patches that were refined.
        reset: why the state was emptied before this frame ("start", "frame size", "scene cut"), or None.
    """

    alpha: np.ndarray
    flaw_map: np.ndarray
    refined: np.ndarray
    reset: Reset | None
    _frame: np.ndarray = field(repr=False)
    _plate: CleanPlate = field(repr=False)

    @cached_property
    def foreground(self) -> np.ndarray:
        """The person's own colours, without the old background, uint8 (H, W, 3)."""
        return estimate_foreground(self._frame, self.alpha, self._plate)

    @cached_property
    def background(self) -> np.ndarray:
        """The background restored so far, uint8 (H, W, 3); where it was never seen, filled from around it."""
        return fill_holes(self._plate.image, self._plate.mask)

    @cached_property
    def background_mask(self) -> np.ndarray:
        """Where the background was truly seen, bool (H, W)."""
        return self._plate.mask


@dataclass(frozen=True)
class NetworkOutput:
    """What the networks say of a frame of H x W pixels; a session's `restore` makes a `FrameResult` of it.

    Attributes:
        frame: RGB, uint8 (H, W, 3).
        alpha, flaw_map, refined, reset: as in `FrameResult`.
        s_p: float32, (h, w) in [0, 1].
        known: the plate that was given, as this frame shows it, where the state was emptied and filled with it.
    """

    frame: np.ndarray = field(repr=False)
    alpha: np.ndarray
    s_p: np.ndarray
    flaw_map: np.ndarray
    refined: np.ndarray
    reset: Reset | None
    known: CleanPlate | None = field(default=None, repr=False)
