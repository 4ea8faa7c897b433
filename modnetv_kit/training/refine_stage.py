"""The refine stage: P alone, on frames of high resolution."""

import torch
from torch import Tensor, nn

from ..models import MODNetV
from ..models.blocks import resize_like, shrink
from . import losses
from .image_stage import Losses, fold_time, rest_norms


class RefineStage(nn.Module):
    """P on frames of high resolution; everything else is frozen.

    The frame is downsampled two to four times for the coarse alpha, as a 1080p or 4K frame would be. P refines the
    patches that are truly wrong and those that the flaw map selects, while the flaw map is trained at the same time.
    Correct patches thus have the same weight in the loss as wrong ones.

    Args:
        model: the network.
        frozen_norms: batch norms keep their running statistics, P's included.
    """

    def __init__(self, model: MODNetV, frozen_norms: bool = False):
        super().__init__()
        self.model = model
        self.frozen_norms = frozen_norms
        self.model.requires_grad_(False)
        self.model.refinement.requires_grad_(True)

    def train(self, mode: bool = True) -> "RefineStage":
        """Training mode for P alone."""
        super().train(mode)
        for name, part in self.model.named_children():
            part.train(mode and name == "refinement")
        if self.frozen_norms:
            rest_norms(self)
        return self

    def forward(self, frames: Tensor, alpha: Tensor, background: Tensor, known: Tensor, prompt: Tensor) -> Losses:
        """Shapes as in `data.Clip`, with a batch axis; H and W divisible by 16."""
        frames, alpha = fold_time(frames), fold_time(alpha)
        refinement = self.model.refinement
        height, width = frames.shape[-2:]
        factor = 2 + 2 * torch.rand((), device="cpu").item()
        with torch.no_grad():
            small = shrink(frames, (int(height / factor), int(width / factor)))
            coarse = self.model.step(small, self.model.empty_state(small))[0].alpha
        flaw = refinement.flaw_map(coarse, (height, width))
        error = losses.patch_error(resize_like(coarse, frames), alpha, flaw.shape[-1])
        wrong = losses.flaw_target(error)
        # always the worst patch, so every frame and every process has a loss
        chosen = torch.maximum(wrong, (error == error.amax((2, 3), keepdim=True)).to(wrong.dtype))
        chosen = torch.maximum(chosen, (flaw > self.model.xi).to(wrong.dtype))
        refined, _ = refinement(frames, coarse, chosen, 0.5)
        return {
            "flaw": losses.flaw_loss(flaw, wrong),
            "alpha_hr": 10 * losses.alpha_hr_loss(refined, alpha, chosen),
        }
