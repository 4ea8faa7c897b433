"""Windows of footage: some frames of a clip, at an even pace."""

import logging
from collections.abc import Callable
from functools import cache

import numpy as np

from ..errors import DataError, MattingError
from .footage import Footage, FootageSource

logger = logging.getLogger(__name__)
TRIES = 20


def pick_frames(rng: np.random.Generator, available: int, length: int, stride: int) -> list[int]:
    """Indices of `length` frames out of `available`, at most `stride` and 4 apart, back and forth if too few."""
    step = int(rng.integers(1, min(4, max(1, stride)) + 1))
    walk = int(rng.integers(available)) + step * np.arange(length)
    if available == 1:
        return [0] * length
    period = 2 * (available - 1)
    folded = walk % period
    return [int(i) for i in np.where(folded < available, folded, period - folded)]


def draw_window(
    rng: np.random.Generator, choose: Callable[[], FootageSource], length: int, stride: int
) -> tuple[Footage, list[int]]:
    """A window of a clip or photo that can be read. Broken files are skipped, and a warning names each once.

    Args:
        rng: source of all random choices.
        choose: draws a clip or photo.
        length: T.
        stride: largest distance between neighbouring frames.

    Returns:
        The distinct frames of the window, and the index of each of the T frames among them.

    Raises:
        DataError: hardly anything can be read.
    """
    for _ in range(TRIES):
        try:
            footage = choose()
            places = pick_frames(rng, footage.length, length, stride)
            distinct = list(dict.fromkeys(places))
            return footage.take(distinct), [distinct.index(i) for i in places]
        except MattingError as error:
            warn_once(f"skipped: {error}")
    raise DataError("hardly any footage can be read; check real/, keyed/ and pairs/")


@cache
def warn_once(message: str) -> None:
    """Log a warning if it is new in this process."""
    logger.warning(message)
