"""Timings: warmed up, complete, and fair between two."""

import time

import numpy as np
import pytest

from modnetv_kit.bench.timing import Timing, time_calls, time_turns


def test_median_and_spread_of_known_times() -> None:
    timing = Timing(tuple(float(x) for x in range(11)))
    assert timing.median == 5
    assert timing.spread == (1, 9)


def test_warm_up_runs_are_made_and_not_counted() -> None:
    calls: list[int] = []
    timing = time_calls(lambda: calls.append(1), runs=4, warm_up=3)
    assert len(calls) == 7
    assert len(timing.seconds) == 4


def test_two_take_turns_and_the_ratio_is_of_each_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    order: list[str] = []
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])

    def takes(name: str, seconds: list[float]) -> None:
        order.append(name)
        now[0] += seconds.pop(0)

    first, second = [9.0, 1.0, 2.0, 6.0], [9.0, 2.0, 4.0, 2.0]
    a, b, ratio = time_turns(lambda: takes("a", first), lambda: takes("b", second), runs=3, warm_up=1)
    assert order == ["a", "b"] * 4
    np.testing.assert_allclose(a.seconds, (1, 2, 6))
    np.testing.assert_allclose(b.seconds, (2, 4, 2))
    np.testing.assert_allclose(ratio.seconds, (0.5, 0.5, 3))
