"""The people and the distractors of composed clips: whole, sheer, cut off, out of focus, in the shares asked for."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from modnetv_kit.data import ClipDataset, ClipSpec, backgrounds, clips, people

SIZE = (32, 40)
MakeData = Callable[..., ClipDataset]


def test_a_person_the_photo_cut_off_never_floats(make_data: MakeData) -> None:
    data = make_data(empty_prob=0, group_prob=0, length=1, batch_size=60)
    cut = {
        name
        for name, box in zip(data.people.cutouts.names, data.people.boxes, strict=True)
        if box is not None and box.cut.below
    }
    assert cut == {f"person{i}.png" for i in (0, 2, 4, 6)}
    batch = data[0]
    drawn = [name for name in batch.names if name.startswith("person")]
    lowest = batch.alpha[:, 0, 0, -1].amax(1)
    reaches = {name: [] for name in ("cut", "whole")}
    for name, value in zip(drawn, lowest.tolist(), strict=True):
        reaches["cut" if name in cut else "whole"].append(value > 0.5)
    assert all(reaches["cut"])
    assert not all(reaches["whole"])


def test_a_person_cut_off_above_and_below_reaches_over_the_frame(tmp_path: Path, picture_folder: Path) -> None:
    shutil.copytree(picture_folder / "backgrounds", tmp_path / "backgrounds")
    (tmp_path / "cutouts").mkdir()
    rgba = np.zeros((40, 60, 4), np.uint8)
    rgba[:, 15:45] = 255  # a neck from the chin to the collar
    Image.fromarray(rgba).save(tmp_path / "cutouts/neck.png")
    spec = ClipSpec(40, 3, (SIZE, (48, 30)), empty_prob=0, group_prob=0, distractor_prob=0)
    data = ClipDataset(tmp_path, spec)
    for index in range(3):
        alpha = data[index].alpha
        # half of a pixel may lie outside, a tilted edge shows a corner
        for edge in (alpha[..., 1, :], alpha[..., -2, :]):
            assert (edge.amax(-1) > 0.45).float().mean() > 0.97


def test_close_ups_are_drawn_less_often(tmp_path: Path, picture_folder: Path) -> None:
    shutil.copytree(picture_folder / "backgrounds", tmp_path / "backgrounds")
    (tmp_path / "cutouts").mkdir()
    for name, inside in {"over": np.s_[:, 15:45], "across": np.s_[10:30, :], "whole": np.s_[10:30, 15:45]}.items():
        rgba = np.zeros((40, 60, 4), np.uint8)
        rgba[inside] = 255
        Image.fromarray(rgba).save(tmp_path / f"cutouts/{name}.png")
    data = ClipDataset(tmp_path, ClipSpec(500, 1, ((8, 8),), empty_prob=0, group_prob=0, distractor_prob=0))
    drawn = [name for name in data[0].names if not name.startswith("wall")]
    share = {name: drawn.count(f"{name}.png") / len(drawn) for name in ("over", "across", "whole")}
    assert share == pytest.approx({"over": 0.2, "across": 0.2, "whole": 0.6}, abs=0.08)


@pytest.mark.usefixtures("plain")
def test_clutter_beside_and_before_people_obeys_the_matting_equation(make_data: MakeData) -> None:
    batch = make_data(distractor_prob=1.0, empty_prob=0, group_prob=0.5, batch_size=60)[0]
    # what is left of I after (1 - alpha) B is alpha F, with colours F in [0, 1]
    person = batch.frames - (1 - batch.alpha) * batch.background
    assert person.min() > -1e-5
    assert (person <= batch.alpha + 1e-5).all()
    nobody = (batch.alpha == 0).expand_as(batch.frames)
    torch.testing.assert_close(batch.frames[nobody], batch.background[nobody], rtol=0, atol=1e-5)


def test_clutter_comes_in_the_share_asked_for(make_data: MakeData) -> None:
    drawn = []
    for share in (0.0, 0.5, 1.0):
        data = make_data(distractor_prob=share, batch_size=60, length=1)
        original = data._distractor
        made: list[int] = []
        data._distractor = lambda *a, made=made, original=original: made.append(1) or original(*a)  # type: ignore[method-assign]
        _ = data[0]
        drawn.append(len(made))
    assert drawn[0] == 0
    assert 30 < drawn[1] < drawn[2] < 250  # one to three things beside, at times one before


@pytest.mark.usefixtures("plain")
def test_cloth_lies_beside_people_in_the_share_asked_for_and_is_nobody(
    make_data: MakeData, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloth = np.zeros((20, 20, 3), np.uint8)
    cloth[..., 0] = 255
    for module in (clips, backgrounds):
        monkeypatch.setattr(module, "recolour", lambda rng, picture: picture)

    def red(share: float, found: np.ndarray | None = cloth) -> float:
        """In how many of 40 empty scenes something purely red lies."""
        monkeypatch.setattr(people, "find_cloth", lambda rng, rgba, box: found)
        batch = make_data(distractor_prob=1.0, clothing_distractor_prob=share, empty_prob=1.0, batch_size=40, length=1)[
            0
        ]
        assert batch.alpha.max() == 0
        assert torch.equal(batch.frames, batch.background)
        r, g, b = batch.frames[:, 0].unbind(1)
        return int(((r > 0.95) & (g < 0.05) & (b < 0.05)).flatten(1).any(1).sum())

    assert red(0.0) == 0
    assert red(1.0, None) == 0  # nothing solid was found: a piece of a background instead
    assert 8 < red(0.4) < red(1.0)


def test_only_people_in_clips_of_several_frames_have_gaps(make_data: MakeData, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(rng: np.random.Generator, rgba: np.ndarray, box: object) -> np.ndarray:
        return np.dstack([rgba[..., :3], 0 * rgba[..., 3:]])

    monkeypatch.setattr(people, "cut_gaps", none_left)

    def shown(length: int, gaps: float) -> int:
        """The number of clips out of 20 with a person."""
        batch = make_data(empty_prob=0, group_prob=0, distractor_prob=0, batch_size=20, length=length, gap_prob=gaps)[0]
        return int((batch.alpha.amax((1, 2, 3, 4)) > 0).sum())

    assert (shown(2, 1.0), shown(2, 0.0), shown(1, 1.0)) == (0, 20, 20)
    assert 3 <= shown(2, 0.5) <= 17


def test_a_share_of_the_people_lets_the_place_through(make_data: MakeData, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(rng: np.random.Generator, rgba: np.ndarray, box: object) -> np.ndarray:
        return np.dstack([rgba[..., :3], rgba[..., 3:] // 2])

    monkeypatch.setattr(people, "make_sheer", half)

    def solid(sheer: float) -> int:
        """The number of single pictures out of 20 with an opaque person."""
        batch = make_data(empty_prob=0, group_prob=0, batch_size=20, length=1, sheer_prob=sheer)[0]
        return int((batch.alpha.amax((1, 2, 3, 4)) > 0.6).sum())

    assert (solid(1.0), solid(0.0)) == (0, 20)
    assert 3 <= solid(0.5) <= 17


def test_people_out_of_focus_have_wider_rims_and_are_still_composed_exactly(
    make_data: MakeData, plain: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rims(soft: float) -> float:
        """The share of fractional pixels among those above 0."""
        batch = make_data(empty_prob=0, group_prob=0, batch_size=20, length=1, soft_prob=soft)[0]
        return ((batch.alpha > 0.02) & (batch.alpha < 0.98)).sum().item() / (batch.alpha > 0.02).sum().item()

    assert rims(1.0) > 1.3 * rims(0.0)
    for module in (clips, people):
        monkeypatch.setattr(module, "recolour", lambda rng, picture: np.full_like(picture, 200))
    batch = make_data(empty_prob=0, group_prob=0, batch_size=8, length=1, soft_prob=1.0)[0]
    # white on white: what is blurred together is one colour, and no dark rim betrays where
    assert (batch.frames - 200 / 255).abs().max() < 0.01
