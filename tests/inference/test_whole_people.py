"""A click selects a whole person: connected components of the matte, split where two people touch."""

import numpy as np
import pytest

from modnetv_kit.inference import Prompt
from modnetv_kit.inference.whole_people import corrected, meant, needs_network, whole_people

LEFT, RIGHT = (np.s_[20:90, 10:40]), (np.s_[20:90, 60:90])


def two_people() -> np.ndarray:
    alpha = np.zeros((100, 100), np.float32)
    alpha[LEFT] = alpha[RIGHT] = 1
    return alpha


def test_a_click_keeps_one_person_whole_and_removes_the_other_whole() -> None:
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


def test_a_click_on_the_background_selects_nobody() -> None:
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


def with_heads(*heads: int, body: slice) -> np.ndarray:
    """The matte of a body, with heads around these columns."""
    alpha = np.zeros((100, 100), np.float32)
    alpha[40:, body] = 1
    for column in heads:
        alpha[15:40, column - 8 : column + 8] = 1
    return alpha


def test_two_heads_on_one_region_are_two_people() -> None:
    alpha = with_heads(25, 70, body=slice(10, 90))
    keep, remove = whole_people(alpha, [(25, 60, "keep")])
    assert keep[15:, 17:33].all()
    assert remove[15:, 62:78].all()
    assert keep.sum() + remove.sum() == alpha.sum()


def raised_hand() -> np.ndarray:
    alpha = with_heads(40, body=slice(15, 65))
    alpha[45:55, 65:90] = alpha[15:55, 82:90] = 1  # an arm to the side, and its lower half upright
    return alpha


@pytest.mark.parametrize(
    "alpha",
    [with_heads(50, body=slice(10, 90)), with_heads(35, body=slice(30, 90)), raised_hand()],
    ids=["one head", "a person who leans", "a raised hand"],
)
def test_one_person_stays_whole(alpha: np.ndarray) -> None:
    keep, remove = whole_people(alpha, [(40, 60, "keep")])
    assert keep.sum() == alpha.sum()
    assert not remove.any()


def test_boxes_masks_and_trimaps_name_people_too() -> None:
    alpha = two_people()
    trimap = np.full(alpha.shape, 0.5, np.float32)
    trimap[30:80, 15:35], trimap[:, 50:] = 1, 0
    inside = np.zeros(alpha.shape, bool)
    inside[LEFT] = True
    for prompt in (Prompt(boxes=[(8, 18, 34, 70)]), Prompt(mask=inside), Prompt(trimap=trimap)):
        who = meant(alpha, prompt)
        assert who.mine[30:80, 15:35].all()
        assert not who.mine[:, 50:].any()
        assert who.others[RIGHT].all()
        assert who.exclusive
    assert not meant(alpha, Prompt(trimap=trimap)).others[LEFT].any()  # unknown is not background


def test_a_box_around_one_of_two_who_touch_holds_one_head() -> None:
    alpha = with_heads(25, 70, body=slice(10, 90))
    who = meant(alpha, Prompt(boxes=[(8, 12, 44, 88)]))
    assert who.mine[15:40, 17:33].all()
    assert who.others[15:40, 62:78].all()
    assert who.mine.sum() + who.others.sum() == alpha.sum()


def test_a_box_on_one_person_larger_than_it_holds_what_is_inside() -> None:
    alpha = np.zeros((100, 100), np.float32)
    alpha[5:, 10:90] = 1
    who = meant(alpha, Prompt(boxes=[(40, 40, 20, 20)]))
    assert who.mine[40:60, 40:60].all()
    assert who.mine.sum() < 0.2 * alpha.sum()


def test_a_click_that_just_misses_a_person_means_that_person_and_one_farther_away_does_not() -> None:
    alpha = two_people()  # 100 x 100, so a click reaches 2 pixels
    right_edge = int(np.flatnonzero(alpha[50, :50]).max())
    who = meant(alpha, Prompt([(right_edge + 2, 50, "keep")]))
    assert who.mine[LEFT].all()
    assert who.others[RIGHT].all()
    assert who.exclusive
    assert not meant(alpha, Prompt([(right_edge + 4, 50, "keep")])).exclusive
    alpha[50, right_edge + 3] = 1  # a speck is nobody
    assert meant(alpha, Prompt([(right_edge + 2, 50, "keep")])).mine[LEFT].all()
    assert not meant(alpha, Prompt([(right_edge + 5, 50, "keep")])).exclusive


def test_after_a_removing_click_everybody_else_is_meant() -> None:
    who = meant(two_people(), Prompt([(25, 50, "remove")]))
    assert who.others[LEFT].all()
    assert who.mine[RIGHT].all()
    assert not who.exclusive


def test_a_later_click_reassigns_the_region_it_hits() -> None:
    alpha, share = two_people(), np.zeros((100, 100), np.float32)
    share[LEFT] = 1
    kept, removed = corrected(alpha, share, [(75, 50, "keep")])
    assert kept[RIGHT].all()
    assert not removed.any()
    kept, removed = corrected(alpha, share, [(75, 50, "keep"), (25, 50, "remove")])
    assert kept[RIGHT].all()
    assert removed[LEFT].all()
    assert not (kept & removed).any()


@pytest.mark.parametrize("what", ["keep", "remove"])
def test_a_later_click_where_people_touch_moves_what_lies_around_it(what: str) -> None:
    alpha, share = np.zeros((200, 200), np.float32), np.zeros((200, 200), np.float32)
    alpha[20:180, 20:180] = 1
    share[:, :100] = 1
    x = 140 if what == "keep" else 60
    moved = corrected(alpha, share, [(x, 100, what)])[what == "remove"]  # type: ignore[list-item]
    assert moved[100, x]
    assert 0 < moved.sum() < 0.02 * alpha.sum()


def test_further_clicks_of_the_first_frame_keep_a_limb_or_another_person() -> None:
    alpha = np.zeros((200, 400), np.float32)
    alpha[60:, 40:160] = alpha[60:, 200:320] = alpha[20:60, 80:120] = alpha[20:60, 240:280] = 1  # two people with heads
    alpha[100:116, 160:200] = 1  # an arm joins them
    one, _ = whole_people(alpha, [(100, 120, "keep")])
    assert one[:, 200:].sum() == 0
    with_limb, _ = whole_people(alpha, [(100, 120, "keep"), (205, 108, "keep")])
    assert 0 < with_limb[:, 200:].sum() < 0.1 * one.sum()
    both, removed = whole_people(alpha, [(100, 120, "keep"), (260, 120, "keep")])
    assert both.sum() == (alpha > 0.5).sum()
    assert not removed.any()
    faces, _ = whole_people(alpha, [(100, 40, "keep"), (260, 40, "keep")])
    assert faces.sum() == both.sum()
    without_limb, _ = whole_people(alpha, [(100, 120, "keep"), (158, 108, "remove")])
    assert not without_limb[108, 158]
    assert without_limb.sum() > 0.9 * one.sum()


def test_clicks_outside_the_matte_or_on_touching_people_reach_the_network() -> None:
    alpha = two_people()
    elsewhere, guitar = np.zeros(alpha.shape, bool), np.zeros(alpha.shape, bool)
    elsewhere[20:90, 44:56] = True
    guitar[20:90, 10:40] = True
    for prompt in (Prompt([(50, 50, "keep")]), Prompt(mask=elsewhere), Prompt([(25, 50, "keep"), (50, 5, "keep")])):
        assert needs_network(alpha, prompt)
    for prompt in (Prompt([(25, 50, "keep")]), Prompt(mask=guitar), Prompt([(25, 50, "remove")])):
        assert not needs_network(alpha, prompt)
    alpha[RIGHT] = 0  # a removing click on the only person means a thing that hangs together with them
    assert needs_network(alpha, Prompt([(25, 50, "remove")]))


def test_a_removing_click_on_something_attached_leaves_the_person() -> None:
    alpha = np.zeros((100, 200), np.float32)
    alpha[20:, 20:60] = 1  # a person, who is joined to a chair
    alpha[60:, 60:90] = 1
    alpha[5:8, 150:153] = 1  # a speck that is kept, too
    _, removed = corrected(alpha, np.ones_like(alpha), [(80, 75, "remove")])
    assert removed[75, 80]
    assert removed[20:, 20:60].mean() < 0.05


def test_a_removing_click_on_one_of_two_people_takes_all_of_them() -> None:
    alpha = np.zeros((100, 200), np.float32)
    alpha[10:, 20:80] = alpha[40:, 120:150] = 1  # the second is a third as large
    _, removed = corrected(alpha, np.ones_like(alpha), [(50, 50, "remove")])
    assert removed[10:, 20:80].all()
    assert not removed[40:, 120:150].any()


def test_clicks_on_other_people_divide_a_part_wherever_they_hit() -> None:
    alpha = np.zeros((100, 200), np.float32)
    alpha[20:, 20:180] = 1  # two people without a valley between their heads
    for y in (24, 60):
        keep, remove = whole_people(alpha, [(60, y, "keep")], others=[(140, y, "keep")])
        assert keep[60, 60]
        assert remove[60, 140]
        assert abs(int(keep.sum()) - int(remove.sum())) < 0.05 * alpha.sum()
