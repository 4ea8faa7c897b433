"""Gaps are cut only into the person, and the rest stays unchanged."""

import numpy as np

from modnetv_kit.data.cutouts import find_person
from modnetv_kit.data.gaps import cut_gaps


def test_gaps_take_some_of_the_person_and_leave_colours_alone() -> None:
    rng = np.random.default_rng(0)
    rgba = rng.integers(0, 256, (120, 100, 4), np.uint8)
    rgba[..., 3] = 0
    rgba[20:110, 30:80, 3] = 255
    kept, box = rgba.copy(), find_person(rgba)
    assert box is not None
    clear = taken = 0
    for _ in range(60):
        cut = cut_gaps(rng, rgba, box)
        assert np.array_equal(cut[..., :3], rgba[..., :3])
        assert (cut[..., 3] <= rgba[..., 3]).all()
        share = 1 - cut[..., 3].sum() / rgba[..., 3].sum()
        assert 0 < share < 0.6
        taken += share > 0.02
        clear += cut[20:110, 30:80, 3].min() < 20
    assert taken > 30
    assert 30 < clear < 58  # some are veils
    assert np.array_equal(rgba, kept)


def test_people_of_a_few_pixels_have_gaps_too() -> None:
    rgba = np.zeros((9, 9, 4), np.uint8)
    rgba[5:7, 5:7] = 255
    box = find_person(rgba)
    assert box is not None
    assert cut_gaps(np.random.default_rng(0), rgba, box)[..., 3].sum() < rgba[..., 3].sum()
