"""What the network costs: parameters and multiply-adds, counted by running it."""

import torch
from torch.utils.flop_counter import FlopCounterMode

from ..models import MODNetV


def count_parameters(model: MODNetV) -> tuple[int, int]:
    """Parameters of S, D, F, B with the encoder, and of P."""
    refinement = sum(p.numel() for p in model.refinement.parameters())
    return sum(p.numel() for p in model.parameters()) - refinement, refinement


def count_multiply_adds(model: MODNetV, height: int = 288, width: int = 512) -> int:
    """Multiply-adds of one frame at `height` x `width` through S, D, F and B, by torch's own flop counter.

    A multiply-add is two flops. The picture of the restored background is counted in.
    """
    device = next(model.parameters()).device
    frame = torch.rand(1, 3, height, width, device=device)
    counter = FlopCounterMode(display=False)
    with counter, torch.inference_mode():
        _, state = model.step(frame, model.empty_state(frame))
        model.background.picture(state)
    return counter.get_total_flops() // 2
