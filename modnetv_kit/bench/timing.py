"""Timings that can be believed: after a warm-up, many of them, and of two things turn by turn."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

RUNS = 20
WARM_UP = 5


@dataclass(frozen=True)
class Timing:
    """How long something took, several times.

    Attributes:
        seconds: of every run.
    """

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """In seconds."""
        return float(np.median(self.seconds))

    @property
    def spread(self) -> tuple[float, float]:
        """The 10th and the 90th percentile, in seconds."""
        low, high = np.percentile(self.seconds, (10, 90))
        return float(low), float(high)


def time_calls(call: Callable[[], object], runs: int = RUNS, warm_up: int = WARM_UP) -> Timing:
    """Time `call` alone.

    Args:
        call: what to time; it returns when its work is done.
        runs: how often it is timed.
        warm_up: how often it runs before that.
    """
    for _ in range(warm_up):
        call()
    return Timing(tuple(_seconds(call) for _ in range(runs)))


def time_turns(
    first: Callable[[], object], second: Callable[[], object], runs: int = RUNS, warm_up: int = WARM_UP
) -> tuple[Timing, Timing, Timing]:
    """Time two things turn by turn, A B A B, so that whatever else the machine does meets both alike.

    Returns:
        Of the first, of the second, and the ratios first / second of each turn in place of seconds.
    """
    for _ in range(warm_up):
        first()
        second()
    turns = [(_seconds(first), _seconds(second)) for _ in range(runs)]
    firsts, seconds = zip(*turns, strict=True)
    return Timing(firsts), Timing(seconds), Timing(tuple(a / b for a, b in turns))


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
