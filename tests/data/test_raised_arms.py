"""Drawn arms belong to the person, stay within the picture, and leave everything else unchanged."""

import cv2
import numpy as np
import pytest

from modnetv_kit.data.cutouts import Cut, find_person
from modnetv_kit.data.raised_arms import raise_arm

SKIN, SHIRT = (205, 150, 125), (40, 60, 160)


def person(whole: bool = False) -> np.ndarray:
    """Head and shoulders (or, `whole`, all of a figure) with skin above and a shirt below, (200, 160, 4)."""
    rgba = np.zeros((200, 160, 4), np.uint8)
    cv2.circle(rgba, (80, 50), 30, (*SKIN, 255), -1)
    cv2.rectangle(rgba, (55, 80), (105, 190 if whole else 199), (*SHIRT, 255), -1)
    return rgba


@pytest.mark.parametrize("whole", [False, True])
def test_an_arm_is_added_to_the_person_and_nothing_is_taken(whole: bool) -> None:
    rgba = person(whole)
    box = find_person(rgba)
    assert box is not None
    added = []
    for seed in range(40):
        drawn, moved = raise_arm(np.random.default_rng(seed), rgba, box)
        beyond, above = moved.left - box.left, moved.top - box.top
        inner = drawn[above:, beyond : beyond + 160]
        assert inner.shape == rgba.shape
        assert (inner[..., 3] >= rgba[..., 3]).all()
        assert (moved.bottom - moved.top, moved.right - moved.left) == (box.bottom - box.top, box.right - box.left)
        assert moved.cut == box.cut
        solid = (drawn[..., 3] > 127).astype(np.uint8)
        # where the picture ends below, an elbow may lie underneath; the background is a component too
        joined = solid if whole else np.vstack([solid, np.ones_like(solid[:1])])
        assert cv2.connectedComponents(joined)[0] == 2, "an arm belongs to its person"
        assert not solid[0].any(), "fingers are not cut off"
        assert not solid[:, 0].any()
        assert not solid[:, -1].any()
        added.append(solid.sum() - (rgba[..., 3] > 127).sum())
    assert np.median(added) > 100
    assert len(set(added)) > 20


def test_the_given_cutout_is_left_as_it_is() -> None:
    rgba = person()
    kept, box = rgba.copy(), find_person(rgba)
    assert box is not None
    raise_arm(np.random.default_rng(0), rgba, box)
    assert np.array_equal(rgba, kept)


def test_an_arm_has_the_persons_skin_and_the_clothes_colour() -> None:
    rgba = person()
    box = find_person(rgba)
    assert box is not None
    skin = cloth = 0
    for seed in range(20):
        drawn, moved = raise_arm(np.random.default_rng(seed), rgba, box)
        before = np.zeros(drawn.shape[:2], bool)
        before[moved.top - box.top :, moved.left - box.left :][:200, :160] = rgba[..., 3] > 0
        new = drawn[(drawn[..., 3] > 250) & ~before][:, :3].astype(float)
        if len(new):  # brightness varies, the ratios of the channels do not
            hue = new / new.sum(1, keepdims=True)
            skin += (np.abs(hue - np.divide(SKIN, sum(SKIN))).max(1) < 0.03).sum()
            cloth += (np.abs(hue - np.divide(SHIRT, sum(SHIRT))).max(1) < 0.03).sum()
            assert len(new) * 0.95 < skin + cloth
    assert skin > 1000
    assert cloth > 200


@pytest.mark.parametrize(("cut", "free"), [((True, False), "right"), ((False, True), "left")])
def test_an_arm_is_on_a_side_that_the_photo_shows(cut: tuple[bool, bool], free: str) -> None:
    rgba = person()
    box = find_person(rgba)
    assert box is not None
    box = box._replace(cut=Cut(False, True, *cut))
    reach = {"left": 0, "right": 0}
    for seed in range(40):
        drawn, moved = raise_arm(np.random.default_rng(seed), rgba, box)
        solid = drawn[..., 3] > 127
        reach["left"] += int(solid[:, : moved.left].sum())
        reach["right"] += int(solid[:, moved.right :].sum())
    assert reach[free] == max(reach.values()) > 500
    assert min(reach.values()) < 0.1 * max(reach.values())


def test_who_is_cut_off_on_both_sides_gets_no_arm() -> None:
    rgba = person()
    box = find_person(rgba)
    assert box is not None
    box = box._replace(cut=Cut(False, True, True, True))
    drawn, same = raise_arm(np.random.default_rng(0), rgba, box)
    assert drawn is rgba
    assert same is box
