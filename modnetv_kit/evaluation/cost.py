"""Parameters and multiply-adds of the network, counted by running it."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from ..models import MODNetV
from .facts import FRAME, NOTHING, Facts


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

    def step(frame: Tensor) -> None:
        _, state = model.step(frame, model.empty_state(frame))
        model.background.picture(state)

    return _multiply_adds(step, next(model.parameters()).device, height, width)


def network_facts(model: nn.Module, family: str, told: str = NOTHING) -> Facts:
    """The facts of a network of the kit, with its multiply-adds on one frame of `FRAME`.

    Args:
        model: a MODNetV, or a MODNet, in eval mode.
        family: see `Facts`.
        told: see `Facts`.

    Examples:
        >>> facts = network_facts(nn.Conv2d(3, 1, kernel_size=1), "image")  # any network that takes a picture
        >>> facts.parameters, facts.multiply_adds == 3 * 512 * 288
        (4, True)
    """
    width, height = FRAME
    if isinstance(model, MODNetV):
        count = count_multiply_adds(model, height, width)
    else:
        count = _multiply_adds(model, next(model.parameters()).device, height, width)
    return Facts(family, told, sum(p.numel() for p in model.parameters()), count)


def _multiply_adds(run: Callable[[Tensor], object], device: torch.device, height: int, width: int) -> int:
    """The multiply-adds of `run` on a frame, (1, 3, height, width) in [0, 1]."""
    counter = FlopCounterMode(display=False)
    with counter, torch.inference_mode():
        run(torch.rand(1, 3, height, width, device=device))
    return counter.get_total_flops() // 2
