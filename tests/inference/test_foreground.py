import torch
import torch.nn.functional as F

from modnetv_kit.inference.foreground import estimate_foreground
from modnetv_kit.inference.plate import Plate


def soft_disc(size: int = 96) -> torch.Tensor:
    """Alpha of a disc with a rim eight pixels wide, (1, 1, size, size)."""
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    radius = ((y - size / 2) ** 2 + (x - size / 2) ** 2).sqrt()
    return ((28 - radius) / 8 + 0.5).clamp(0, 1)[None, None]


def scene() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Frame, alpha, true foreground (skin) and true background (green with texture)."""
    torch.manual_seed(0)
    alpha = soft_disc()
    skin = torch.tensor([0.8, 0.6, 0.5]).view(1, 3, 1, 1) + 0.02 * torch.randn(1, 3, 96, 96)
    green = torch.tensor([0.1, 0.8, 0.2]).view(1, 3, 1, 1).expand(1, 3, 96, 96).clone()
    green[..., ::8, :] = 0.1
    return alpha * skin + (1 - alpha) * green, alpha, skin, green


def halo(foreground: torch.Tensor, alpha: torch.Tensor, true: torch.Tensor) -> float:
    """Mean error of the composite on black over the rim."""
    rim = (alpha > 0.05) & (alpha < 0.95)
    return ((foreground - true) * alpha).abs()[rim.expand_as(true)].mean().item()


def test_solid_parts_keep_their_colours_exactly() -> None:
    frame, alpha, _, background = scene()
    known = torch.ones_like(alpha, dtype=torch.bool)
    solid = (alpha == 1).expand_as(frame)
    for plate in (None, Plate(background, known, known)):
        assert torch.allclose(estimate_foreground(frame, alpha, plate)[solid], frame[solid], atol=1e-5)


def test_blur_fusion_halves_the_old_backgrounds_rim() -> None:
    frame, alpha, true, _ = scene()
    assert halo(estimate_foreground(frame, alpha), alpha, true) < 0.5 * halo(frame, alpha, true)


def test_a_known_background_removes_the_rim_almost_entirely() -> None:
    frame, alpha, true, background = scene()
    known = torch.ones_like(alpha, dtype=torch.bool)
    with_plate = halo(estimate_foreground(frame, alpha, Plate(background, known, known)), alpha, true)
    assert with_plate < 0.6 * halo(estimate_foreground(frame, alpha), alpha, true)
    assert with_plate < 0.1 * halo(frame, alpha, true)


def test_a_plate_that_is_not_trusted_changes_nothing() -> None:
    frame, alpha, _, background = scene()
    known = torch.ones_like(alpha, dtype=torch.bool)
    stale = Plate(1 - background, known, ~known)
    assert torch.equal(estimate_foreground(frame, alpha, stale), estimate_foreground(frame, alpha))


def test_colours_stay_in_range_and_finite_for_empty_and_full_mattes() -> None:
    frame = torch.rand(1, 3, 40, 33)
    for alpha in (torch.zeros(1, 1, 40, 33), torch.ones(1, 1, 40, 33)):
        foreground = estimate_foreground(frame, alpha)
        assert foreground.shape == frame.shape
        assert torch.isfinite(foreground).all()
        assert foreground.min() >= 0
        assert foreground.max() <= 1
    assert F.l1_loss(foreground, frame) < 1e-5
