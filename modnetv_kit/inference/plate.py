"""The restored background as a picture: a clean plate that is recovered while the person is cut out.

B restores the background as features at a quarter of the size, for the network. For people, and for foreground
colours without the old background's rim, the same rule runs here on the pixels themselves at full size.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..models.background import Update
from ..models.blocks import resize_like


class Plate(NamedTuple):
    """The background restored so far.

    Attributes:
        image: (1, 3, H, W) in [0, 1]; 0 where nothing is restored.
        mask: (1, 1, H, W) bool, where it is.
        trusted: (1, 1, H, W) bool, where it also holds for the current frame: everywhere while the camera is at
            rest, only where the frame shows it now while the camera moves.
    """

    image: Tensor
    mask: Tensor
    trusted: Tensor

    @classmethod
    def empty(cls, frame: Tensor) -> "Plate":
        """Nothing restored yet, for frames like (1, 3, H, W)."""
        nothing = torch.zeros_like(frame[:, :1], dtype=torch.bool)
        return cls(torch.zeros_like(frame), nothing, nothing)


STEADY = 0.03  # mean change of known background, of 1, below which the camera is taken to be at rest
CHANGED = 0.1  # change of a pixel above which "refresh" replaces it at once instead of averaging


def update_plate(plate: Plate, frame: Tensor, alpha: Tensor, s_p: Tensor, theta: float, update: Update) -> Plate:
    """The plate after `frame`.

    A pixel is seen as background where s_p < theta, as in B, and the matte is empty for a few pixels around it, so
    that no hair or motion blur gets in. "accumulate" keeps the first sight; "refresh" averages what it sees, and
    replaces what has changed.

    Args:
        plate: the plate after the frame before.
        frame: RGB in [0, 1], (1, 3, H, W).
        alpha: (1, 1, H, W) in [0, 1].
        s_p: (1, 1, h, w) in [0, 1].
        theta: as in B.
        update: as in B.
    """
    clear = _highest_nearby(alpha, max(2, round(0.006 * max(frame.shape[-2:])))) < 0.02
    seen = (resize_like(s_p, frame) < theta) & clear
    change = (frame - plate.image).abs().amax(1, keepdim=True)
    again = seen & plate.mask
    steady = not bool(again.any()) or float(change[again].mean()) < STEADY
    if update == "refresh":
        # an average over about ten frames takes the noise out; what has changed is another background
        share = torch.where(plate.mask & (change < CHANGED), 0.1, 1.0) * seen
    else:
        share = (seen & ~plate.mask).to(frame.dtype)
    image = torch.lerp(plate.image, frame, share)
    mask = plate.mask | seen
    return Plate(image, mask, mask if steady else seen)


def _highest_nearby(alpha: Tensor, radius: int) -> Tensor:
    """The highest alpha within about `radius` pixels, never less far; (1, 1, H, W) -> the same.

    Cells first, then the three by three cells around each: a wide window of single pixels costs many times as much.
    """
    cells = F.max_pool2d(alpha, radius, ceil_mode=True)
    around = F.max_pool2d(cells, 3, 1, 1)
    wide = around.repeat_interleave(radius, 2).repeat_interleave(radius, 3)
    return wide[..., : alpha.shape[-2], : alpha.shape[-1]]


def fill_holes(image: Tensor, mask: Tensor) -> Tensor:
    """Fill what is not known from what is around it, coarser the farther away (pull-push).

    Args:
        image: (1, 3, H, W) in [0, 1].
        mask: (1, 1, H, W) bool, where `image` is known.

    Returns:
        (1, 3, H, W) in [0, 1], equal to `image` where known; grey if nothing is.
    """
    if not mask.any():
        return torch.full_like(image, 0.5)
    weight = mask.to(image.dtype)
    return _pull_push(image * weight, weight)


def _pull_push(premultiplied: Tensor, weight: Tensor) -> Tensor:
    """Known colours times weight -> colours everywhere: ask a picture of half the size where weight is missing."""
    known = premultiplied / weight.clamp_min(1e-6)
    if bool((weight >= 1).all()) or max(weight.shape[-2:]) == 1:
        return known
    half = F.avg_pool2d(premultiplied, 2, ceil_mode=True, count_include_pad=False)
    half_weight = F.avg_pool2d(weight, 2, ceil_mode=True, count_include_pad=False)
    # cells with any known pixel are known: their mean colour counts in full
    sure = (half_weight > 0).to(weight.dtype)
    coarse = _pull_push(half / half_weight.clamp_min(1e-6) * sure, sure)
    return torch.where(weight > 0, known, resize_like(coarse, known))
