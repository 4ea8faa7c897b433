"""The training losses, one function per term, each returning a scalar. Sections 3.1 to 3.3 of MODNet-V."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..models.refine import FLAWED

EPSILON = 1e-3
GAMMA = 4.0


def charbonnier(predicted: Tensor, true: Tensor) -> Tensor:
    """`sqrt((p - t)^2 + eps^2)` per element, eps = 1e-3: a smooth L1."""
    return torch.sqrt((predicted - true) ** 2 + EPSILON**2)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of `values` where `mask` (0 or 1, broadcastable) is 1; 0, with gradient 0, if it is 0 everywhere."""
    mask = mask.expand_as(values)
    return (values * mask).sum() / mask.sum().clamp_min(1)


def boundary_band(alpha: Tensor) -> Tensor:
    """The unknown region of a trimap: 1 near pixels that are neither 0 nor 1, or where 0 meets 1.

    Args:
        alpha: (N, 1, H, W) in [0, 1].

    Returns:
        (N, 1, H, W) in {0, 1}; the band reaches about 2 % of the longer side to each side of the boundary.
    """
    radius = max(1, round(0.02 * max(alpha.shape[-2:])))
    both = F.pad(torch.cat([alpha, 1 - alpha], 1), (radius,) * 4)
    # the maximum over a square is a row maximum of column maxima
    reach = _highest_in_window(_highest_in_window(both, 2 * radius + 1, 2), 2 * radius + 1, 3)
    return (reach.amin(1, keepdim=True) > 0.01).to(alpha.dtype)


def _highest_in_window(x: Tensor, window: int, dim: int) -> Tensor:
    """The maximum of every `window` neighbours along `dim`, which shrinks by window - 1.

    The window doubles until it is wide enough. On the CPU this is ten times as fast as `F.max_pool2d`.
    """
    width = 1
    while width < window:
        step = min(width, window - width)
        rest = x.shape[dim] - step
        x = torch.maximum(x.narrow(dim, 0, rest), x.narrow(dim, step, rest))
        width += step
    return x


def semantic_target(alpha: Tensor, size: tuple[int, int]) -> Tensor:
    """The true alpha (N, 1, H, W) averaged down to `size`, then blurred by the 3x3 binomial kernel."""
    small = F.pad(F.adaptive_avg_pool2d(alpha, size), (1, 1, 1, 1), "replicate")
    # two means of two form the kernel (1, 2, 1) / 4 and, unlike a convolution, stay in fp32 under autocast
    return F.avg_pool2d(F.avg_pool2d(small, 2, 1), 2, 1)


def cross_entropy(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean binary cross entropy of probabilities; logarithms are taken from 1e-12 up.

    `F.binary_cross_entropy` is forbidden under CUDA autocast. On a NaN it raises (on CUDA it kills the context), while
    the trainer needs the NaN itself to report the batch.
    """
    p = predicted.float()
    return -(true * p.clamp_min(1e-12).log() + (1 - true) * (1 - p).clamp_min(1e-12).log()).mean()


def semantic_loss(s_p: Tensor, alpha: Tensor) -> Tensor:
    """Cross entropy of s_p (N, 1, h, w) with the blurred, downsampled alpha (N, 1, H, W).

    MODNet uses the squared error, whose gradient vanishes where S is confidently wrong.
    """
    return cross_entropy(s_p, semantic_target(alpha, (s_p.shape[-2], s_p.shape[-1])))


def detail_loss(d_p: Tensor, alpha: Tensor, band: Tensor) -> Tensor:
    """L1 of d_p (N, 1, H, W) inside the boundary band."""
    return masked_mean((d_p - alpha).abs(), band)


def trust(alpha: Tensor, band: Tensor, exact: Tensor) -> Tensor:
    """The weight of each pixel of the ground truth, (N, 1, H, W) in (0, 1].

    Exact ground truth has weight 1. A teacher's has weight 1/2 at edges, which exact clips teach better, and 1/10 where
    a whole region is fractional.

    Args:
        alpha: (N, 1, H, W) in [0, 1].
        band: its `boundary_band`.
        exact: (N, 1, 1, 1), 1 where the truth is exact, 0 where a teacher made it.
    """
    undecided = ((alpha > 0.05) & (alpha < 0.95)).to(alpha.dtype)
    radius = max(1, round(0.008 * max(alpha.shape[-2:])))
    region = F.avg_pool2d(undecided, 2 * radius + 1, 1, radius) > 0.8
    return torch.where(exact > 0, 1.0, torch.where(region, 0.1, 1 - 0.5 * band))


def alpha_loss(predicted: Tensor, alpha: Tensor, band: Tensor, weight: Tensor | float = 1.0) -> Tensor:
    """Charbonnier of the coarse alpha (N, 1, H, W), weighted gamma = 4 in the boundary band and 1 elsewhere.

    `weight`, (N, 1, H, W), multiplies these weights.
    """
    return (charbonnier(predicted, alpha) * (1 + (GAMMA - 1) * band) * weight).mean()


def background_loss(bg_p: Tensor, bg_g: Tensor, bgM: Tensor) -> Tensor:
    """L_bg: Charbonnier of the restored background over restored pixels.

    Args:
        bg_p: (N, 3, h, w) in [0, 1].
        bg_g: the true plate, (N, 3, H, W), averaged here to h x w.
        bgM: (N, 1, h, w) in {0, 1}.
    """
    return masked_mean(charbonnier(bg_p, F.adaptive_avg_pool2d(bg_g, (bg_p.shape[-2], bg_p.shape[-1]))), bgM)


def coherence_loss(predicted: Tensor, alpha: Tensor) -> Tensor:
    """L1 between predicted and true change from frame to frame, of (B, T, 1, H, W); 0 for T = 1."""
    if predicted.shape[1] < 2:
        return predicted.sum() * 0
    return ((predicted[:, 1:] - predicted[:, :-1]) - (alpha[:, 1:] - alpha[:, :-1])).abs().mean()


def patch_error(coarse: Tensor, alpha: Tensor, k: int) -> Tensor:
    """Mean absolute error of each of the k x k patches, (N, 1, k, k) in [0, 1].

    Args:
        coarse: upsampled coarse alpha, (N, 1, H, W); k must divide H and W.
        alpha: the true alpha, (N, 1, H, W).
        k: patches per side.
    """
    return F.adaptive_avg_pool2d((coarse - alpha).abs(), k)


def flaw_target(error: Tensor) -> Tensor:
    """Which patches are wrong: 1 where `patch_error` is above 0.02, else 0."""
    return (error > FLAWED).to(error.dtype)


def flaw_loss(flaw: Tensor, target: Tensor) -> Tensor:
    """Cross entropy of the flaw map (N, 1, k, k) with the patches that are truly wrong."""
    return cross_entropy(flaw, target)


def alpha_hr_loss(refined_alpha: Tensor, alpha: Tensor, patches: Tensor) -> Tensor:
    """L_alphaH: Charbonnier at full resolution inside the refined patches, also with gamma = 4 in the boundary band.

    Args:
        refined_alpha: (N, 1, H, W).
        alpha: (N, 1, H, W).
        patches: (N, 1, k, k) in {0, 1}; k must divide H and W.
    """
    inside = F.interpolate(patches.to(alpha.dtype), size=alpha.shape[-2:], mode="nearest")
    weight = 1 + (GAMMA - 1) * boundary_band(alpha)
    return masked_mean(charbonnier(refined_alpha, alpha) * weight, inside)
