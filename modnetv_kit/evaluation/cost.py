"""Parameters and multiply-adds of the network, counted by running it."""

import torch
from torch.utils.flop_counter import FlopCounterMode

from ..models import MODNetV


def count_parameters(model: MODNetV) -> tuple[int, int]:
    """Count the parameters of the encoder, S, D, F and B, and those of P.

    Examples:
        >>> from modnetv_kit.models import MODNetV
        >>> without_p, p = count_parameters(MODNetV())
        >>> without_p < 2_200_000
        True
    """
    refinement = sum(p.numel() for p in model.refinement.parameters())
    return sum(p.numel() for p in model.parameters()) - refinement, refinement


def count_multiply_adds(model: MODNetV, height: int = 288, width: int = 512) -> int:
    """Count the multiply-adds of S, D, F and B on one frame of `height` x `width`, with PyTorch's flop counter.

    A multiply-add is two flops. The count includes `bg_p`.

    Examples:
        >>> from modnetv_kit.models import MODNetV
        >>> count_multiply_adds(MODNetV().eval(), 64, 96) < 60_000_000
        True
    """
    device = next(model.parameters()).device
    frame = torch.rand(1, 3, height, width, device=device)
    counter = FlopCounterMode(display=False)
    with counter, torch.inference_mode():
        _, state = model.step(frame, model.empty_state(frame))
        model.background.picture(state)
    return counter.get_total_flops() // 2
