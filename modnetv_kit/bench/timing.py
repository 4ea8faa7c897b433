"""Reliable timings: many runs after a warm-up, and two candidates in alternation."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

RUNS = 20
WARM_UP = 5


@dataclass(frozen=True)
class Timing:
    """The durations of several runs.

    Attributes:
        seconds: of every run.
    """

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median, in seconds."""
        return float(np.median(self.seconds))

    @property
    def spread(self) -> tuple[float, float]:
        """The 10th and the 90th percentile, in seconds."""
        low, high = np.percentile(self.seconds, (10, 90))
        return float(low), float(high)


def time_calls(call: Callable[[], object], runs: int = RUNS, warm_up: int = WARM_UP) -> Timing:
    """Time `call` alone.

    Args:
        call: the function to time; it must return when its work is done.
        runs: number of timed runs.
        warm_up: number of runs before them.
    """
    for _ in range(warm_up):
        call()
    return Timing(tuple(_seconds(call) for _ in range(runs)))


def time_turns(
    first: Callable[[], object], second: Callable[[], object], runs: int = RUNS, warm_up: int = WARM_UP
) -> tuple[Timing, Timing, Timing]:
    """Time two functions in alternation, A B A B, so that other load on the machine affects both alike.

    Returns:
        The timings of the first and of the second, and the ratios first / second of each turn in place of seconds.
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
