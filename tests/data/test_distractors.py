"""Distractors cut from backgrounds: premultiplied, connected, and of many shapes."""

import numpy as np
import torch

from modnetv_kit.data.cutouts import find_person
from modnetv_kit.data.distractors import cut_thing, find_cloth


def test_things_are_premultiplied_pieces_of_their_picture() -> None:
    picture = torch.rand(3, 60, 80) * 0.5 + 0.25
    for seed in range(20):
        thing = cut_thing(np.random.default_rng(seed), picture)
        assert thing.shape[0] == 4
        assert 2 <= thing.shape[1] == thing.shape[2] <= 60
        alpha = thing[3]
        assert thing.min() >= 0
        assert alpha.max() == 1
        assert (thing[:3] <= alpha * 0.75 + 1e-6).all()
        solid = thing[:3, alpha == 1]
        assert (solid.min(), solid.max()) >= (0.25, 0.25)


def test_nothing_is_cut_by_the_window_it_was_taken_from() -> None:
    for seed in range(30):
        alpha = cut_thing(np.random.default_rng(seed), torch.rand(3, 90, 90))[3]
        border = torch.cat([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
        assert border.max() < 0.5, seed


def test_things_differ_in_shape_and_size() -> None:
    things = [cut_thing(np.random.default_rng(seed), torch.rand(3, 90, 120))[3] for seed in range(12)]
    assert len({thing.shape for thing in things}) > 6
    assert np.std([float(thing.mean()) for thing in things]) > 0.05


def test_cloth_is_a_solid_square_from_below_the_head() -> None:
    rgba = np.zeros((120, 80, 4), np.uint8)
    rgba[..., :2] = np.indices((120, 80)).transpose(1, 2, 0)  # every pixel says where it lies
    rgba[10:110, 20:60, 3] = 255
    rgba[40:50, 35:45, 3] = 90  # something sheer
    box = find_person(rgba)
    assert box is not None
    found = [find_cloth(np.random.default_rng(seed), rgba, box) for seed in range(40)]
    squares = [square for square in found if square is not None]
    assert len(squares) > 30
    for square in squares:
        assert square.shape[0] == square.shape[1] >= 8
        y, x = square[..., 0], square[..., 1]
        assert y.min() >= 43  # a third of the person down
        assert (rgba[y, x, 3] > 250).mean() > 0.98
    assert len({square.shape for square in squares}) > 5


def test_thin_or_small_people_wear_nothing_that_could_be_cut_out() -> None:
    rgba = np.zeros((60, 60, 4), np.uint8)
    rgba[::2, 10:50, 3] = 255  # nowhere solid
    box = find_person(rgba)
    assert box is not None
    assert find_cloth(np.random.default_rng(0), rgba, box) is None
    rgba[:] = 0
    rgba[20:30, 20:26, 3] = 255
    box = find_person(rgba)
    assert box is not None
    assert find_cloth(np.random.default_rng(0), rgba, box) is None
