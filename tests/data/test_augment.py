"""Photometric augmentation keeps frames valid and clips consistent, and makes the documented changes."""

import numpy as np
import pytest
import torch
from torch import Tensor

from modnetv_kit.data.augment import camera, cast_shadow, gaussian_blur, lighting_drift, recolour, smear, tint_like


@pytest.fixture
def frames() -> Tensor:
    return torch.rand(3, 3, 32, 40)


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (32, 40, 3), np.uint8)


def test_recolour_varies_and_keeps_the_shape(picture: np.ndarray) -> None:
    results = [recolour(np.random.default_rng(seed), picture) for seed in range(20)]
    assert all(x.shape == picture.shape and x.dtype == np.uint8 for x in results)
    assert len({x.mean().round(3) for x in results}) == 20


def test_recolour_is_the_formula_to_a_grey_level(picture: np.ndarray) -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        gain, cast = np.exp(rng.normal(0, 0.2)), np.exp(rng.normal(0, 0.06, 3))
        contrast, saturation, gamma = (np.exp(rng.normal(0, spread)) for spread in (0.15, 0.25, 0.2))
        rgb = picture / 255
        grey = rgb.mean(-1, keepdims=True)
        x = (grey + (rgb - grey) * saturation - 0.5) * contrast + 0.5
        # the linear part is rounded to bytes before the gamma
        linear = np.rint((x * gain * cast).clip(0, 1) * 255) / 255
        difference = recolour(np.random.default_rng(seed), picture) - 255 * linear**gamma
        assert np.abs(difference).max() < 4  # of one level in the dark, where a gamma below 1 is steep
        assert np.abs(difference).mean() < 0.6


def test_recolour_without_strength_changes_nothing(picture: np.ndarray) -> None:
    assert np.array_equal(recolour(np.random.default_rng(0), picture, 0.0), picture)


def test_lighting_drifts_slowly_around_one() -> None:
    gains = torch.stack([lighting_drift(np.random.default_rng(seed), 12).flatten() for seed in range(50)])
    assert gains.shape == (50, 12)
    assert 0.97 < gains.mean() < 1.03
    assert gains.std() > 0.01
    assert gains.diff(dim=1).abs().max() < 0.25


def test_blur_keeps_flat_areas_and_spreads_an_impulse_to_its_sigma() -> None:
    flat = torch.full((1, 3, 20, 20), 0.3)
    torch.testing.assert_close(gaussian_blur(flat, 2.0), flat)
    impulse = torch.zeros(1, 1, 41, 41)
    impulse[..., 20, 20] = 1
    spread = gaussian_blur(impulse, 3.0)[0, 0]
    t = torch.arange(-20.0, 21)
    assert spread.sum().item() == pytest.approx(1, abs=1e-5)
    for axis in (0, 1):
        assert (spread.sum(axis) * t**2).sum().sqrt().item() == pytest.approx(3.0, rel=0.06)  # cut at 2.5 sigma


def test_blur_keeps_channels_and_frames_apart(frames: Tensor) -> None:
    whole = gaussian_blur(frames, 1.0)
    torch.testing.assert_close(whole[1:2, 2:], gaussian_blur(frames[1:2, 2:], 1.0))


def test_a_shadow_only_darkens_and_only_with_a_person(frames: Tensor) -> None:
    alpha = torch.zeros(3, 1, 32, 40)
    assert torch.equal(cast_shadow(np.random.default_rng(0), frames, alpha), frames)
    alpha[..., 8:24, 12:28] = 1
    for seed in range(5):
        shaded = cast_shadow(np.random.default_rng(seed), frames, alpha)
        assert (shaded <= frames).all()
        assert shaded.min() >= 0
        assert 0.3 < shaded.mean() / frames.mean() < 0.99


def test_camera_keeps_shape_range_and_content() -> None:
    smooth = torch.linspace(0.2, 0.8, 40).expand(2, 3, 32, 40).contiguous()
    results = [camera(np.random.default_rng(seed), smooth) for seed in range(30)]
    changed = sum(not torch.equal(x, smooth) for x in results)
    assert 10 < changed < 30  # 1 - 0.85 * 0.85 * 0.6 * 0.75 = 67 % of clips are touched at all
    for x in results:
        assert x.shape == smooth.shape
        assert x.min() >= 0
        assert x.max() <= 1
        assert (x - smooth).abs().mean() < 0.06


def test_noise_differs_from_frame_to_frame() -> None:
    grey = torch.full((2, 3, 32, 40), 0.5)
    noisy = next(x for seed in range(30) if (x := camera(np.random.default_rng(seed), grey)).std() > 0.01)
    assert not torch.equal(noisy[0], noisy[1])


def test_augmentation_depends_on_its_generator_alone(frames: Tensor) -> None:
    for seed in range(10):
        torch.manual_seed(seed)  # must not matter
        first = camera(np.random.default_rng(3), frames)
        torch.manual_seed(seed + 100)
        assert torch.equal(first, camera(np.random.default_rng(3), frames))


def test_a_tinted_picture_has_the_persons_colours_and_its_own_shapes() -> None:
    rng = np.random.default_rng(0)
    picture = torch.rand(3, 30, 40) * torch.tensor([0.2, 0.5, 1.0]).view(3, 1, 1)
    alpha = torch.zeros(1, 1, 20, 20)
    alpha[..., 5:15, 5:15] = 1
    person = (torch.tensor([0.7, 0.4, 0.3]).view(1, 3, 1, 1) + 0.05 * torch.randn(1, 3, 20, 20)) * alpha
    mean = person[0][:, alpha[0, 0] > 0].mean(1)
    for _ in range(20):
        tinted = tint_like(rng, picture, person, alpha)
        assert tinted.min() >= 0
        assert tinted.max() <= 1
        assert ((tinted.mean((1, 2)) - mean).abs() < 0.55 * (picture.mean((1, 2)) - mean).abs() + 0.01).all()
        assert torch.corrcoef(torch.stack([tinted[2].flatten(), picture[2].flatten()]))[0, 1] > 0.95


def test_half_of_the_tints_are_those_of_a_spot_of_the_person() -> None:
    rng = np.random.default_rng(0)
    picture = 0.5 + 0.1 * torch.randn(3, 30, 40)
    colours = torch.zeros(1, 3, 100, 100)
    colours[:, 0, :50], colours[:, 2, 50:] = 1, 1  # red above, blue below
    tints = [tint_like(rng, picture, colours, torch.ones(1, 1, 100, 100)).mean((1, 2)) for _ in range(200)]
    red, blue = (sum(bool(tint[i] - tint[2 - i] > 0.3) for tint in tints) for i in (0, 2))
    assert 30 <= red <= 65
    assert 30 <= blue <= 65


def test_a_spot_of_one_colour_leaves_a_picture_its_shapes() -> None:
    rng = np.random.default_rng(0)
    picture = torch.rand(3, 30, 40)
    colours = torch.full((1, 3, 40, 40), 0.5)
    for _ in range(20):
        tinted = tint_like(rng, picture, colours, torch.ones(1, 1, 40, 40))
        assert (tinted.std((1, 2)) > 0.45 * picture.std((1, 2))).all()


def test_nobody_tints_nothing() -> None:
    picture = torch.rand(3, 8, 8)
    nobody = torch.zeros(1, 1, 8, 8)
    assert tint_like(np.random.default_rng(0), picture, torch.zeros(1, 3, 8, 8), nobody) is picture


@pytest.mark.parametrize("length", [1.0, 4.0, 9.0])
def test_smear_spreads_a_point_along_a_line_of_its_length_and_keeps_its_light(length: float) -> None:
    x = torch.zeros(1, 2, 41, 41)
    x[:, :, 20, 20] = 1
    for seed in range(6):
        smeared = smear(np.random.default_rng(seed), x, length)
        assert smeared.shape == x.shape
        torch.testing.assert_close(smeared.sum((2, 3)), torch.ones(1, 2))
        y, x_ = (smeared[0, 0] > 0.02).nonzero().unbind(1)
        extent = float(torch.hypot(torch.tensor(float(y.max() - y.min())), torch.tensor(float(x_.max() - x_.min()))))
        assert length - 2 <= extent <= length + 3
    flat = torch.full((2, 4, 30, 30), 0.3)
    torch.testing.assert_close(smear(np.random.default_rng(0), flat, length), flat)
