"""Every loss term against a value computed by hand, and its edge cases."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from modnetv_kit.training import losses


def picture(*rows: list[float]) -> Tensor:
    """(1, 1, H, W) from rows of numbers."""
    return torch.tensor(rows)[None, None]


def approx(value: float) -> object:
    return pytest.approx(value, rel=1e-5)


def test_charbonnier_is_l1_with_a_floor_of_a_thousandth() -> None:
    values = losses.charbonnier(torch.tensor([0.5, 0.5, 0.2]), torch.tensor([0.5, 0.501, 0.6]))
    assert values.tolist() == [approx(0.001), approx(0.001 * math.sqrt(2)), approx(math.sqrt(0.16 + 1e-6))]


def test_masked_mean_counts_only_the_mask_and_every_channel_of_it() -> None:
    values = torch.stack([picture([1.0, 2], [3, 4])[0, 0], picture([10.0, 20], [30, 40])[0, 0]])[None]
    mask = picture([1.0, 0], [0, 1])
    assert losses.masked_mean(values, mask).item() == approx((1 + 4 + 10 + 40) / 4)


def test_masked_mean_of_nothing_is_zero_with_a_gradient_of_zero() -> None:
    values = torch.rand(1, 3, 4, 4, requires_grad=True)
    mean = losses.masked_mean(losses.charbonnier(values, values.detach()), torch.zeros(1, 1, 4, 4))
    mean.backward()
    assert mean.item() == 0
    assert torch.equal(values.grad, torch.zeros_like(values))


def trimap_band(alpha: Tensor, radius: int) -> Tensor:
    """The boundary band, pixel by pixel: the window holds both something of the person and something that is not."""
    height, width = alpha.shape[-2:]
    band = torch.zeros_like(alpha)
    for y in range(height):
        for x in range(width):
            window = alpha[0, 0, max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1]
            band[0, 0, y, x] = float(window.max() > 0.01 and window.min() < 0.99)
    return band


@pytest.mark.parametrize(("size", "radius"), [((20, 30), 1), ((90, 40), 2), ((24, 100), 2), ((130, 20), 3)])
def test_boundary_band_equals_a_brute_force_trimap(size: tuple[int, int], radius: int) -> None:
    assert max(1, round(0.02 * max(size))) == radius
    y, x = torch.meshgrid(*(torch.arange(float(side)) for side in size), indexing="ij")
    edge = (0.35 * min(size) - torch.hypot(y - 0.4 * size[0], x - 0.6 * size[1])).clamp(-1, 1) / 2 + 0.5
    edge[2, 3] = 0.3  # a lone hair
    edge[:, 0] = 1  # and a hard edge on the border
    alpha = edge[None, None]
    band = losses.boundary_band(alpha)
    assert torch.equal(band, trimap_band(alpha, radius))
    assert 0 < band.mean() < 1


def test_boundary_band_of_a_flat_alpha() -> None:
    for value, expected in ((0.0, 0.0), (1.0, 0.0), (0.5, 1.0)):
        assert (losses.boundary_band(torch.full((1, 1, 12, 12), value)) == expected).all()


def test_semantic_target_is_the_mean_blurred_by_1_2_1() -> None:
    cells = picture([0.0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0])
    alpha = F.interpolate(cells, scale_factor=16, mode="nearest")
    expected = picture([0.0, 0, 0, 0], [0, 1, 2, 1], [0, 2, 4, 2], [0, 1, 2, 1]) / 16
    torch.testing.assert_close(losses.semantic_target(alpha, (4, 4)), expected)
    half = torch.zeros(1, 1, 16, 16)
    half[..., :4] = 1  # a quarter of the only cell
    assert losses.semantic_target(half, (1, 1)).item() == approx(0.25)


def test_semantic_loss_is_the_cross_entropy_with_the_blurred_alpha() -> None:
    alpha = F.interpolate(picture([1.0, 0]), scale_factor=16, mode="nearest")  # blurred: 0.75, 0.25
    value = losses.semantic_loss(picture([0.5, 0.2]), alpha).item()
    first = -math.log(0.5)
    second = -(0.25 * math.log(0.2) + 0.75 * math.log(0.8))
    assert value == approx((first + second) / 2)


def test_cross_entropy_is_finite_at_0_and_1_and_shows_a_nan() -> None:
    sure = torch.tensor([0.0, 1.0, 0.0, 1.0], requires_grad=True)
    loss = losses.cross_entropy(sure, torch.tensor([0.0, 1, 1, 0]))
    loss.backward()
    assert loss.item() == approx(-math.log(1e-12) / 2)
    assert sure.grad.isfinite().all()
    assert losses.cross_entropy(torch.tensor([float("nan"), 0.5]), torch.zeros(2)).isnan()


@pytest.mark.parametrize("logit", [-15.0, -3.0, 0.0, 3.0])
def test_cross_entropy_pulls_as_hard_where_it_is_confidently_wrong(logit: float) -> None:
    x = torch.tensor([logit], requires_grad=True)
    losses.cross_entropy(torch.sigmoid(x), torch.ones(1)).backward()
    assert x.grad.item() == pytest.approx(torch.sigmoid(torch.tensor(logit)).item() - 1, rel=1e-3)


def test_losses_avoid_what_cuda_autocast_forbids(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> Tensor:
        raise RuntimeError("binary_cross_entropy and BCELoss are unsafe to autocast")

    monkeypatch.setattr(F, "binary_cross_entropy", forbidden)
    assert losses.semantic_loss(torch.rand(1, 1, 2, 2), torch.rand(1, 1, 32, 32)).isfinite()
    assert losses.flaw_loss(torch.rand(1, 1, 16, 16), torch.ones(1, 1, 16, 16)).isfinite()


def test_detail_loss_is_the_l1_inside_the_band() -> None:
    value = losses.detail_loss(picture([0.5, 0.9, 0.1]), picture([0.0, 1, 1]), picture([1.0, 1, 0]))
    assert value.item() == approx((0.5 + 0.1) / 2)


def test_alpha_loss_weighs_the_band_four_times() -> None:
    value = losses.alpha_loss(picture([0.3, 1.0]), picture([0.0, 0.0]), picture([0.0, 1.0]))
    assert value.item() == approx((math.sqrt(0.09 + 1e-6) + 4 * math.sqrt(1 + 1e-6)) / 2)


def test_background_loss_compares_restored_pixels_with_the_averaged_plate() -> None:
    plate = F.interpolate(picture([0.2, 0.8]), scale_factor=4, mode="nearest").expand(1, 3, 4, 8).clone()
    plate[..., :2] += 0.2  # half of the first cell: its mean is 0.3
    restored = torch.tensor([0.5, 0.0]).expand(1, 3, 1, 2)
    value = losses.background_loss(restored, plate, picture([1.0, 0.0]))
    assert value.item() == approx(math.sqrt(0.2**2 + 1e-6))
    both = losses.background_loss(restored, plate, picture([1.0, 1.0]))
    assert both.item() == approx((math.sqrt(0.2**2 + 1e-6) + math.sqrt(0.8**2 + 1e-6)) / 2)


def test_coherence_loss_is_the_error_of_the_change() -> None:
    predicted = torch.tensor([0.5, 0.7, 0.4]).view(1, 3, 1, 1, 1)
    true = torch.tensor([0.0, 0.1, 0.0]).view(1, 3, 1, 1, 1)
    # changes: 0.2 against 0.1, -0.3 against -0.1
    assert losses.coherence_loss(predicted, true).item() == approx((0.1 + 0.2) / 2)
    assert losses.coherence_loss(true + 0.3, true).item() == pytest.approx(0, abs=1e-6)


def test_coherence_of_one_frame_is_zero_and_differentiable() -> None:
    predicted = torch.rand(2, 1, 1, 4, 4, requires_grad=True)
    loss = losses.coherence_loss(predicted, torch.rand(2, 1, 1, 4, 4))
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(predicted.grad, torch.zeros_like(predicted))


def test_flaw_target_marks_patches_whose_mean_error_exceeds_two_percent() -> None:
    error = torch.zeros(1, 1, 8, 8)
    error[0, 0, 0, 0] = 0.5  # of 16 pixels: 0.031
    error[0, 0, 4, 0] = -0.5  # its sign does not matter
    error[0, 0, 0, 4] = 0.3  # 0.019
    alpha = torch.full((1, 1, 8, 8), 0.5)
    assert losses.flaw_target(losses.patch_error(alpha + error, alpha, 2)).tolist() == [[[[1, 0], [1, 0]]]]


def test_flaw_loss_is_the_cross_entropy() -> None:
    value = losses.flaw_loss(picture([0.9, 0.4]), picture([1.0, 0.0])).item()
    assert value == approx(-(math.log(0.9) + math.log(0.6)) / 2)


def test_alpha_hr_loss_counts_refined_patches_only_and_their_band_four_times() -> None:
    alpha = torch.zeros(1, 1, 8, 8)
    alpha[..., 6:] = 1  # the band (radius 1) is columns 5 and 6
    refined = alpha.clone()
    refined[..., 0] = 0.5  # in a patch that was not refined
    refined[..., 4] = 0.2
    refined[..., 5] = 0.3
    chosen = picture([0.0, 1], [0, 0])  # rows 0 to 3, columns 4 to 7
    column = [math.sqrt(0.04 + 1e-6), 4 * math.sqrt(0.09 + 1e-6), 4e-3, 1e-3]
    assert losses.alpha_hr_loss(refined, alpha, chosen).item() == approx(sum(column) / 4)
    assert losses.alpha_hr_loss(refined, alpha, torch.zeros(1, 1, 2, 2)).item() == 0


def test_trust_is_whole_in_exact_truth_and_less_where_a_teacher_may_be_wrong() -> None:
    alpha = torch.zeros(2, 1, 60, 100)
    alpha[..., 30:50] = 1  # an edge
    alpha[..., 70:90] = 0.5  # a region that the teacher could not decide
    band = losses.boundary_band(alpha)
    trust = losses.trust(alpha, band, torch.tensor([1.0, 0.0]).view(2, 1, 1, 1))
    assert (trust[0] == 1).all()
    row = trust[1, 0, 30]
    assert row[[10, 40, 98]].tolist() == [1, 1, 1]
    assert row[[29, 30]].tolist() == [0.5, 0.5]
    assert row[[75, 80, 85]].tolist() == [approx(0.1)] * 3
    thin = torch.zeros(1, 1, 60, 100)
    thin[..., 50] = 0.5  # a hair is an edge, no region
    assert losses.trust(thin, losses.boundary_band(thin), torch.zeros(1, 1, 1, 1)).min() == 0.5


def test_what_is_trusted_less_counts_less() -> None:
    guess, alpha = torch.full((1, 1, 8, 8), 0.5), torch.zeros(1, 1, 8, 8)
    band = torch.zeros_like(alpha)
    whole, tenth = losses.alpha_loss(guess, alpha, band), losses.alpha_loss(guess, alpha, band, torch.tensor(0.1))
    assert tenth.item() == approx(0.1 * whole.item())
