"""The effect of P on one frame for every threshold xi, computed once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..errors import DeviceError, InputError
from ..models import MODNetV
from ..models.blocks import resize_like
from ..models.refine import patch_grid
from .session import MattingSession

KS = (8, 16, 32)


@dataclass(frozen=True, eq=False)
class PatchInspection:
    """A frame of H x W pixels before and after P, patch by patch.

    Attributes:
        frame: uint8 (H, W, 3).
        coarse: the coarse alpha, upsampled, float32 (H, W) in [0, 1].
        flaw: k -> the flaw map, float32 (k, k) in [0, 1].
        everywhere: k -> the matte with every patch refined, float32 (H, W) in [0, 1].
        k: the grid that the model uses for frames of this size.
        xi: the model's own threshold.
    """

    frame: np.ndarray
    coarse: np.ndarray
    flaw: dict[int, np.ndarray]
    everywhere: dict[int, np.ndarray]
    k: int
    xi: float

    def refined(self, xi: float, k: int | None = None) -> np.ndarray:
        """The patches that are refined at a threshold, bool (k, k)."""
        return self.flaw[k or self.k] > xi

    def alpha(self, xi: float, k: int | None = None) -> np.ndarray:
        """The matte at a threshold, float32 (H, W) in [0, 1]: refined patches over the coarse alpha."""
        k = k or self.k
        height, width = self.coarse.shape
        rows, columns = np.arange(height) // math.ceil(height / k), np.arange(width) // math.ceil(width / k)
        chosen = self.refined(xi, k)[rows[:, None], columns]
        return np.where(chosen, self.everywhere[k], self.coarse)


def inspect_patches(
    model: MODNetV, frame: np.ndarray, *, ks: Sequence[int] = KS, device: str | torch.device = "auto"
) -> PatchInspection:
    """Rate and refine every patch of one frame, as the first of a video, so that any xi can be shown at once.

    Args:
        model: the network.
        frame: RGB, uint8 (H, W, 3), H and W from 32 up.
        ks: grids to inspect in addition to the model's own.
        device: see `choose_device`.

    Raises:
        InputError: not an RGB frame, or a grid with more patches than pixels.
        DeviceError: no such device, or too little memory to refine every patch at once.

    Examples:
        >>> frame = np.zeros((32, 32, 3), np.uint8)
        >>> seen = inspect_patches(MODNetV().eval(), frame, ks=(4,), device="cpu")
        >>> seen.flaw[4].shape, seen.everywhere[4].shape
        ((4, 4), (32, 32))
    """
    session = MattingSession(model, device)
    _, output, _ = session.observe(frame, with_detail=False)
    own = patch_grid(*frame.shape[:2])
    flaw, everywhere = {}, {}
    try:
        with torch.inference_mode():
            picture = torch.from_numpy(frame).to(session.device).permute(2, 0, 1)[None].float() / 255
            for k in sorted({*ks, own}):
                if not 0 < k <= min(frame.shape[:2]):
                    raise InputError(f"k must be between 1 and the frame's shorter side, not {k}")
                rated = model.refinement.flaw_map(output.coarse_alpha, frame.shape[:2], k)
                refined, _ = model.refinement(picture, output.coarse_alpha, rated, -1.0)
                flaw[k], everywhere[k] = rated[0, 0].float().cpu().numpy(), refined[0, 0].float().cpu().numpy()
            coarse = resize_like(output.coarse_alpha, picture)[0, 0].float().cpu().numpy()
    except torch.OutOfMemoryError:
        raise DeviceError(
            f"{session.device} has too little memory to refine every patch of {frame.shape[1]}x{frame.shape[0]}; "
            "use device='cpu' or a smaller frame"
        ) from None
    return PatchInspection(frame, coarse, flaw, everywhere, own, model.xi)
