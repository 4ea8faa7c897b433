"""Clips whose plates are known and that nobody prompted, as a stage takes them."""

import torch
from torch import Tensor


def whole(frames: Tensor, alpha: Tensor, plates: Tensor) -> list[Tensor]:
    """(B, T, C, H, W) each, with `known` and `prompt` of `data.Clip` beside them."""
    batch, (height, width) = len(frames), frames.shape[-2:]
    return [frames, alpha, plates, torch.ones(batch, 1), torch.zeros(batch, 3, -(-height // 4), -(-width // 4))]
