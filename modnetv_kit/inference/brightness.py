"""Detects frames that must not update the memory: dark or flat frames, fades, flashes and exposure changes.

A person who cannot be distinguished from the background is restored as background. A person in the dark of a fade would
then be lost for the rest of the video.
"""

from typing import Literal, NamedTuple

import numpy as np

from .scenecut import Glance, is_scene_cut

FLAT = 8  # grey levels: standard deviation of a thumbnail's strongest channel below which a frame is flat
JUMP = 0.06  # log ratio of a brightness change over most of the frame
CALM = 0.03  # log ratio between neighbouring frames below which the brightness has settled
SETTLED = 2  # number of consecutive calm frames required
_SHARES = (10, 30, 50, 70, 90)  # percentiles of a thumbnail's grey levels, which move together in a fade
_MOST = 4  # number of percentiles that must agree
_FLOOR = 8  # grey levels; noise in the dark stays below it

Verdict = Literal["learn", "wait", "brightness", "scene cut"]


class Exposure(NamedTuple):
    """The state of a video's brightness.

    Attributes:
        learned: the last frame that updated the memory; None before the first.
        last: the last frame.
        calm: number of consecutive calm frames while waiting; None while learning.
    """

    learned: Glance | None = None
    last: Glance | None = None
    calm: int | None = None


def track_exposure(exposure: Exposure, now: Glance) -> tuple[Exposure, Verdict]:
    """Whether a frame may update the memory.

    The verdict is "wait" for a flat frame, or while the brightness of the whole frame changes. At a "scene cut", and
    when the "brightness" has settled at a new level, the memory must be emptied before it learns again. Otherwise the
    verdict is "learn".

    Examples:
        >>> from modnetv_kit.inference.scenecut import glance
        >>> room = np.full((48, 64, 3), 60, np.uint8)
        >>> room[:, :32] = 90
        >>> exposure, verdict = track_exposure(Exposure(), glance(room))
        >>> verdict, track_exposure(exposure, glance(room // 2))[1]  # half as bright: wait until it settles
        ('learn', 'wait')
    """
    before = exposure.last or now
    if exposure.calm is None and not _is_flat(now) and is_scene_cut(before, now):
        return Exposure(now, now), "scene cut"
    waits = exposure.calm is not None
    if exposure.learned is not None and not waits:
        waits = _brightness_change(exposure.learned, now) > JUMP
    if _is_flat(now):
        return Exposure(exposure.learned, now, 0), "wait"
    if waits:
        calm = (exposure.calm or 0) + 1 if _brightness_change(before, now) < CALM else 0
        if calm < SETTLED:
            return Exposure(exposure.learned, now, calm), "wait"
    verdict: Verdict = "learn"
    if waits:
        known = exposure.learned
        if known is not None and is_scene_cut(known, now):
            verdict = "scene cut"
        elif known is None or _brightness_change(known, now) > JUMP:
            verdict = "brightness"
    return Exposure(now, now), verdict


def _is_flat(frame: Glance) -> bool:
    """Whether a frame has too little contrast to separate a person from the background."""
    (picture,) = _without_bars(frame.thumbnail)
    return bool(picture.std((0, 1)).max() < FLAT)


def _without_bars(*thumbnails: np.ndarray) -> list[np.ndarray]:
    """Thumbnails without borders that are black in all of them: such bars stay as they are while a picture fades."""
    lit = np.max([thumbnail.max(2) for thumbnail in thumbnails], 0) >= _FLOOR
    if not lit.any():
        return list(thumbnails)
    sides = []
    for axis in (1, 0):
        found, length = np.flatnonzero(lit.any(axis)), lit.shape[1 - axis]
        # the cell where a bar ends holds some of both
        first, last = found[0] + (found[0] > 0), found[-1] - (found[-1] < length - 1)
        sides.append(slice(min(first, last), max(first, last) + 1))
    return [thumbnail[sides[0], sides[1]] for thumbnail in thumbnails]


def _brightness_change(before: Glance, after: Glance) -> float:
    """The change of brightness or contrast shared by most of a frame, as a log ratio; else 0.

    In a fade from or to black all grey levels change by one ratio. In a fade from or to white their distances from
    white do, and in a fade from or to grey their distances from each other. Both percentiles and places must show it:
    percentiles hardly change when a person or the camera moves, and most places hardly change when somebody crosses the
    frame.
    """
    old, new = (part.mean(2).ravel() for part in _without_bars(before.thumbnail, after.thumbnail))
    low, high = (np.percentile(levels, _SHARES) for levels in (old, new))
    return max(
        _common(low, high, old, new),
        _common(255 - low, 255 - high, 255 - old, 255 - new),
        _common(_spreads(low), _spreads(high), abs(old - np.median(old)), abs(new - np.median(new))),
    )


def _spreads(levels: np.ndarray) -> np.ndarray:
    low, under, middle, above, high = levels
    return np.array([high - low, above - low, high - under, above - under, high - middle])


def _common(old: np.ndarray, new: np.ndarray, old_places: np.ndarray, new_places: np.ndarray) -> float:
    """The least change that most of the five values have in common, at most that of the places; 0 where they differ."""
    changes, there = np.sort(_changes(old, new)), _change_of_places(old_places, new_places)
    return max(0.0, float(min(changes[-_MOST], there)), float(min(-changes[_MOST - 1], -there)))


def _change_of_places(old: np.ndarray, new: np.ndarray) -> float:
    """The median change of those places that can tell: the half with the larger values, above the noise."""
    both = old + new
    tell = (both >= np.median(both)) & (np.maximum(old, new) >= _FLOOR)
    return float(np.median(_changes(old, new)[tell])) if tell.any() else 0.0


def _changes(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    changes: np.ndarray = np.log((new + _FLOOR) / (old + _FLOOR))
    return changes
