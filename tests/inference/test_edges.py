"""Corrections of a matte's edge and of its colours."""

import numpy as np
import pytest

from modnetv_kit.errors import InputError
from modnetv_kit.inference.edges import UNCHANGED, Edges


@pytest.fixture
def disc() -> np.ndarray:
    y, x = np.mgrid[:80, :80] - 40
    return (x * x + y * y <= 20**2).astype(np.float32)


def radius(alpha: np.ndarray) -> float:
    return float(np.sqrt(alpha.sum() / np.pi))


@pytest.mark.parametrize("shrink", [4, 1, 0.5, 0, -0.5, -3])
def test_the_matte_shrinks_or_grows_by_that_many_pixels(disc: np.ndarray, shrink: float) -> None:
    moved = Edges(shrink=shrink).alpha(disc)
    assert moved.dtype == np.float32
    assert radius(moved) == pytest.approx(radius(disc) - shrink, abs=0.45)


def test_a_feathered_edge_is_as_wide_as_was_asked_for_and_stays_in_place(disc: np.ndarray) -> None:
    soft = Edges(feather=3).alpha(disc)
    assert 0 <= soft.min() <= soft.max() <= 1
    assert radius(soft) == pytest.approx(radius(disc), abs=0.3)
    # along a straight edge a Gaussian goes from 16 % to 84 % within two standard deviations
    profile = soft[40, 40:]
    assert np.flatnonzero(profile < 0.16)[0] - np.flatnonzero(profile < 0.84)[0] == pytest.approx(6, abs=1)


def test_default_edge_settings_change_nothing(disc: np.ndarray) -> None:
    assert UNCHANGED.alpha(disc) is disc
    colours = np.zeros((80, 80, 3), np.uint8)
    assert UNCHANGED.foreground(colours + 9, colours) is colours


@pytest.mark.parametrize(("despill", "value"), [(0, 100), (0.5, 110), (1, 120), (2, 140)])
def test_colours_move_from_the_frames_own_to_the_estimate_and_beyond(despill: float, value: int) -> None:
    frame, foreground = np.full((4, 4, 3), 100, np.uint8), np.full((4, 4, 3), 120, np.uint8)
    assert (Edges(despill=despill).foreground(frame, foreground) == value).all()


@pytest.mark.parametrize("bad", [{"shrink": 101}, {"feather": -1}, {"despill": 3}, {"feather": float("nan")}])
def test_edge_settings_out_of_range_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(bad))):
        Edges(**bad)
