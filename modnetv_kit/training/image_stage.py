"""The image stage, and what the stages share.

A stage takes the tensors of a batch (`data.Clip`) and returns its loss terms.
"""

import torch
from torch import Tensor, nn

from ..models import MattingBranches
from . import losses

Losses = dict[str, Tensor]


def layout(device: torch.device) -> torch.memory_format:
    """The memory format of kernels and frames.

    Channels last is faster on CPUs. On CUDA, in bf16, cuDNN's backward pass of depthwise convolutions then takes
    seconds before the first step (12 s on an H100), and again for every new shape.
    """
    return torch.channels_last if device.type == "cpu" else torch.contiguous_format


def fold_time(x: Tensor) -> Tensor:
    """(B, T, ...) -> (B T, ...)."""
    return x.flatten(0, 1)


def join_time(maps: list[Tensor]) -> Tensor:
    """T maps (B, ...) -> (B T, ...)."""
    return fold_time(torch.stack(maps, 1))


def matting_losses(alpha: Tensor, s_p: Tensor, d_p: Tensor, true: Tensor, exact: Tensor) -> Losses:
    """The weighted loss terms of S, D and F.

    Args:
        alpha, d_p, true: (N, 1, H, W) in [0, 1].
        s_p: (N, 1, H/16, W/16) in [0, 1].
        exact: (N, 1, 1, 1), 1 for exact ground truth, 0 for a teacher's.
    """
    band = losses.boundary_band(true)
    trust = losses.trust(true, band, exact)
    return {
        "semantic": losses.semantic_loss(s_p, true),
        "detail": losses.detail_loss(d_p, true, band * trust),
        "alpha": 10 * losses.alpha_loss(alpha, true, band, trust),
    }


def rest_norms(stage: nn.Module) -> None:
    """Let all batch norms use their running statistics, as in inference."""
    for layer in stage.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()


class ImageStage(nn.Module):
    """MODNet on single pictures: S, D and F learn.

    Args:
        model: the network.
        frozen_norms: batch norms keep their running statistics.
    """

    def __init__(self, model: MattingBranches, frozen_norms: bool = False):
        super().__init__()
        self.model = model
        self.frozen_norms = frozen_norms

    def train(self, mode: bool = True) -> "ImageStage":
        """Training mode for all layers except frozen ones, which keep their batch-norm statistics."""
        super().train(mode)
        parts = [part for name, part in self.model.named_children() if name != "encoder"]
        for part in (*self.model.encoder.features, *parts):
            part.train(mode and any(p.requires_grad for p in part.parameters()))
        if self.frozen_norms:
            rest_norms(self)
        return self

    def forward(self, frames: Tensor, alpha: Tensor, background: Tensor, known: Tensor, prompt: Tensor) -> Losses:
        """Each frame is a separate picture; shapes as in `data.Clip`, with a batch axis."""
        exact = known.repeat_interleave(frames.shape[1], 0)[..., None, None]
        frames, alpha = fold_time(frames), fold_time(alpha)
        output = self.model(frames.contiguous(memory_format=layout(frames.device)), with_detail=True)
        return matting_losses(output.alpha, output.semantic, output.detail, alpha, exact)
