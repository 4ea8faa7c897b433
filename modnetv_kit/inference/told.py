"""The states of people of whom the network was told: what a prompt says is written into B's memory."""

import cv2
import numpy as np
import torch
from torch import Tensor

from ..models import BackgroundState
from ..models.background import SURE
from .prompt import Prompt


def prompted(
    state: BackgroundState, prompt: Prompt, size: tuple[int, int], shown: np.ndarray | None = None
) -> BackgroundState:
    """The state of one person after a prompt: `K = max(K (1 - R_new), K_new)`, `R = R_new`.

    Args:
        state: before the prompt, of batch size 1.
        prompt: what was said.
        size: (H, W) of the frame.
        shown: the matte of everybody, float32 (H, W), if the network is told for the first time; what it surely
            shows is kept.

    Examples:
        >>> state = BackgroundState.empty(torch.zeros(1, 24, 16, 24))
        >>> after = prompted(state, Prompt([(20, 30, "keep"), (80, 30, "remove")]), (64, 96))
        >>> after.prompt[0, :, 7, [5, 20]].tolist()  # K, R and g at the two points
        [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    """
    grid = state.bgM.shape[-2], state.bgM.shape[-1]
    keep, remove = (torch.from_numpy(x).to(state.prompt)[None, None] for x in prompt.maps(size, grid))
    before: Tensor = state.prompt[:, :1]
    if shown is not None:
        sure = cv2.resize(shown, grid[::-1], interpolation=cv2.INTER_AREA) > SURE
        before = torch.maximum(before, torch.from_numpy(sure).to(before)[None, None])
    return state.prompted(torch.maximum(before * (1 - remove), keep), remove)


def without_memory(state: BackgroundState) -> BackgroundState:
    """A state in which nothing is restored, and what was said in prompts still holds.

    Examples:
        >>> state = BackgroundState.known(torch.ones(1, 24, 8, 12), torch.ones(1, 1, 8, 12))
        >>> state.bgM.mean().item(), without_memory(state).bgM.mean().item()
        (1.0, 0.0)
    """
    return BackgroundState(torch.zeros_like(state.bgF), torch.zeros_like(state.bgM), state.prompt)
