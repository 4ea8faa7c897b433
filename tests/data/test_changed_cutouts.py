"""Changes of still cutouts (bending, patterns, blur), and lighting changes of whole clips."""

import numpy as np
import pytest

from modnetv_kit.data.augment import lighting_change
from modnetv_kit.data.bend import bend
from modnetv_kit.data.cutouts import Cut, Placement, find_person
from modnetv_kit.data.faces import blur_face
from modnetv_kit.data.patterns import draw_pattern

SKIN, SHIRT = (205, 150, 125), (40, 60, 160)
PRINT = np.random.default_rng(1).integers(0, 256, (60, 60, 3), np.uint8)


def person() -> np.ndarray:
    """A head and a hand of skin and a blue shirt, cut off below, (200, 160, 4); grainy."""
    rgba = np.zeros((200, 160, 4), np.uint8)
    y, x = np.mgrid[:200, :160]
    shirt = (np.abs(x - 80) < 45) & (y > 70)
    skin = (np.hypot(x - 80, y - 45) < 30) | (np.hypot(x - 80, y - 150) < 16)
    rgba[shirt] = (*SHIRT, 255)
    rgba[skin] = (*SKIN, 255)
    grain = np.random.default_rng(0).integers(-6, 7, (200, 160, 1))
    rgba[..., :3] = (rgba[..., :3].astype(int) + grain).clip(0, 255)
    return rgba


def box_of(rgba: np.ndarray) -> Placement:
    box = find_person(rgba)
    assert box is not None
    return box


def test_every_pose_is_bent_the_first_as_well_and_has_the_cutouts_size() -> None:
    rgba = person()
    kept, changed = rgba.copy(), 0
    for seed in range(12):
        poses = bend(np.random.default_rng(seed), rgba, box_of(rgba), 5, 4)
        assert [pose.shape for pose in poses] == [rgba.shape] * 5
        assert all(pose.dtype == np.uint8 for pose in poses)
        differs = [np.abs(pose[..., 3].astype(int) - rgba[..., 3]).mean() for pose in poses]
        changed += differs[0] > 0.1
        assert max(differs) > 0.5
        assert np.abs(poses[0].astype(int) - poses[-1]).max() > 20
        area = [(pose[..., 3] > 127).mean() / (rgba[..., 3] > 127).mean() for pose in poses]
        assert 0.6 < min(area) <= max(area) < 1.6
    assert changed >= 10
    assert np.array_equal(rgba, kept)


@pytest.mark.parametrize("turns", range(4), ids=["below", "right", "above", "left"])
def test_what_the_photo_cut_off_stays_at_its_edge(turns: int) -> None:
    rgba = np.ascontiguousarray(np.rot90(person(), turns))
    box = box_of(rgba)
    assert box.cut == Cut(*(side == turns for side in (2, 0, 3, 1)))

    def edge(picture: np.ndarray) -> np.ndarray:
        return np.rot90(picture, -turns)[-1, :, 3] > 127

    before = np.flatnonzero(edge(rgba))
    for seed in range(8):
        for pose in bend(np.random.default_rng(seed), rgba, box, 3, 6):
            after = np.flatnonzero(edge(pose))
            assert abs(after[0] - before[0]) <= 4
            assert abs(after[-1] - before[-1]) <= 4
            assert len(after) == after[-1] - after[0] + 1


def test_rims_stay_free_of_hidden_colours_when_bent() -> None:
    rgba = person()
    rgba[rgba[..., 3] == 0, :3] = (0, 255, 0)
    for pose in bend(np.random.default_rng(0), rgba, box_of(rgba), 3, 6):
        solid = pose[pose[..., 3] > 60][:, :3].astype(int)
        assert (solid[:, 1] < 200).all()


def test_patterns_change_clothes_and_leave_skin_head_and_alpha() -> None:
    rgba, kept = person(), person()
    box, changed = box_of(rgba), 0
    y, x = np.mgrid[:200, :160]
    head = y < box.top + 30
    hand = np.hypot(x - 80, y - 150) < 8
    shirt = (np.abs(x - 80) < 40) & (y > 175)
    kinds = set()
    for seed in range(30):
        drawn = draw_pattern(np.random.default_rng(seed), rgba, box, PRINT)
        assert np.array_equal(drawn[..., 3], rgba[..., 3])
        difference = np.abs(drawn[..., :3].astype(int) - rgba[..., :3]).max(-1)
        assert difference[head].max() <= 1, seed
        assert difference[hand].max() <= 12, seed
        changed += difference[shirt].mean() > 10
        kinds.add(int(difference[shirt].mean()))
    assert changed >= 24
    assert len(kinds) > 10
    assert np.array_equal(rgba, kept)


def test_who_wears_nothing_but_skin_gets_no_pattern() -> None:
    rgba = person()
    rgba[rgba[..., 3] > 0, :3] = SKIN
    assert draw_pattern(np.random.default_rng(0), rgba, box_of(rgba), PRINT) is rgba


def test_a_face_is_blurred_and_everything_below_is_left() -> None:
    rgba = person()
    rgba[rgba[..., 3] == 0, :3] = SKIN
    box, kept = box_of(rgba), rgba.copy()

    def grain(picture: np.ndarray) -> float:
        """The mean difference of neighbouring pixels in the middle of the face."""
        return float(np.abs(np.diff(picture[38:52, 70:90, :3].astype(int), axis=1)).mean())

    for seed in range(10):
        blurred = blur_face(np.random.default_rng(seed), rgba, box)
        assert np.array_equal(blurred[..., 3], rgba[..., 3])
        assert np.array_equal(blurred[130:], rgba[130:])
        assert grain(blurred) < 0.6 * grain(rgba)
    assert np.array_equal(rgba, kept)
    headless = box._replace(cut=box.cut._replace(above=True))
    assert blur_face(np.random.default_rng(0), rgba, headless) is rgba


def test_light_changes_within_bounds_and_in_every_kind() -> None:
    coloured = low = fades = jumps = 0
    for seed in range(300):
        gain = lighting_change(np.random.default_rng(seed), 8)
        assert gain.shape == (8, 3, 1, 1)
        assert gain.min() >= 1 / 6 - 1e-6
        assert gain.max() <= 3
        levels = gain[:, :, 0, 0]
        steps = levels.diff(dim=0).abs().amax(1)
        if (steps == 0).all():  # one light for the whole clip, or a jump before its first frame
            coloured += int(levels[0].max() == 1 and levels[0].min() < 0.95)
            low += int(levels[0].max() < 0.8)
        elif (steps > 0).all():
            fades += 1
        else:
            assert (steps > 0).sum() == 1
            jumps += 1
    assert min(coloured, low, fades, jumps) > 15
