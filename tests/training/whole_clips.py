"""Clips whose plates are known and that nobody prompted, as a stage takes them."""

import torch
from torch import Tensor

from modnetv_kit.models import BackgroundState, MODNetV


def whole(frames: Tensor, alpha: Tensor, plates: Tensor) -> list[Tensor]:
    """(B, T, C, H, W) each, with `known` and `prompt` of `data.Clip` beside them."""
    batch, (height, width) = len(frames), frames.shape[-2:]
    return [frames, alpha, plates, torch.ones(batch, 1), torch.zeros(batch, 3, -(-height // 4), -(-width // 4))]


def watched_states(model: MODNetV) -> list[BackgroundState]:
    """A list to which the state before every step of `model` is added from now on."""
    states: list[BackgroundState] = []
    step = model.step_on

    def spy(frame: Tensor, e_2x: Tensor, e_4x: Tensor, state: BackgroundState, with_detail: bool = False) -> object:
        states.append(state)
        return step(frame, e_2x, e_4x, state, with_detail)

    model.step_on = spy  # type: ignore[method-assign, assignment]
    return states
