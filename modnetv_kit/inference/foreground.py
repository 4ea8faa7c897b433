"""Foreground colours without the old background's rim.

Where a matte is half transparent the frame's colour is a mix, `I = alpha F + (1 - alpha) B`; pasted as it is on a new
background it shows the old one as a halo. F is found from the restored background where that is known, and from an
estimate by blurring elsewhere.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..models.blocks import resize_like
from .plate import Plate

LAMBDA = 0.02  # how much a known B is mistrusted where alpha is small and the division would amplify noise


def estimate_foreground(frame: Tensor, alpha: Tensor, plate: Plate | None = None) -> Tensor:
    """F for every pixel.

    A first guess F0 (and B0, where the plate is not trusted) is the average over the surroundings weighted by alpha
    (by 1 - alpha), as in blur fusion (Forte 2021, arXiv 2006.14970). It is corrected by what it leaves unexplained,

        F = F0 + g (I - alpha F0 - (1 - alpha) B),

    with g = alpha for a guessed B, and g = alpha / (alpha^2 + lambda (1 - alpha)) for a known one: with lambda = 0
    that is F = (I - (1 - alpha) B) / alpha exactly; lambda = 0.02 keeps thin mattes from amplifying noise. Where
    alpha is 1, F = I.

    Args:
        frame: RGB in [0, 1], (1, 3, H, W).
        alpha: (1, 1, H, W) in [0, 1].
        plate: the restored background, if there is one.

    Returns:
        (1, 3, H, W) in [0, 1].
    """
    # The averages are smooth: half the size will do. Far first, for thick hair; then near, starting from there.
    small = F.avg_pool2d(torch.cat([frame, alpha], 1), 2, ceil_mode=True, count_include_pad=False)
    half, a = small[:, :3], small[:, 3:]
    F0, B0 = _surroundings(half, half, a, 4)
    guess = F0 + a * (half - a * F0 - (1 - a) * B0)
    F0, B0 = (resize_like(x, frame) for x in _surroundings(guess.clamp(0, 1), B0, a, 1))
    B, gain = B0, alpha
    if plate is not None:
        B = torch.where(plate.trusted, plate.image, B0)
        gain = torch.where(plate.trusted, alpha / (alpha**2 + LAMBDA * (1 - alpha)).clamp_min(1e-6), alpha)
    # alpha F0 + (1 - alpha) B is what the guess would look like
    return (F0 + gain * (frame - torch.lerp(B, F0, alpha))).clamp(0, 1)


def _surroundings(foreground: Tensor, background: Tensor, alpha: Tensor, cell: int) -> tuple[Tensor, Tensor]:
    """Averages of foreground and background around each pixel, weighted by alpha and 1 - alpha.

    They are taken on cells of `cell` x `cell` pixels over 7 x 7 cells, and brought back to size.
    """
    cell = max(1, min(cell, alpha.shape[-2] // 8, alpha.shape[-1] // 8))
    maps = torch.cat([foreground * alpha, alpha, background * (1 - alpha), 1 - alpha], 1)
    if cell > 1:
        maps = F.avg_pool2d(maps, cell, ceil_mode=True, count_include_pad=False)
    maps = F.avg_pool2d(maps, (7, 1), 1, (3, 0), count_include_pad=False)
    maps = F.avg_pool2d(maps, (1, 7), 1, (0, 3), count_include_pad=False)
    fg = maps[:, :3] / maps[:, 3:4].clamp_min(1e-4)
    bg = maps[:, 4:7] / maps[:, 7:].clamp_min(1e-4)
    return (resize_like(fg, alpha), resize_like(bg, alpha)) if cell > 1 else (fg, bg)
