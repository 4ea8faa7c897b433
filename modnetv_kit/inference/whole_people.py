"""From clicks to whole people: a click selects the whole person and nobody else.

The matte without a prompt shows everybody. Its connected components are single people, or groups who touch each other.
A component with a "keep" click is kept whole, and all others are removed whole. Without a "keep" click, the clicked
components are removed whole. A component with both "keep" and "remove" clicks is split between them.
"""

from collections.abc import Iterable

import cv2
import numpy as np

from ..prompt_maps import REACH, Point
from .prompt import Prompt

SMALLEST = 2e-4  # share of the frame below which a component is a speck


def only_clicks(prompt: Prompt) -> bool:
    """Whether a prompt consists of points alone."""
    return not prompt.boxes and prompt.mask is None and prompt.trimap is None


def with_whole_people(prompt: Prompt, others: Iterable[Prompt], alpha: np.ndarray) -> Prompt:
    """Extend the first clicks on a person to everybody in the frame.

    Args:
        prompt: a prompt of clicks alone.
        others: prompts for other people; their "keep" clicks remove here.
        alpha: the matte of the frame without a prompt, float32 (H, W) in [0, 1].

    Returns:
        The same clicks, with a trimap: foreground deep inside the kept people, background where others are.
    """
    theirs: list[Point] = [(x, y, "remove") for other in others for x, y, what in other.points if what == "keep"]
    keep, remove = whole_people(alpha, [*prompt.points, *theirs])
    depth = cv2.distanceTransform(keep.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    reach = REACH * max(alpha.shape)
    trimap = np.full(alpha.shape, 0.5, np.float32)
    trimap[depth > min(reach, depth.max() / 2)] = 1
    trimap[remove] = 0
    return Prompt(prompt.points, trimap=trimap) if (trimap != 0.5).any() else prompt


def whole_people(alpha: np.ndarray, points: Iterable[Point]) -> tuple[np.ndarray, np.ndarray]:
    """The components of a matte that clicks keep, and those that they remove.

    Args:
        alpha: the matte of the frame without a prompt, float32 (H, W) in [0, 1].
        points: (x, y, "keep" or "remove"), in pixels of the frame.

    Returns:
        Two masks, bool (H, W), which do not overlap. Clicks outside the matte have no effect here.
    """
    solid = (alpha > 0.5).astype(np.uint8)
    _, parts = cv2.connectedComponents(solid)
    clicks = [(int(x), int(y), what) for x, y, what in points]
    kept_parts = {int(parts[y, x]) for x, y, what in clicks if what == "keep" and parts[y, x]}
    removed_parts = {int(parts[y, x]) for x, y, what in clicks if what == "remove" and parts[y, x]}
    keep, remove = np.zeros(solid.shape, bool), np.zeros(solid.shape, bool)
    for part, size in enumerate(np.bincount(parts.ravel())):
        inside = parts == part
        if part == 0 or size < SMALLEST * solid.size:
            continue
        if part in kept_parts and part in removed_parts:
            mine = _divide(inside, clicks)
            keep |= mine
            remove |= inside & ~mine
        elif part in kept_parts:
            keep |= inside
        elif kept_parts or part in removed_parts:
            remove |= inside
    return keep, remove


def _divide(inside: np.ndarray, clicks: Iterable[tuple[int, int, str]]) -> np.ndarray:
    """The part of a component that belongs to "keep" clicks, bool (H, W).

    Each pixel goes to the nearest click. People are upright, so vertical distances count a third of horizontal ones.
    """
    rows, columns = np.indices(inside.shape, dtype=np.float32)
    distances = {"keep": np.full(inside.shape, np.inf, np.float32), "remove": np.full(inside.shape, np.inf, np.float32)}
    for x, y, what in clicks:
        if inside[y, x]:
            np.minimum(distances[what], np.hypot(columns - x, (rows - y) / 3), out=distances[what])
    mine: np.ndarray = inside & (distances["keep"] < distances["remove"])
    return mine
