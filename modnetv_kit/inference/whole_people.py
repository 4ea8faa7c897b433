"""From clicks to whole people: a click on somebody means all of them, and nobody else.

The matte without a prompt shows everybody. Its connected parts are people, or groups who touch each other. A part that
a click keeps is kept whole, and all others are removed whole. Without a click that keeps, the clicked parts are removed
whole. A part in which one click keeps and another removes is divided along edges of the picture (watershed).
"""

from collections.abc import Iterable

import cv2
import numpy as np

from ..prompt_maps import REACH, Point
from .prompt import Prompt

SMALLEST = 2e-4  # of the frame: smaller parts are specks
KEEP, REMOVE, OUTSIDE = 1, 2, 3  # markers


def only_clicks(prompt: Prompt) -> bool:
    """Whether a prompt consists of points alone."""
    return not prompt.boxes and prompt.mask is None and prompt.trimap is None


def with_whole_people(prompt: Prompt, others: Iterable[Prompt], frame: np.ndarray, alpha: np.ndarray) -> Prompt:
    """The first clicks on a person, completed by what they mean for everybody in the frame.

    Args:
        prompt: of clicks alone.
        others: prompts for other people; where they keep, this one removes.
        frame: RGB, uint8 (H, W, 3).
        alpha: the matte of the frame without a prompt, float32 (H, W) in [0, 1].

    Returns:
        The same clicks, with a trimap: foreground deep inside of who is kept, background where others are.
    """
    theirs: list[Point] = [(x, y, "remove") for other in others for x, y, what in other.points if what == "keep"]
    keep, remove = whole_people(frame, alpha, [*prompt.points, *theirs])
    depth = cv2.distanceTransform(keep.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    reach = REACH * max(alpha.shape)
    trimap = np.full(alpha.shape, 0.5, np.float32)
    trimap[depth > min(reach, depth.max() / 2)] = 1
    trimap[remove] = 0
    return Prompt(prompt.points, trimap=trimap) if (trimap != 0.5).any() else prompt


def whole_people(frame: np.ndarray, alpha: np.ndarray, points: Iterable[Point]) -> tuple[np.ndarray, np.ndarray]:
    """The parts of a matte that clicks keep, and those that they remove.

    Args:
        frame: RGB, uint8 (H, W, 3).
        alpha: the matte of the frame without a prompt, float32 (H, W) in [0, 1].
        points: (x, y, "keep" or "remove"), in pixels of the frame.

    Returns:
        Two masks, bool (H, W), which do not overlap. Clicks beside the matte say nothing here.
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
            mine = _divide(frame, inside, clicks)
            keep |= mine
            remove |= inside & ~mine
        elif part in kept_parts:
            keep |= inside
        elif kept_parts or part in removed_parts:
            remove |= inside
    return keep, remove


def _divide(frame: np.ndarray, inside: np.ndarray, clicks: Iterable[tuple[int, int, str]]) -> np.ndarray:
    """What of a part belongs to the clicks that keep, bool (H, W)."""
    markers = np.where(inside, 0, OUTSIDE).astype(np.int32)
    radius = max(1, round(REACH * max(inside.shape)))
    for x, y, what in clicks:
        if inside[y, x]:
            disc = np.zeros(inside.shape, np.uint8)
            cv2.circle(disc, (x, y), radius, 1, -1)
            markers[(disc > 0) & inside] = KEEP if what == "keep" else REMOVE
    cv2.watershed(np.ascontiguousarray(frame), markers)
    kept = (markers == KEEP).astype(np.uint8)
    # watershed leaves lines of one pixel between regions
    grown: np.ndarray = cv2.dilate(kept, np.ones((3, 3), np.uint8)) > 0
    mine: np.ndarray = grown & inside & (markers != REMOVE)
    return mine
