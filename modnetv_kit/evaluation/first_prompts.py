"""What a user would say of a clip's first frame, taken from its truth."""

import json
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from ..errors import DataError
from ..inference import Prompt
from ..prompt_maps import Box, Point
from .clip_files import ClipFiles

BAND = 0.01  # of the long side: how far from the truth's edge a trimap knows nothing


def click(clip: ClipFiles) -> Prompt:
    """One click on every person of the clip: that of its clip.json, or where the truth is deepest."""
    stated = _stated(clip, "click", 2)
    return Prompt([(x, y, "keep") for x, y in stated] or [(*deepest(_mask(clip)), "keep")])


def box(clip: ClipFiles) -> Prompt:
    """A box around every person of the clip: that of its clip.json, or around the truth."""
    return Prompt(boxes=_stated(clip, "box", 4) or [box_around(_mask(clip))])


def mask(clip: ClipFiles) -> Prompt:
    """The truth, without its soft edge."""
    return Prompt(mask=_mask(clip))


def trimap(clip: ClipFiles) -> Prompt:
    """The truth's trimap."""
    _mask(clip)
    return Prompt(trimap=trimap_of(clip.read_alpha(0)))


FIRST_PROMPTS: dict[str, Callable[[ClipFiles], Prompt]] = {"click": click, "box": box, "mask": mask, "trimap": trimap}


def trimap_of(alpha: np.ndarray) -> np.ndarray:
    """A trimap that knows nothing within 1 % of the long side of the edge, and where the edge is soft.

    Args:
        alpha: float32 (H, W) in [0, 1].

    Returns:
        float32 (H, W): 0, 0.5 or 1.
    """
    radius = max(1, round(BAND * max(alpha.shape)))
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    known = np.full(alpha.shape, 0.5, np.float32)
    known[cv2.erode((alpha > 0.99).astype(np.uint8), near) > 0] = 1
    known[cv2.dilate((alpha > 0.01).astype(np.uint8), near) == 0] = 0
    return known


def deepest(region: np.ndarray) -> tuple[float, float]:
    """The place (x, y) of a region, bool (H, W), that is farthest from its edge; the frame's border is one."""
    inside = cv2.distanceTransform(np.pad(region, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    y, x = np.unravel_index(np.argmax(inside[1:-1, 1:-1]), region.shape)
    return float(x), float(y)


def box_around(region: np.ndarray) -> Box:
    """The smallest box (x, y, w, h) around a region, bool (H, W), that is not empty."""
    x, y, w, h = cv2.boundingRect(region.astype(np.uint8))
    return float(x), float(y), float(w), float(h)


def _mask(clip: ClipFiles) -> np.ndarray:
    """Who is there in the first frame, bool (H, W)."""
    there: np.ndarray = clip.read_alpha(0) >= 0.5
    if not there.any():
        raise DataError("there is nobody in its first frame of whom a prompt could speak")
    return there


def _stated(clip: ClipFiles, what: str, numbers: int) -> list[Any]:
    """What clip.json says of the clip's people: `what_1`, `what_2`, ..., each some numbers; nothing without it."""
    path = clip.folder.people_file
    if not path.is_file():
        return []
    people = [clip.folder.person] if clip.folder.person else clip.folder.people
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        values = [tuple(float(number) for number in said[f"{what}_{person}"]) for person in people]
    except (OSError, ValueError, TypeError, LookupError):
        values = []
    if not values or any(len(value) != numbers for value in values):
        names = ", ".join(f"{what}_{person}" for person in people)
        raise DataError(f"{clip.folder.tell(path)} must hold {names}, each {numbers} numbers; mend or delete it")
    return values


def correction(alphas: list[np.ndarray], truths: list[np.ndarray]) -> tuple[int, Point] | None:
    """The click that a user would add: in the middle of the largest error of the clip's worst frame.

    Args:
        alphas: mattes of every frame, float32 (H, W) in [0, 1].
        truths: true ones.

    Returns:
        The index of the frame with the largest mean error, and a point there: of all regions in which the matte is too
        low or too high by half (or by half of the largest error, where none is as large), where the largest is deepest.
        None if nothing is wrong.
    """
    worst = int(np.argmax([np.abs(alpha - truth).mean() for alpha, truth in zip(alphas, truths, strict=True)]))
    missed = truths[worst] - alphas[worst]
    wrong = min(0.5, float(np.abs(missed).max()) / 2)
    regions = [(_largest(missed > wrong), True), (_largest(-missed > wrong), False)]
    region, keep = max(regions, key=lambda pair: np.count_nonzero(pair[0]))
    return (worst, (*deepest(region), "keep" if keep else "remove")) if region.any() else None


def _largest(region: np.ndarray) -> np.ndarray:
    """The largest piece of a region, bool (H, W)."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(region.astype(np.uint8))
    if len(stats) == 1:  # nothing but the ground
        return region
    largest: np.ndarray = labels == 1 + np.argmax(stats[1:, cv2.CC_STAT_AREA])
    return largest
