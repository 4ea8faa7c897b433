"""Sheer parts lower alpha within the person, and leave colours and everything else unchanged."""

import numpy as np
import pytest

from modnetv_kit.data.cutouts import find_person
from modnetv_kit.data.sheer import make_sheer


@pytest.fixture
def rgba() -> np.ndarray:
    picture = np.random.default_rng(0).integers(0, 256, (120, 100, 4), np.uint8)
    picture[..., 3] = 0
    picture[20:110, 30:80, 3] = 255
    return picture


def test_parts_of_the_person_become_half_transparent_and_colours_stay(rgba: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    kept, box = rgba.copy(), find_person(rgba)
    assert box is not None
    between, taken, whole = 0, [], 0
    for _ in range(80):
        sheer = make_sheer(rng, rgba, box)
        assert np.array_equal(sheer[..., :3], rgba[..., :3])
        assert (sheer[..., 3] <= rgba[..., 3]).all()
        inside = sheer[20:110, 30:80, 3]
        taken.append(1 - inside.mean() / 255)
        between += bool(((inside > 40) & (inside < 215)).mean() > 0.02)
        whole += bool((inside == 255).mean() > 0.3)
    assert np.array_equal(rgba, kept)
    assert 0.02 < np.mean(taken) < 0.4
    assert between > 50  # half transparent, not only cut
    assert whole > 50  # most of the person stays solid


def test_the_same_generator_draws_the_same_parts_and_another_draws_others(rgba: np.ndarray) -> None:
    box = find_person(rgba)
    assert box is not None
    first, again, other = (make_sheer(np.random.default_rng(seed), rgba, box) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_people_of_a_few_pixels_have_sheer_parts_too() -> None:
    rgba = np.zeros((9, 9, 4), np.uint8)
    rgba[4:8, 4:8] = 255
    box = find_person(rgba)
    assert box is not None
    rng = np.random.default_rng(0)
    assert all(make_sheer(rng, rgba, box)[..., 3].sum() < rgba[..., 3].sum() for _ in range(20))
