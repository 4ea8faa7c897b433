"""Things cut out of backgrounds: premultiplied, of one piece, and of many shapes."""

import numpy as np
import torch

from modnetv_kit.data.clutter import cut_thing


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
