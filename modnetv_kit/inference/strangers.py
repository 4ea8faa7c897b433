"""Separating the prompted person from strangers, from frame to frame.

A connected part of the matte that does not touch the person of the frame before is a stranger. A part that touches both
the person and a stranger of the frame before is divided between them.
"""

import cv2
import numpy as np


def strangers(alpha: np.ndarray, keep: np.ndarray, before: np.ndarray | None = None) -> np.ndarray:
    """The cells of a matte that belong to strangers.

    Args:
        alpha: the matte, float32 (H, W) in [0, 1].
        keep: K, where the person certainly was in the frame before, or where the prompt says they are, (h, w) in [0, 1]
            on the grid of B's memory.
        before: where strangers were last seen, bool (h, w), if that is known.

    Returns:
        bool (h, w); empty where K is, since nothing tells who is meant then.
    """
    solid = _solid(alpha, keep.shape)
    _, parts = cv2.connectedComponents(solid.astype(np.uint8))
    # people move: a cell next to the person's counts as theirs
    near = cv2.dilate((keep > 0.5).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    theirs = np.unique(parts[near & solid])
    if not len(theirs):
        return np.zeros(keep.shape, bool)
    found: np.ndarray = solid & ~np.isin(parts, theirs)
    if before is not None and before.any():
        to_person, to_stranger = _distance(keep > 0.5), _distance(before)
        found |= solid & (to_stranger < to_person) & np.isin(parts, np.unique(parts[before & solid]))
    return found


def _solid(alpha: np.ndarray, grid: tuple[int, ...]) -> np.ndarray:
    """The cells of a grid (h, w) in which a matte shows somebody, bool (h, w)."""
    shown: np.ndarray = cv2.resize(alpha, grid[::-1], interpolation=cv2.INTER_AREA) > 0.3
    return shown


def _distance(region: np.ndarray) -> np.ndarray:
    """How far each cell is from a region, float32 (h, w)."""
    return cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def without(alpha: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """The matte with what `strangers` found taken out, soft edges included.

    Args:
        alpha: float32 (H, W) in [0, 1].
        cells: bool (h, w).

    Returns:
        float32 (H, W).
    """
    if not cells.any():
        return alpha
    solid = _solid(alpha, cells.shape)
    kernel = np.ones((3, 3), np.uint8)
    around = cv2.dilate(cells.astype(np.uint8), kernel, iterations=2)
    around[cv2.dilate((solid & ~cells).astype(np.uint8), kernel) > 0] = 0
    gone = cv2.resize(around.astype(np.float32), alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
    remaining: np.ndarray = alpha * (1 - gone)
    return remaining
