"""Clips with known plates and without prompts, as inputs of a stage."""

import torch
from torch import Tensor

from modnetv_kit.models import BackgroundState, MODNetV


def whole(frames: Tensor, alpha: Tensor, plates: Tensor) -> list[Tensor]:
    """(B, T, C, H, W) each, with `known` and `prompt` of `data.Clip` beside them."""
    batch, (height, width) = len(frames), frames.shape[-2:]
    return [frames, alpha, plates, torch.ones(batch, 1), torch.zeros(batch, 3, -(-height // 4), -(-width // 4))]


def watched_states(model: MODNetV) -> list[BackgroundState]:
    """A list that receives the state before every step of `model` from now on, under whichever update rule."""
    states: list[BackgroundState] = []
    write = model.background.write

    def spy(e_4x: Tensor, state: BackgroundState) -> BackgroundState:
        states.append(state)
        return write(e_4x, state)

    model.background.write = spy  # type: ignore[method-assign]
    return states
