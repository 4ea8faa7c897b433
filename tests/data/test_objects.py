"""Drawn objects: premultiplied, inside their square, of many shapes and colours, and used where the settings say so."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from modnetv_kit.data import ClipSpec
from modnetv_kit.data.backgrounds import Backgrounds
from modnetv_kit.data.objects import SIDE, draw_object

PICTURE = np.random.default_rng(1).integers(30, 220, (90, 120, 3), dtype=np.uint8)
OBJECTS = [draw_object(np.random.default_rng(seed), PICTURE) for seed in range(60)]


def test_objects_are_premultiplied_and_not_cut_by_their_square() -> None:
    for seed, thing in enumerate(OBJECTS):
        assert thing.shape == (4, SIDE, SIDE), seed
        alpha = thing[3]
        assert thing.min() >= 0, seed
        assert alpha.max() == 1, seed
        assert (thing[:3] <= alpha + 1e-6).all(), seed
        border = torch.cat([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
        assert border.mean() < 0.05, seed


def test_objects_reach_from_poles_to_boxes_and_from_dark_to_light() -> None:
    areas = np.array([float(thing[3].mean()) for thing in OBJECTS])
    assert (areas < 0.1).sum() > 5
    assert (areas > 0.4).sum() > 5
    brightness = np.array([float(thing[:3].sum() / thing[3].sum() / 3) for thing in OBJECTS])
    assert brightness.min() < 0.2
    assert brightness.max() > 0.7


def test_the_probability_decides_between_drawn_objects_and_pieces_of_pictures(tmp_path: Path) -> None:
    Image.fromarray(np.full((64, 64, 3), 128, np.uint8)).save(tmp_path / "grey.png")
    size = (96, 160)

    def colours(prob: float) -> float:
        backgrounds = Backgrounds(tmp_path, ClipSpec(1, object_distractor_prob=prob))
        spread = []
        for seed in range(12):
            thing = backgrounds.distractor(np.random.default_rng(seed), size, 1, 1, None)
            inside = thing[0, 3] > 0.99
            if inside.any():
                spread.append(float(thing[0, :3, inside].mean(0).std()))
        return max(spread)

    assert colours(0.0) < 0.02  # a piece of a grey picture is grey all over
    assert colours(1.0) > 0.02  # drawn ones are shaded
