"""The sample pictures exist, and the person is cut out at every scale."""

import numpy as np
import pytest

from modnetv_kit.data.cutouts import find_person
from modnetv_kit.samples import sample_person, sample_places


@pytest.mark.parametrize("scale", [1, 3])
def test_person_is_cut_out_with_one_soft_edge_and_cut_off_below(scale: int) -> None:
    rgba = sample_person(scale)
    assert rgba.dtype == np.uint8
    assert rgba.shape == (345 * scale, 390 * scale, 4)
    alpha = rgba[..., 3]
    assert (alpha[90 * scale, 220 * scale], alpha[20 * scale, 20 * scale]) == (255, 0)  # face, wall
    soft = ((alpha > 0) & (alpha < 255)).sum()
    assert soft < 8 * 1500 * scale  # a few pixels along the outline, however large the picture
    box = find_person(rgba)
    assert box is not None
    assert box.cut.below
    assert box.bottom == 345 * scale


def test_strands_of_hair_are_thin_always_the_same_and_leave_the_inside_alone() -> None:
    plain, hairy = sample_person(2), sample_person(2, strands=150)
    assert np.array_equal(hairy, sample_person(2, strands=150))
    added = hairy[..., 3] > plain[..., 3]
    assert 0.001 < added.mean() < 0.03
    inside = plain[..., 3] > 200
    assert np.array_equal(hairy[inside], plain[inside])


def test_places_show_nobody_and_are_larger_than_a_frame() -> None:
    for name, place in sample_places().items():
        assert place.dtype == np.uint8, name
        assert place.shape[2] == 3
        assert min(place.shape[:2]) >= 288
        assert place.std() > 30
