"""Composed clips: reproducible, exact, and as varied as their spec says."""

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from modnetv_kit.data import Clip, ClipDataset, ClipSpec, Hardness, backgrounds, clips, people
from modnetv_kit.data.backgrounds import Backgrounds
from modnetv_kit.data.motion import Trajectory, place
from modnetv_kit.errors import DataError

SIZE = (32, 40)
MakeData = Callable[..., ClipDataset]


def same(a: Clip, b: Clip) -> bool:
    return a.names == b.names and all(torch.equal(x, y) for x, y in zip(a[:-1], b[:-1], strict=True))


def test_batch_depends_on_seed_and_index_alone(make_data: MakeData) -> None:
    forward, backward = make_data(), make_data()
    first = [forward[i] for i in range(4)]
    torch.manual_seed(99)
    np.random.seed(99)
    second = [backward[i] for i in (3, 2, 1, 0)][::-1]
    assert all(same(a, b) for a, b in zip(first, second, strict=True))
    other = make_data(seed=1)
    assert not any(same(first[i], other[i]) for i in range(4))
    assert not any(same(first[i], first[j]) for i in range(4) for j in range(i))


def test_shapes_ranges_and_names(make_data: MakeData) -> None:
    data = make_data(batch_size=3, length=4, group_prob=0.5)
    for i in range(8):
        batch = data[i]
        assert batch.frames.shape == batch.background.shape == (3, 4, 3, *SIZE)
        assert batch.alpha.shape == (3, 4, 1, *SIZE)
        assert batch.known.tolist() == [[1.0]] * 3
        assert torch.equal(batch.prompt, torch.zeros(3, 3, SIZE[0] // 4, SIZE[1] // 4))
        for x in batch[:3]:
            assert x.dtype == torch.float32
            assert x.min() >= 0
            assert x.max() <= 1
        assert sum(name.startswith("wall") for name in batch.names) == 3
        assert all(name.startswith(("wall", "person")) for name in batch.names)


def test_every_size_is_drawn_and_holds_for_a_whole_batch(make_data: MakeData) -> None:
    data = make_data(sizes=((32, 40), (40, 32)))
    assert {tuple(data[i].frames.shape[-2:]) for i in range(12)} == {(32, 40), (40, 32)}


@pytest.mark.parametrize("share", [0.0, 1.0])
@pytest.mark.usefixtures("plain")
def test_frames_obey_the_matting_equation(make_data: MakeData, monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    data = make_data(empty_prob=0, group_prob=share, batch_size=4)
    composed = data[0]
    draw_plate = Backgrounds.plate

    def white_or_black(level: float) -> Clip:
        """The same batch with every plate set to `level`, and the same random numbers as with the true plate."""

        def plate(self: Backgrounds, *args: Any, **kwargs: Any) -> Tensor:
            return torch.full_like(draw_plate(self, *args, **kwargs), level)

        monkeypatch.setattr(Backgrounds, "plate", plate)
        return data[0]

    black, white = white_or_black(0.0), white_or_black(1.0)
    assert torch.equal(black.alpha, composed.alpha)
    soft = (composed.alpha > 0.05) & (composed.alpha < 0.95)
    assert soft.any()
    # I = alpha F + (1 - alpha) B, where alpha F is the frame before black
    expected = black.frames + (1 - composed.alpha) * composed.background
    torch.testing.assert_close(composed.frames, expected, rtol=0, atol=1e-5)
    torch.testing.assert_close((white.frames - black.frames)[:, :, :1], 1 - composed.alpha, rtol=0, atol=1e-5)
    assert (black.frames <= composed.alpha + 1e-5).all()


@pytest.mark.usefixtures("plain")
def test_a_persons_colour_is_the_same_in_the_rim(make_data: MakeData, monkeypatch: pytest.MonkeyPatch) -> None:
    black = torch.zeros(3, 3, *SIZE)
    monkeypatch.setattr(Backgrounds, "plate", lambda *args, **kwargs: black)
    batch = make_data(empty_prob=0, group_prob=0, batch_size=6)[0]
    for frames, alpha in zip(batch.frames, batch.alpha, strict=True):
        soft = (alpha > 0.2) & (alpha < 0.8)
        assert soft.any()
        for c in range(3):  # the drawn figures have one colour each; F = alpha F / alpha
            colour = (frames[:, c : c + 1] / alpha.clamp_min(1e-3))[alpha > 0.2]
            assert colour.max() - colour.min() < 0.03


@pytest.mark.usefixtures("plain")
def test_the_plate_shows_where_nobody_is(make_data: MakeData) -> None:
    batch = make_data(empty_prob=0, batch_size=6)[0]
    nobody = (batch.alpha == 0).expand_as(batch.frames)
    assert 0.1 < nobody.float().mean() < 0.99
    assert torch.equal(batch.frames[nobody], batch.background[nobody])
    somebody = (batch.alpha > 0.9).expand_as(batch.frames)
    assert not torch.allclose(batch.frames[somebody], batch.background[somebody], atol=0.05)


def test_light_drifts_over_frames_and_plates_alike(make_data: MakeData, monkeypatch: pytest.MonkeyPatch) -> None:
    fall = torch.tensor([1.0, 0.5, 0.25]).view(3, 1, 1, 1)
    monkeypatch.setattr(clips, "lighting_drift", lambda rng, length: fall)
    monkeypatch.setattr(clips, "camera", lambda rng, frames: frames)
    batch = make_data(empty_prob=1, static_prob=1, batch_size=20)[0]
    assert torch.equal(batch.frames, batch.background)
    ratio = batch.background.mean((2, 3, 4)) / batch.background[:, :1].mean((2, 3, 4))
    drifted = (ratio - fall.flatten()).abs().amax(1) < 1e-5
    constant = (ratio - 1).abs().amax(1) < 1e-5
    assert (drifted | constant).all()
    assert 1 <= drifted.sum() <= 13  # 30 % of 20


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0), (0.5, 76, 124), (1.0, 200, 200)])
def test_the_camera_rests_in_the_share_asked_for(make_data: MakeData, share: float, low: int, high: int) -> None:
    data = make_data(static_prob=share, length=2)
    picture = torch.rand(3, 96, 80)
    plates = [
        data.backgrounds.plate(np.random.default_rng(seed), SIZE, 2, 1, picture, 0.0, False) for seed in range(200)
    ]
    # 76 to 124 of 200: 3.5 standard deviations of a fair coin
    assert low <= sum(torch.equal(plate[0], plate[1]) for plate in plates) <= high


def test_half_of_the_clips_rest_by_default() -> None:
    assert ClipSpec(1).static_prob == 0.5


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0), (0.3, 37, 83), (1.0, 200, 200)])
def test_clips_are_empty_in_the_share_asked_for(make_data: MakeData, share: float, low: int, high: int) -> None:
    data = make_data(empty_prob=share, length=1, batch_size=200)
    assert low <= (data[0].alpha.amax((1, 2, 3, 4)) == 0).sum() <= high


def test_two_to_four_people_hide_each_other_and_add_up(make_data: MakeData) -> None:
    one, more = (make_data(group_prob=share, empty_prob=0, length=1, batch_size=60)[0] for share in (0.0, 1.0))
    assert sum(name.startswith("person") for name in one.names) == 60
    places = [i for i, name in enumerate(more.names) if name.startswith("wall")] + [len(more.names)]
    assert {after - before - 1 for before, after in itertools.pairwise(places)} == {2, 3, 4}
    assert more.alpha.mean() > 1.2 * one.alpha.mean()


def test_people_move_while_the_camera_rests(make_data: MakeData) -> None:
    batch = make_data(static_prob=1, empty_prob=0, batch_size=20)[0]
    assert (batch.alpha.diff(dim=1).abs().amax((1, 2, 3, 4)) > 0).all()


def test_sharp_clips_magnify_nothing(make_data: MakeData, monkeypatch: pytest.MonkeyPatch) -> None:
    scales: list[float] = []

    def note(picture: Tensor, trajectory: Trajectory, size: tuple[int, int], padding: str) -> Tensor:
        scales.append(float(trajectory.scale.max()))
        return place(picture, trajectory, size, padding)

    for module in (people, backgrounds):
        monkeypatch.setattr(module, "place", note)
    for sharp in (0.0, 0.5, 1.0):
        scales.clear()
        _ = make_data(native_scale_prob=sharp, batch_size=40, length=1, sizes=((80, 80),), distractor_prob=0)[0]
        assert (max(scales) > 1.001) is (sharp < 1)


def test_folders_that_cannot_be_used_are_errors_of_one_line(picture_folder: Path, tmp_path: Path) -> None:
    def message() -> str:
        with pytest.raises(DataError) as error:
            ClipDataset(tmp_path, ClipSpec(1, max_side=96))
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "cutouts is not a folder" in message()
    (tmp_path / "cutouts").mkdir()
    assert "holds no pictures" in message()
    Image.new("RGBA", (20, 20)).save(tmp_path / "cutouts/nobody.png")
    assert "no person" in message()  # or composing would look for one forever
    shutil.copytree(picture_folder / "cutouts", tmp_path / "cutouts", dirs_exist_ok=True)
    assert "backgrounds is not a folder" in message()
    for setting, folder in (("real_prob", "real"), ("moving_cutout_prob", "real"), ("hand_prob", "hands")):
        with pytest.raises(DataError, match=folder) as error:
            ClipDataset(tmp_path, ClipSpec(1, max_side=96, **{setting: 0.5}))  # type: ignore[arg-type]
        assert "\n" not in str(error.value)


def test_batches_of_shorter_clips_hold_as_many_frames(make_data: MakeData) -> None:
    data = make_data(batch_size=2, length=6, shorter=(1, 3))
    shapes = {tuple(data[i].frames.shape[:2]) for i in range(20)}
    assert shapes == {(2, 6), (4, 3), (12, 1)}


def test_hard_pictures_are_drawn_in_their_share_and_the_others_evenly(make_data: MakeData) -> None:
    data = make_data(batch_size=8, length=1, hard_example_prob=0.5, empty_prob=0.0, group_prob=0.0)
    errors = dict.fromkeys(data.backgrounds.names, 0.0) | {"wall3.jpg": 0.2}
    data.draw_by(Hardness({"person0.png": 0.3, "person1.png": 0.1}, errors))
    names = [name for i in range(50) for name in data[i].names]
    share = {name: names.count(name) / 400 for name in names}
    # of 8 pictures each: half a share even, 1/16 each; the other half as hard as they are. Bounds of 4 deviations
    assert share["wall3.jpg"] == pytest.approx(1 / 2 + 1 / 16, abs=0.1)
    assert share["person0.png"] == pytest.approx(3 / 8 + 1 / 16, abs=0.1)
    assert share["person1.png"] == pytest.approx(1 / 8 + 1 / 16, abs=0.08)
    assert all(share[f"wall{i}.jpg"] == pytest.approx(1 / 16, abs=0.05) for i in (0, 1, 2, 4, 5, 6, 7))


def test_pictures_are_drawn_evenly_without_hardness(make_data: MakeData) -> None:
    data = make_data(batch_size=8, length=1, hard_example_prob=0.5, empty_prob=0.0, group_prob=0.0)
    names = [name for i in range(50) for name in data[i].names]
    assert all(names.count(f"wall{i}.jpg") / 400 == pytest.approx(1 / 8, abs=0.07) for i in range(8))


def test_backgrounds_are_tinted_like_the_person_in_the_share_asked_for(make_data: MakeData) -> None:
    def distance(alike: float) -> float:
        """The distance between the mean colours of person and background, averaged over clips."""
        batch = make_data(empty_prob=0, group_prob=0, distractor_prob=0, batch_size=40, matching_background_prob=alike)[
            0
        ]
        inside = batch.alpha > 0.95
        person = (batch.frames * inside).sum((1, 3, 4)) / inside.sum((1, 3, 4)).clamp_min(1)
        return (person - batch.background.mean((1, 3, 4))).abs().mean().item()

    assert distance(1.0) < 0.5 * distance(0.0)


def test_frames_far_apart_show_more_of_the_same_motion(make_data: MakeData) -> None:
    def moved(stride: int) -> float:
        """Mean change of alpha from the first to the last frame."""
        alpha = make_data(length=3, empty_prob=0, batch_size=30, distractor_prob=0, stride=stride)[0].alpha
        return (alpha[:, -1] - alpha[:, 0]).abs().mean().item()

    assert moved(12) > 1.5 * moved(1) > 0
