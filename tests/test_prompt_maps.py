"""Maps of prompts: sizes as documented, and K and R never overlap."""

import numpy as np
import pytest

from modnetv_kit.prompt_maps import draw_prompt

SIZE, GRID = (288, 512), (72, 128)  # cells of 4 x 4 pixels; 2 % of the long side are 10.24 pixels


def test_a_click_is_a_disc_of_two_percent_of_the_long_side() -> None:
    K, R = draw_prompt(SIZE, GRID, points=[(200, 100, "keep")])
    assert not R.any()
    assert K.sum() * 16 == pytest.approx(np.pi * 10.24**2, rel=0.2)
    rows, columns = np.nonzero(K)
    assert (rows.min() + rows.max() + 1) / 2 * 4 == pytest.approx(100, abs=2)
    assert (columns.min() + columns.max() + 1) / 2 * 4 == pytest.approx(200, abs=2)
    K, R = draw_prompt(SIZE, GRID, points=[(200, 100, "remove")])
    assert not K.any()
    assert R[25, 50] == 1


@pytest.mark.parametrize("size", [(32, 40), (1080, 1920), (287, 511)])
@pytest.mark.parametrize("corner", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_a_click_in_a_corner_of_any_frame_marks_the_corner(size: tuple[int, int], corner: tuple[int, int]) -> None:
    scale = min(1, 512 / max(size))
    grid = (-(-round(size[0] * scale) // 4), -(-round(size[1] * scale) // 4))
    K, _ = draw_prompt(size, grid, points=[(corner[0] * (size[1] - 1), corner[1] * (size[0] - 1), "keep")])
    assert K.dtype == np.float32
    assert K.shape == grid
    assert K[-corner[1], -corner[0]] == 1


def test_a_box_removes_what_is_outside_but_for_a_margin_and_keeps_nothing() -> None:
    K, R = draw_prompt(SIZE, GRID, boxes=[(100, 40, 80, 200)])
    assert not K.any()
    free_rows, free_columns = np.nonzero(R == 0)
    assert free_rows.min() * 4 == pytest.approx(40 - 10.24, abs=4)
    assert (free_rows.max() + 1) * 4 == pytest.approx(240 + 10.24, abs=4)
    assert free_columns.min() * 4 == pytest.approx(100 - 10.24, abs=4)
    assert (free_columns.max() + 1) * 4 == pytest.approx(180 + 10.24, abs=4)


def test_several_boxes_remove_what_is_outside_all_of_them() -> None:
    boxes = [(20, 20, 60, 100), (300, 100, 80, 80)]
    one, two = (draw_prompt(SIZE, GRID, boxes=[box])[1] for box in boxes)
    np.testing.assert_array_equal(draw_prompt(SIZE, GRID, boxes=boxes)[1], one * two)


def test_a_mask_is_sure_two_percent_inside_and_outside_of_its_edge() -> None:
    mask = np.zeros(SIZE, np.float32)
    mask[80:, 200:320] = 1  # reaches the frame's lower border, which is no edge
    K, R = draw_prompt(SIZE, GRID, mask=mask)
    rows, columns = np.nonzero(K)
    assert rows.min() * 4 == pytest.approx(80 + 10, abs=4)
    assert rows.max() == GRID[0] - 1
    assert (columns.min() * 4, (columns.max() + 1) * 4) == pytest.approx((210, 310), abs=4)
    rows, columns = np.nonzero(R == 0)
    assert rows.min() * 4 == pytest.approx(80 - 10, abs=4)
    assert (columns.min() * 4, (columns.max() + 1) * 4) == pytest.approx((190, 330), abs=4)


@pytest.mark.parametrize("width", [1, 3, 8, 16])
def test_a_mask_or_trimap_too_thin_for_the_margin_still_says_where_the_person_is(width: int) -> None:
    mask = np.zeros(SIZE, np.uint8)
    mask[100:200, 200 : 200 + width] = 1
    trimap = np.where(mask, 1, 0.5)
    for K, R in (draw_prompt(SIZE, GRID, mask=mask), draw_prompt(SIZE, GRID, trimap=trimap)):
        assert K.any()
        assert set(np.nonzero(K)[1]) <= set(range(50, 50 + -(-width // 4)))
        assert not (K * R).any()


def test_a_trimap_keeps_its_foreground_and_removes_its_background() -> None:
    trimap = np.full(SIZE, 0.5, np.float32)
    trimap[:, :100], trimap[:, 200:260] = 0, 1
    K, R = draw_prompt(SIZE, GRID, trimap=trimap)
    assert (R[:, :25] == 1).all()
    assert R.sum() == 72 * 25
    assert (K[:, 50:65] == 1).all()
    assert K.sum() == 72 * 15


def test_a_mask_may_cover_everything_or_nothing() -> None:
    K, R = draw_prompt(SIZE, GRID, mask=np.ones(SIZE))
    assert (K.all(), R.any()) == (True, False)
    K, R = draw_prompt(SIZE, GRID, mask=np.zeros(SIZE))
    assert (K.any(), R.all()) == (False, True)


def test_clicks_win_over_all_else_and_later_clicks_over_earlier_ones() -> None:
    mask = np.zeros(SIZE)
    mask[100:200, 100:200] = 1
    far, deep = (400, 50), (150, 150)
    K, R = draw_prompt(SIZE, GRID, [(*far, "keep"), (*deep, "remove")], [(90, 90, 120, 120)], mask)
    assert (K[12, 100], R[12, 100]) == (1, 0)
    assert (K[37, 37], R[37, 37]) == (0, 1)
    assert K[28, 28] == 1
    assert not (K * R).any()
    K, R = draw_prompt(SIZE, GRID, [(*far, "keep"), (*far, "remove")])
    assert (K.any(), R[12, 100]) == (False, 1)
