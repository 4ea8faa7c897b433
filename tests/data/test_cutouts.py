"""Cutouts: the person's box, the sides cut by the photo, and that no cut side is ever visible."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from modnetv_kit.data.cutouts import Cut, Placement, cut_sides_outside, find_person
from modnetv_kit.data.motion import Trajectory, place, random_trajectory

NOWHERE = Cut(above=False, below=False, left=False, right=False)


def test_find_person_boxes_the_solid_part() -> None:
    rgba = np.zeros((40, 30, 4), np.uint8)
    assert find_person(rgba) is None
    rgba[5:20, 7:11, 3] = 255
    rgba[2:30, 2:28, 3] = np.maximum(rgba[2:30, 2:28, 3], 127)  # a faint halo is not the person
    assert find_person(rgba) == Placement(5, 20, 7, 11, NOWHERE)


@pytest.mark.parametrize(
    ("rows", "columns", "side"),
    [
        (slice(0, 20), slice(7, 19), "above"),
        (slice(20, 40), slice(7, 19), "below"),
        (slice(5, 20), slice(0, 11), "left"),
        (slice(5, 20), slice(20, 30), "right"),
    ],
)
def test_a_side_that_touches_the_edge_is_cut_and_no_other(rows: slice, columns: slice, side: str) -> None:
    rgba = np.zeros((40, 30, 4), np.uint8)
    rgba[rows, columns, 3] = 255
    box = find_person(rgba)
    assert box is not None
    assert box.cut == NOWHERE._replace(**{side: True})


def test_a_hand_that_touches_the_edge_is_no_cut() -> None:
    rgba = np.zeros((60, 30, 4), np.uint8)
    rgba[5:55, 7:20, 3] = 255
    rgba[20:26, 20:30, 3] = 255  # 6 of 50 rows
    box = find_person(rgba)
    assert box is not None
    assert box.cut == NOWHERE


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("side", Cut._fields)
def test_no_cut_side_shows_however_the_person_moves(side: str, flip: bool) -> None:
    rgba = np.zeros((50, 40, 4), np.uint8)
    rgba[10:40, 12:30, 3] = 255
    edge: dict[str, Callable[[], None]] = {
        "above": lambda: rgba[:10, 12:30, 3].fill(255),
        "below": lambda: rgba[40:, 12:30, 3].fill(255),
        "left": lambda: rgba[10:40, :12, 3].fill(255),
        "right": lambda: rgba[10:40, 30:, 3].fill(255),
    }
    edge[side]()
    box = find_person(rgba)
    assert box is not None
    rng = np.random.default_rng(0)
    size = (64, 96)
    trajectory = random_trajectory(rng, 12, (48, 32), 1.2, 2.0, flip)
    level = Trajectory(
        trajectory.x, trajectory.y, trajectory.scale, np.zeros(12), flip
    )  # a tilted edge may show a corner
    held = cut_sides_outside(level, box, (50, 40), size, 0.0)
    drawn = place(torch.from_numpy(rgba[..., 3:]).permute(2, 0, 1) / 255.0, held, size, "zeros")[:, 0]
    mirrored = {"left": "right", "right": "left"}.get(side, side) if flip else side
    border = {"above": drawn[:, 0], "below": drawn[:, -1], "left": drawn[..., 0], "right": drawn[..., -1]}[mirrored]
    assert (border.amax(1) > 0.45).all()  # half of a pixel may lie outside
    before = place(torch.from_numpy(rgba[..., 3:]).permute(2, 0, 1) / 255.0, level, size, "zeros")[:, 0]
    assert not torch.equal(before, drawn)


def test_a_person_who_is_whole_stays_where_they_are() -> None:
    trajectory = random_trajectory(np.random.default_rng(0), 5, (20, 30), 1.0, 2.0)
    held = cut_sides_outside(trajectory, Placement(5, 20, 7, 11, NOWHERE), (40, 30), (64, 64), 0.1)
    assert np.array_equal(held.x, trajectory.x)
    assert np.array_equal(held.y, trajectory.y)
