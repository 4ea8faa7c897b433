"""Notices frames that teach the memory nothing: dark or flat ones, and those of a fade, a flash or a new exposure.

What cannot be told from the background is taken for background. In the dark of a fade that is the person, who would
then be lost for the rest of the video.
"""

from typing import Literal, NamedTuple

import numpy as np

from .scenecut import Glance, is_scene_cut

FLAT = 8  # levels: standard deviation of a thumbnail's strongest channel below which there is too little to see
JUMP = 0.06  # logarithm of the ratio by which most of a frame has become brighter or darker
CALM = 0.03  # the same, from one frame to the next: below it the brightness has settled
SETTLED = 2  # frames in a row that must be calm
_SHARES = (10, 30, 50, 70, 90)  # percentiles of a thumbnail's grey levels, which move together in a fade
_MOST = 4  # of these
_FLOOR = 8  # grey levels, so that noise in the dark is no change

Verdict = Literal["learn", "wait", "brightness", "scene cut"]


class Exposure(NamedTuple):
    """What is remembered of a video's brightness.

    Attributes:
        learned: the last frame that the memory learned from; None before the first.
        last: the last frame.
        calm: how many frames in a row were calm while waiting; None while learning.
    """

    learned: Glance | None = None
    last: Glance | None = None
    calm: int | None = None


def follow(exposure: Exposure, now: Glance) -> tuple[Exposure, Verdict]:
    """Whether the memory may learn from a frame.

    "wait" for frames that show too little, or while the brightness of all the frame changes. Everything known has
    become wrong, and "learn" is only right from here on, at a "scene cut", and where the "brightness" has settled at
    another than the memory has learned.
    """
    before = exposure.last or now
    if exposure.calm is None and not is_flat(now) and is_scene_cut(before, now):
        return Exposure(now, now), "scene cut"
    waits = exposure.calm is not None
    if exposure.learned is not None and not waits:
        waits = brightness_change(exposure.learned, now) > JUMP
    if is_flat(now):
        return Exposure(exposure.learned, now, 0), "wait"
    if waits:
        calm = (exposure.calm or 0) + 1 if brightness_change(before, now) < CALM else 0
        if calm < SETTLED:
            return Exposure(exposure.learned, now, calm), "wait"
    verdict: Verdict = "learn"
    if waits:
        known = exposure.learned
        if known is not None and is_scene_cut(known, now):
            verdict = "scene cut"
        elif known is None or brightness_change(known, now) > JUMP:
            verdict = "brightness"
    return Exposure(now, now), verdict


def is_flat(frame: Glance) -> bool:
    """Whether a frame shows too little contrast to tell a person from a background."""
    return bool(frame.thumbnail.std((0, 1)).max() < FLAT)


def brightness_change(before: Glance, after: Glance) -> float:
    """By how much most of a frame has become brighter, darker or flatter, as the logarithm of a ratio; else 0.

    Percentiles of grey levels do not move when somebody does. In a fade from or to black all of them change by one
    ratio, in one from or to white their distances from white do, and to or from grey those from each other.
    """
    old, new = (np.percentile(glance.thumbnail.mean(2), _SHARES) for glance in (before, after))
    ratios = [(new, old), (255 - new, 255 - old), (_spreads(new), _spreads(old))]
    return max(_common(np.log((now + _FLOOR) / (then + _FLOOR))) for now, then in ratios)


def _spreads(levels: np.ndarray) -> np.ndarray:
    low, under, middle, above, high = levels
    return np.array([high - low, above - low, high - under, above - under, high - middle])


def _common(changes: np.ndarray) -> float:
    """The least that most of the changes have in common; 0 where fewer go in one direction."""
    ahead = max(np.sort(changes)[::-1][_MOST - 1], np.sort(-changes)[::-1][_MOST - 1])
    return max(0.0, float(ahead))
