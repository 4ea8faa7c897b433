"""People with their own motion, real clips as they are, hands, and prompts: the ground truth stays exact."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn_footage import hand
from PIL import Image
from torch import Tensor

from modnetv_kit.data import Clip, ClipDataset, ClipSpec, clips
from modnetv_kit.data.backgrounds import Backgrounds
from modnetv_kit.data.hands import Hands
from modnetv_kit.data.people import MovingPerson
from modnetv_kit.data.prompts import draw_true_prompt
from modnetv_kit.data.windows import pick_frames

SIZE = (48, 64)
PLAIN: dict[str, Any] = {"sizes": (SIZE,), "max_side": 96, "empty_prob": 0, "distractor_prob": 0}
EVERYTHING = {name: 0.5 for name in ClipSpec.__dataclass_fields__ if name.endswith("_prob")} | {"empty_prob": 0.1}


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No shadow, no lighting drift, a perfect camera: only the matting equation remains."""
    monkeypatch.setattr(clips, "cast_shadow", lambda rng, background, alpha: background)
    monkeypatch.setattr(clips, "lighting_drift", lambda rng, length: torch.ones(length, 1, 1, 1))
    monkeypatch.setattr(clips, "camera", lambda rng, frames: frames)


def before(level: float, data: ClipDataset, monkeypatch: pytest.MonkeyPatch) -> Clip:
    """Batch 0 with every plate set to `level`, and the same random numbers as with the true plate."""
    draw = Backgrounds.plate
    with monkeypatch.context() as patch:
        patch.setattr(Backgrounds, "plate", lambda *a, **k: torch.full_like(draw(*a, **k), level))
        return data[0]


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(
    "settings",
    [
        {"moving_cutout_prob": 1.0},
        {"moving_cutout_prob": 1.0, "group_prob": 1.0, "hand_prob": 1.0},
        {"bend_prob": 1.0, "pattern_prob": 1.0, "face_blur_prob": 1.0, "turn_prob": 1.0, "hand_prob": 0.5},
    ],
    ids=["moving", "groups with hands", "still ones bent"],
)
def test_people_are_composed_exactly(
    settings: dict[str, float], whole_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ClipDataset(whole_folder, ClipSpec(4, 3, **PLAIN | {"group_prob": 0} | settings))
    composed, black, white = data[0], before(0.0, data, monkeypatch), before(1.0, data, monkeypatch)
    assert torch.equal(black.alpha, composed.alpha)
    assert ((composed.alpha > 0.05) & (composed.alpha < 0.95)).any()
    assert (composed.alpha.diff(dim=1).abs().amax((1, 2, 3, 4)) > 0).all()
    expected = black.frames + (1 - composed.alpha) * composed.background
    torch.testing.assert_close(composed.frames, expected, rtol=0, atol=1e-5)
    torch.testing.assert_close((white.frames - black.frames)[:, :, :1], 1 - composed.alpha, rtol=0, atol=1e-5)
    assert (black.frames <= composed.alpha + 1e-5).all()
    assert composed.known.all()


def test_moving_cutouts_have_their_own_motion(whole_folder: Path) -> None:
    data = ClipDataset(whole_folder, ClipSpec(1, moving_cutout_prob=1.0, real_prob=0.0, max_side=96))
    for seed in range(6):
        poses, box, name = data.people._moving_poses(np.random.default_rng(seed), 4, 2)
        assert len(poses) == 4
        assert name in {"street", "studio", "group"}
        assert not all(box.cut)
        still = all(np.array_equal(pose, poses[0]) for pose in poses)
        assert still is (name == "group")  # a photo


@pytest.mark.parametrize(("available", "length", "stride"), [(5, 16, 1), (5, 16, 12), (3, 9, 2), (40, 6, 3), (2, 5, 1)])
def test_frames_are_picked_back_and_forth(available: int, length: int, stride: int) -> None:
    steps = set()
    for seed in range(40):
        places = pick_frames(np.random.default_rng(seed), available, length, stride)
        assert len(places) == length
        assert set(places) <= set(range(available))
        period = 2 * (available - 1)
        # unfolded again, it is one walk at an even pace
        walks = [[p for p in range(period) if min(p, period - p) == place] for place in places]
        paces = [
            step
            for step in range(1, min(4, stride) + 1)
            if any(all((start + step * t) % period in walk for t, walk in enumerate(walks)) for start in range(period))
        ]
        assert paces, places
        steps.add(paces[0])
    if available == 40:
        assert steps == {1, 2, 3}
    assert pick_frames(np.random.default_rng(0), 1, length, stride) == [0] * length


def test_real_clips_show_what_the_camera_saw_and_their_plate_is_unknown(whole_folder: Path) -> None:
    data = ClipDataset(whole_folder, ClipSpec(6, 3, real_prob=1.0, sizes=(SIZE,), max_side=96))
    batch = data[0]
    assert batch.known.tolist() == [[0.0]] * 6
    assert torch.equal(batch.background, batch.frames)
    assert batch.prompt.abs().max() == 0
    assert set(batch.names) <= {"street", "blurred", "group"}
    redness = batch.frames[:, :, :1] - batch.frames[:, :, 1:2]
    inside, outside = batch.alpha > 0.9, batch.alpha < 0.1
    assert redness[inside].mean() > redness[outside].mean() + 0.15
    moves = [bool((alpha.diff(dim=0) != 0).any()) for alpha in batch.alpha]
    assert all(moved for moved, name in zip(moves, batch.names, strict=True) if name != "group")


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_the_cut_of_an_arm_never_shows(side: str, tmp_path: Path) -> None:
    (tmp_path / "hands").mkdir()
    picture = hand(side)
    Image.fromarray(picture).save(tmp_path / f"hands/ada_{side}.png")
    hands = Hands(tmp_path / "hands", 96)
    own = picture[..., :3][picture[..., 3] > 127].mean(0)  # so that the tint changes nothing
    seen = 0
    for seed in range(60):
        shown = hands.enter(np.random.default_rng(seed), SIZE, 6, 12, own)
        blue = shown[:, 2] - shown[:, 0]
        assert blue.max() < 0.3, seed
        seen += int((shown[0, 3] > 0.5).any())
        assert (shown[:, :3] <= shown[:, 3:] + 1e-5).all()
    assert seen > 30


def test_whoever_is_meant_is_what_is_seen_of_them_and_the_plate_shows_all_others(whole_folder: Path) -> None:
    data = ClipDataset(whole_folder, ClipSpec(1, **PLAIN))
    generator = torch.Generator().manual_seed(0)

    def someone() -> MovingPerson:
        alpha = torch.rand(2, 1, *SIZE, generator=generator)
        return MovingPerson(torch.rand(2, 3, *SIZE, generator=generator) * alpha, alpha, "")

    class NoShadow:
        def random(self) -> float:
            return 1.0

    people, plate = [someone() for _ in range(3)], torch.rand(2, 3, *SIZE, generator=generator)
    for k in range(3):
        frames, behind, alpha = data._stack(NoShadow(), plate, people, k)  # type: ignore[arg-type]
        front = torch.stack([1 - person.alpha for person in people[k + 1 :]]).prod(0) if k < 2 else 1.0
        torch.testing.assert_close(alpha, people[k].alpha * front)
        without = plate
        for i, person in enumerate(people):
            if i != k:
                without = person.colours + (1 - person.alpha) * without
        torch.testing.assert_close(behind, without)
        everybody, _, all_alpha = data._stack(NoShadow(), plate, people, None)  # type: ignore[arg-type]
        torch.testing.assert_close(frames, everybody)
    torch.testing.assert_close(all_alpha, 1 - torch.stack([1 - person.alpha for person in people]).prod(0))


@pytest.mark.usefixtures("plain")
def test_prompted_clips_are_prompted_and_hold_the_equation_where_they_can(whole_folder: Path) -> None:
    spec = ClipSpec(8, 2, prompted_prob=1.0, **PLAIN)
    batch = ClipDataset(whole_folder, spec)[0]
    g = batch.prompt[:, 2].amax((1, 2))
    assert g.sum() >= 5
    assert torch.equal(g, batch.prompt[:, 2].amin((1, 2)))
    K, R = batch.prompt[:, 0], batch.prompt[:, 1]
    assert (K * R).max() == 0
    nobody = (batch.alpha == 0).expand_as(batch.frames)
    torch.testing.assert_close(batch.frames[nobody], batch.background[nobody], rtol=0, atol=1e-5)


def test_prompts_keep_the_person_and_remove_what_is_not() -> None:
    y, x = np.mgrid[:96, :128]
    meant = torch.from_numpy(np.clip((26 - np.hypot(y - 50, x - 40)) / 2 + 0.5, 0, 1).astype(np.float32))
    other = torch.from_numpy(np.clip((22 - np.hypot(y - 50, x - 98)) / 2 + 0.5, 0, 1).astype(np.float32))

    def cells(alpha: Tensor) -> Tensor:
        return torch.nn.functional.avg_pool2d(alpha[None, None], 4)[0, 0]

    kept = removed = on_other = 0
    for seed in range(120):
        maps = draw_true_prompt(np.random.default_rng(seed), meant, other)
        assert maps is not None
        K, R, g = maps
        assert maps.shape == (3, 24, 32)
        assert (g == 1).all()
        assert (K * R).max() == 0
        assert (cells(meant)[K > 0] > 0.5).all(), seed
        assert (cells(meant)[R > 0] < 0.5).all(), seed
        assert K.any() or R.any()
        kept, removed = kept + int(K.any()), removed + int(R.any())
        on_other += int((cells(other)[R > 0] > 0.9).any())
    assert kept > 60
    assert removed > 30
    assert on_other > 20
    assert draw_true_prompt(np.random.default_rng(0), 0 * meant, other) is None


def test_batches_of_everything_depend_on_seed_and_index_alone(whole_folder: Path) -> None:
    spec = ClipSpec(2, 3, (SIZE,), stride=4, max_side=96, **EVERYTHING)  # type: ignore[arg-type]
    first, second = ClipDataset(whole_folder, spec), ClipDataset(whole_folder, spec)
    forward = [first[i] for i in range(4)]
    backward = [second[i] for i in (3, 2, 1, 0)][::-1]
    for a, b in zip(forward, backward, strict=True):
        assert a.names == b.names
        assert all(torch.equal(x, y) for x, y in zip(a[:-1], b[:-1], strict=True))
        assert all(float(x.min()) >= 0 and float(x.max()) <= 1 + 1e-5 for x in a[:-1])
    names = {name for clip in forward for name in clip.names}
    assert names & {"street", "studio", "group", "blurred"}
