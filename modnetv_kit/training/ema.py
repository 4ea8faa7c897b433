"""The exponential moving average of a model's weights: steadier than the weights of any single step."""

import copy

import torch
from torch import nn


class EMA:
    """Averages `model` over training steps.

    Args:
        model: the model that learns; `self.model` starts as its copy.
        decay: weight of the past, at most (1 + step) / (10 + step), so the average forgets the initial weights early
            on.
    """

    def __init__(self, model: nn.Module, decay: float):
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Average in the weights after `step` (from 0); integer buffers are copied."""
        decay = min(self.decay, (1 + step) / (10 + step))
        current = model.state_dict()
        pairs = [(average, current[name].detach()) for name, average in self.model.state_dict().items()]
        floating = [pair for pair in pairs if pair[0].is_floating_point()]
        # all at once: on a GPU, hundreds of small tensors would cost hundreds of kernel launches
        torch._foreach_lerp_([average for average, _ in floating], [now for _, now in floating], 1 - decay)
        for average, now in pairs:
            if not average.is_floating_point():
                average.copy_(now)
