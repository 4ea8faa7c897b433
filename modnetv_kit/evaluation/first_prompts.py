"""Simulated prompts for a clip's first frame, from its true alpha."""

import json
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from ..errors import DataError
from ..inference import Prompt
from ..prompt_maps import Box, Point
from .clip_files import ClipFiles

BAND = 0.01  # share of the long side: half-width of a trimap's unknown band


def click(clip: ClipFiles) -> Prompt:
    """One click per person, from clip.json or at the point of the true alpha farthest from its edge.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from modnetv_kit.evaluation import list_clips, open_clip
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for path in (Path(folder, "frames", "0.png"), Path(folder, "alpha", "0.png")):
        ...         path.parent.mkdir()
        ...         _ = cv2.imwrite(str(path), np.pad(np.full((21, 21), 255, np.uint8), 20))  # a square person
        ...     click(open_clip(list_clips(Path(folder))[0])).points
        [(30.0, 30.0, 'keep')]
    """
    stated = _stated(clip, "click", 2)
    return Prompt([(x, y, "keep") for x, y in stated] or [(*deepest(_mask(clip)), "keep")])


def box(clip: ClipFiles) -> Prompt:
    """A box around every person, from clip.json or around the true alpha.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from modnetv_kit.evaluation import list_clips, open_clip
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for path in (Path(folder, "frames", "0.png"), Path(folder, "alpha", "0.png")):
        ...         path.parent.mkdir()
        ...         _ = cv2.imwrite(str(path), np.pad(np.full((21, 21), 255, np.uint8), 20))  # a square person
        ...     box(open_clip(list_clips(Path(folder))[0])).boxes
        [(20.0, 20.0, 21.0, 21.0)]
    """
    return Prompt(boxes=_stated(clip, "box", 4) or [box_around(_mask(clip))])


def mask(clip: ClipFiles) -> Prompt:
    """The true alpha, thresholded.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from modnetv_kit.evaluation import list_clips, open_clip
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for path in (Path(folder, "frames", "0.png"), Path(folder, "alpha", "0.png")):
        ...         path.parent.mkdir()
        ...         _ = cv2.imwrite(str(path), np.pad(np.full((21, 21), 255, np.uint8), 20))  # a square person
        ...     mask(open_clip(list_clips(Path(folder))[0])).mask.sum().item() == 21 * 21
        True
    """
    return Prompt(mask=_mask(clip))


def trimap(clip: ClipFiles) -> Prompt:
    """The trimap of the true alpha.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from modnetv_kit.evaluation import list_clips, open_clip
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for path in (Path(folder, "frames", "0.png"), Path(folder, "alpha", "0.png")):
        ...         path.parent.mkdir()
        ...         _ = cv2.imwrite(str(path), np.pad(np.full((21, 21), 255, np.uint8), 20))  # a square person
        ...     trimap(open_clip(list_clips(Path(folder))[0])).trimap[30, 17:24].tolist()  # across the edge
        [0.0, 0.0, 0.5, 0.5, 1.0, 1.0, 1.0]
    """
    _mask(clip)
    return Prompt(trimap=trimap_of(clip.read_alpha(0)))


FIRST_PROMPTS: dict[str, Callable[[ClipFiles], Prompt]] = {"click": click, "box": box, "mask": mask, "trimap": trimap}


def trimap_of(alpha: np.ndarray) -> np.ndarray:
    """A trimap of a matte; it is unknown within 1 % of the long side of the edge, and where alpha is fractional.

    Args:
        alpha: float32 (H, W) in [0, 1].

    Returns:
        float32 (H, W): 0, 0.5 or 1.

    Examples:
        >>> trimap_of(np.float32([[1, 1, 1, 0, 0, 0]])).tolist()  # unknown beside the edge
        [[1.0, 1.0, 0.5, 0.5, 0.0, 0.0]]
    """
    radius = max(1, round(BAND * max(alpha.shape)))
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    known = np.full(alpha.shape, 0.5, np.float32)
    known[cv2.erode((alpha > 0.99).astype(np.uint8), near) > 0] = 1
    known[cv2.dilate((alpha > 0.01).astype(np.uint8), near) == 0] = 0
    return known


def deepest(region: np.ndarray) -> tuple[float, float]:
    """The point (x, y) of a region, bool (H, W), farthest from its edge; the frame's border counts as an edge.

    Examples:
        >>> region = np.zeros((9, 9), bool)
        >>> region[2:7, 1:6] = True
        >>> deepest(region)
        (3.0, 4.0)
    """
    inside = cv2.distanceTransform(np.pad(region, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    y, x = np.unravel_index(np.argmax(inside[1:-1, 1:-1]), region.shape)
    return float(x), float(y)


def box_around(region: np.ndarray) -> Box:
    """The bounding box (x, y, w, h) of a non-empty region, bool (H, W).

    Examples:
        >>> region = np.zeros((9, 9), bool)
        >>> region[2:8, 1:6] = True
        >>> box_around(region)
        (1.0, 2.0, 5.0, 6.0)
    """
    x, y, w, h = cv2.boundingRect(region.astype(np.uint8))
    return float(x), float(y), float(w), float(h)


def _mask(clip: ClipFiles) -> np.ndarray:
    """The mask of the people in the first frame, bool (H, W)."""
    there: np.ndarray = clip.read_alpha(0) >= 0.5
    if not there.any():
        raise DataError("there is nobody in its first frame to prompt")
    return there


def _stated(clip: ClipFiles, what: str, numbers: int) -> list[Any]:
    """The entries `what_1`, `what_2`, ... of clip.json, each a list of numbers; empty without the file."""
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
        raise DataError(f"{clip.folder.tell(path)} must hold {names}, each {numbers} numbers; correct or delete it")
    return values


def correction(alphas: list[np.ndarray], truths: list[np.ndarray]) -> tuple[int, Point] | None:
    """A user's next click, in the middle of the largest error of the clip's worst frame.

    Args:
        alphas: mattes of every frame, float32 (H, W) in [0, 1].
        truths: true ones.

    Returns:
        The index of the frame with the largest mean error, and a point in it. Error regions are those in which the
        matte is too low or too high by 0.5, or by half of the largest error if no error reaches 0.5. The point lies in
        the largest region, farthest from its edge. None if there is no error.

    Examples:
        >>> true, missed = np.zeros((9, 9), np.float32), np.zeros((9, 9), np.float32)
        >>> true[2:7, 1:6] = 1
        >>> correction([true, missed], [true, true])  # frame 1 misses the person
        (1, (3.0, 4.0, 'keep'))
    """
    worst = int(np.argmax([np.abs(alpha - truth).mean() for alpha, truth in zip(alphas, truths, strict=True)]))
    missed = truths[worst] - alphas[worst]
    wrong = min(0.5, float(np.abs(missed).max()) / 2)
    regions = [(_largest(missed > wrong), True), (_largest(-missed > wrong), False)]
    region, keep = max(regions, key=lambda pair: np.count_nonzero(pair[0]))
    return (worst, (*deepest(region), "keep" if keep else "remove")) if region.any() else None


def _largest(region: np.ndarray) -> np.ndarray:
    """The largest connected component of a region, bool (H, W)."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(region.astype(np.uint8))
    if len(stats) == 1:  # only background
        return region
    largest: np.ndarray = labels == 1 + np.argmax(stats[1:, cv2.CC_STAT_AREA])
    return largest
