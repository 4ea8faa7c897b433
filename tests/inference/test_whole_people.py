"""A click means a whole person: connected parts of the matte, divided where two people touch."""

import numpy as np

from modnetv_kit.inference.whole_people import whole_people

LEFT, RIGHT = (np.s_[20:90, 10:40]), (np.s_[20:90, 60:90])


def two_people() -> np.ndarray:
    alpha = np.zeros((100, 100), np.float32)
    alpha[LEFT] = alpha[RIGHT] = 1
    return alpha


def test_who_is_clicked_is_kept_whole_and_the_other_removed_whole() -> None:
    alpha = two_people()
    keep, remove = whole_people(alpha, [(25, 50, "keep")])
    assert keep[LEFT].all()
    assert remove[RIGHT].all()
    assert keep.sum() + remove.sum() == (alpha > 0.5).sum()


def test_people_who_touch_are_divided_between_two_clicks() -> None:
    alpha = two_people()
    alpha[40:60, 40:60] = 1  # they hold hands
    keep, remove = whole_people(alpha, [(25, 30, "keep"), (75, 80, "remove")])
    assert keep[LEFT].mean() > 0.95
    assert remove[RIGHT].mean() > 0.9
    assert not (keep & remove).any()


def test_a_click_beside_everybody_says_nothing_about_people() -> None:
    alpha = two_people()
    for what in ("keep", "remove"):
        keep, remove = whole_people(alpha, [(50, 5, what)])
        assert not keep.any()
        assert not remove.any()


def test_a_click_that_removes_takes_away_one_part_and_leaves_the_others_alone() -> None:
    alpha = two_people()
    keep, remove = whole_people(alpha, [(25, 50, "remove")])
    assert remove[LEFT].all()
    assert not remove[RIGHT].any()
    assert not keep.any()


def test_specks_are_neither_kept_nor_removed() -> None:
    alpha = two_people()
    alpha[2, 2] = 1
    keep, remove = whole_people(alpha, [(25, 50, "keep")])
    assert not keep[2, 2]
    assert not remove[2, 2]
