"""Classical matting of videos: a true trimap for every frame, or one for the first that optical flow carries on."""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from .clip_files import ClipFiles
from .facts import EVERY_TRIMAP, FIRST_TRIMAP, Facts
from .first_prompts import BAND, trimap_of
from .prediction import Prediction
from .trimap_solvers import TrimapSolver

AGREEING = 1.0  # pixels by which flow there and back may miss its start
REACH = 3  # flow that disagrees counts within this many half-widths of the unknown band


class EveryTrimap:
    """A solver with the true trimap of every frame: an upper bound, because it uses the truth.

    Args:
        solver: one of `SOLVERS`.
        name: in tables, by default "trimap:" and the solver.

    Raises:
        InputError: pymatting is not installed.
    """

    def __init__(self, solver: str, name: str | None = None):
        self._solver = TrimapSolver(solver)
        self.name = name or f"trimap:{solver}"
        self.identity = self._solver.identity

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """A prediction for every frame.

        Raises:
            DataError: a damaged file.
        """
        for index, frame in enumerate(clip.read_frames()):
            yield Prediction(self._solver.solve(frame, trimap_of(clip.read_alpha(index))))

    def facts(self) -> Facts:
        """See `Described.facts`."""
        return Facts("trimap-based", EVERY_TRIMAP)


class FirstTrimap:
    """A solver with the true trimap of the first frame, which optical flow carries on: the task of deep video matting.

    After every frame the trimap is a band around the edge of the matte, so that its width stays the same. DIS optical
    flow (Kroeger et al. 2016) moves it to the next frame. Pixels near the band become unknown where flow there and back
    disagrees, as it does where the person covers or uncovers background.

    Args:
        solver: one of `SOLVERS`.

    Raises:
        InputError: pymatting is not installed.
    """

    def __init__(self, solver: str):
        self._solver = TrimapSolver(solver)
        self.name = f"trimap-first:{solver}"
        self.identity = f"first {AGREEING} {REACH} {cv2.__version__} {self._solver.identity}"

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """A prediction for every frame.

        Raises:
            DataError: a damaged file.
        """
        before: np.ndarray | None = None
        alpha: np.ndarray | None = None
        for frame in clip.read_frames():
            if before is None or alpha is None:
                trimap = trimap_of(clip.read_alpha(0))
            else:
                trimap = carry_trimap(trimap_of((alpha >= 0.5).astype(np.float32)), before, frame)
            alpha = self._solver.solve(frame, trimap)
            before = frame
            yield Prediction(alpha)

    def facts(self) -> Facts:
        """See `Described.facts`."""
        return Facts("propagated trimap", FIRST_TRIMAP)


def carry_trimap(trimap: np.ndarray, before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Move a trimap to the next frame by optical flow.

    Args:
        trimap: of the frame before, float32 (H, W): 0, 0.5 or 1.
        before: the frame before, uint8 (H, W, 3).
        now: the next frame, uint8 (H, W, 3).

    Returns:
        The trimap of the next frame, float32 (H, W): 0, 0.5 or 1.

    Examples:
        >>> wall = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
        >>> trimap = np.zeros((64, 96), np.float32)
        >>> trimap[20:44, 30:60], trimap[24:40, 34:56] = 0.5, 1
        >>> np.array_equal(carry_trimap(trimap, wall, wall), trimap)  # nothing moves
        True
    """
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (before, now)]
    flow: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    back = flow.calc(grey[1], grey[0], None)  # from a pixel of `now` to where it was
    there = flow.calc(grey[0], grey[1], None)
    height, width = trimap.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    source = x + back[..., 0], y + back[..., 1]
    carried = cv2.remap(trimap, *source, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    returned = cv2.remap(there, *source, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    disagrees = np.linalg.norm(back + returned, axis=2) > AGREEING
    reach = REACH * max(1, round(BAND * max(trimap.shape)))
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    near = cv2.dilate((carried == 0.5).astype(np.uint8), shape) > 0
    carried[disagrees & near] = 0.5
    moved: np.ndarray = carried
    return moved
