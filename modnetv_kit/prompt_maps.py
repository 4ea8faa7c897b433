"""Prompts as maps: K marks the person to keep, R marks certain background."""

from collections.abc import Iterable
from typing import Literal

import cv2
import numpy as np

Size = tuple[int, int]
Point = tuple[float, float, Literal["keep", "remove"]]
Box = tuple[float, float, float, float]

REACH = 0.02  # share of the frame's long side: a click's radius, and the open margin at edges of boxes and masks


def draw_prompt(
    size: Size,
    grid: Size,
    points: Iterable[Point] = (),
    boxes: Iterable[Box] = (),
    mask: np.ndarray | None = None,
    trimap: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the maps K and R of a prompt, on the grid of B's memory.

    `reach` is 2 % of the frame's long side. A box removes everything farther outside than `reach`; several boxes remove
    everything outside all of them. A mask keeps the area deeper inside than `reach` and removes the area farther
    outside. A trimap keeps its foreground and removes its background. A point keeps or removes a disc of radius
    `reach`. In a conflict the later kind in this order, and the later point, takes precedence, so K and R never
    overlap.

    A cell belongs to a region that covers half of it. If a region to keep is too small to cover half of any cell, it
    gets the cell that it covers most.

    Args:
        size: (H, W) of the frame, in pixels.
        grid: (h, w) of the maps, in cells.
        points: (x, y, "keep" or "remove"), in pixels of the frame.
        boxes: (x, y, w, h) around the people to keep, in pixels of the frame; x, y is the top left corner.
        mask: (H, W), the person to keep, where the value is at least 0.5.
        trimap: (H, W), 0 background, 1 foreground, other values unknown.

    Returns:
        K and R, float32 (h, w) in {0, 1}.
    """
    reach = REACH * max(size)
    K, R = np.zeros(grid, bool), np.zeros(grid, bool)
    boxes = list(boxes)
    if boxes:
        R |= _cells(_outside(boxes, size, reach), grid)
    if mask is not None:
        inside, outside = _sure_sides(mask >= 0.5, reach)
        _say(K, R, _cells(inside, grid, at_least_one=True), _cells(outside, grid))
    if trimap is not None:
        _say(K, R, _cells(trimap >= 1, grid, at_least_one=True), _cells(trimap <= 0, grid))
    for x, y, what in points:
        disc = _cells(_disc(x, y, size, reach), grid, at_least_one=True)
        nothing = np.zeros(grid, bool)
        _say(K, R, *((disc, nothing) if what == "keep" else (nothing, disc)))
    return K.astype(np.float32), R.astype(np.float32)


def _say(K: np.ndarray, R: np.ndarray, keep: np.ndarray, remove: np.ndarray) -> None:
    """Write `keep` into K and `remove` into R, over earlier values."""
    remove = remove & ~keep
    K[:] = (K | keep) & ~remove
    R[:] = (R | remove) & ~keep


def _cells(region: np.ndarray, grid: Size, at_least_one: bool = False) -> np.ndarray:
    """The grid cells at least half covered by a region of the frame, bool (h, w)."""
    share = cv2.resize(region.astype(np.float32), grid[::-1], interpolation=cv2.INTER_AREA)
    most = share.max()
    return share >= (min(0.5, most) if at_least_one and most > 0 else 0.5)


def _outside(boxes: Iterable[Box], size: Size, margin: float) -> np.ndarray:
    """The pixels farther than `margin` from every box, bool (H, W)."""
    rows, columns = _pixel_centres(size)
    outside = np.ones(size, bool)
    for x, y, w, h in boxes:
        within_rows = (rows > y - margin) & (rows < y + h + margin)
        within_columns = (columns > x - margin) & (columns < x + w + margin)
        outside &= ~(within_rows & within_columns)
    return outside


def _sure_sides(mask: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """The pixels deeper inside a mask than `reach`, and those farther outside; both bool (H, W).

    In a thinner region, the inside starts at half of its greatest depth. The frame's border is not an edge.
    """
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return inside > min(reach, inside.max() / 2), outside > reach


def _disc(x: float, y: float, size: Size, radius: float) -> np.ndarray:
    """The pixels of the disc around (x, y), bool (H, W), at least the one that contains it."""
    rows, columns = _pixel_centres(size)
    disc = (rows - y) ** 2 + (columns - x) ** 2 <= radius**2
    disc[min(int(y), size[0] - 1), min(int(x), size[1] - 1)] = True
    return disc


def _pixel_centres(size: Size) -> tuple[np.ndarray, np.ndarray]:
    """The centres of rows and columns, which broadcast to (H, W)."""
    return np.arange(size[0])[:, None] + 0.5, np.arange(size[1])[None] + 0.5
