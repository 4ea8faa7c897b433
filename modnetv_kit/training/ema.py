"""The exponential moving average of a model's weights: steadier than the weights of any single step."""

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

Tensors = tuple[Tensor, ...] | list[Tensor]


def averaged(model: nn.Module, decay: float) -> AveragedModel:
    """The average of a model over training steps; it starts as the model's copy, in eval mode.

    `update_parameters(model)` averages in the weights after a step, and the running statistics of batch norms.
    `n_averaged` counts the initial weights, too.

    Args:
        model: the model that learns.
        decay: weight of the past, at most n / (9 + n) with n = `n_averaged`, so the average forgets the initial weights
            early on.

    Examples:
        >>> model = nn.Linear(1, 1)
        >>> average = averaged(model, decay=0.5)
        >>> _ = model.weight.data.fill_(10.0), average.module.weight.data.fill_(0.0)
        >>> average.update_parameters(model)  # the past weighs 1 / 10
        >>> average.module.weight.item()
        9.0
    """

    @torch.no_grad()
    def update(averages: Tensors, now: Tensors, count: Tensor | int) -> None:
        if averages[0].is_floating_point():
            n = int(average.n_averaged)  # stays on the CPU; `count` may not, and reading it would wait for the GPU
            torch._foreach_lerp_(averages, now, 1 - min(decay, n / (9 + n)))
        else:
            torch._foreach_copy_(averages, now)

    average = AveragedModel(model, multi_avg_fn=update, use_buffers=True)
    average.n_averaged.fill_(1)
    average.eval().requires_grad_(False)
    return average
