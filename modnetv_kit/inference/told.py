"""The states of people of whom the network was told: what a prompt says is written into B's memory."""

import cv2
import numpy as np
import torch
from torch import Tensor

from ..models import BackgroundState
from .identity import Identity
from .prompt import Prompt


def prompted(
    state: BackgroundState, prompt: Prompt, size: tuple[int, int], known: Identity | None = None
) -> BackgroundState:
    """The state of one person after a prompt: `K = max(K (1 - R_new), K_new)`, `R = R_new`.

    Args:
        state: before the prompt, of batch size 1.
        prompt: what was said.
        size: (H, W) of the frame.
        known: where the person is known to be, if the network is told for the first time.

    Examples:
        >>> state = BackgroundState.empty(torch.zeros(1, 24, 16, 24))
        >>> after = prompted(state, Prompt([(20, 30, "keep"), (80, 30, "remove")]), (64, 96))
        >>> after.prompt[0, :, 7, [5, 20]].tolist()  # K, R and g at the two points
        [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    """
    grid = state.bgM.shape[-2], state.bgM.shape[-1]
    keep, remove = (torch.from_numpy(x).to(state.prompt)[None, None] for x in prompt.maps(size, grid))
    before: Tensor = state.prompt[:, :1]
    if known is not None:
        before = torch.maximum(before, _cells(known.belief > 1, grid, before))
    return state.prompted(torch.maximum(before * (1 - remove), keep), remove)


def without_others(state: BackgroundState, known: Identity | None) -> BackgroundState:
    """The state in which others are not kept (K) and are removed before the next frame (R).

    Examples:
        >>> left = np.zeros((36, 64), bool)
        >>> left[:, :32] = True
        >>> from modnetv_kit.inference.identity import begin, describe
        >>> everybody = describe(np.zeros((36, 64, 3), np.uint8), np.ones((36, 64), np.float32))
        >>> known = begin(everybody, left, ~left, exclusive=True)
        >>> state = without_others(BackgroundState.empty(torch.zeros(1, 24, 9, 16)), known)
        >>> state.prompt[0, 1, 4, [4, 12]].tolist()  # R on the left and on the right
        [0.0, 1.0]
    """
    if known is None or not (known.belief < 0).any():
        return state
    grid = state.bgM.shape[-2], state.bgM.shape[-1]
    others = _cells(known.belief < 0, grid, state.prompt)
    prompt = state.prompt.clone()
    prompt[:, :1] *= 1 - others
    prompt[:, 1:2] = torch.maximum(prompt[:, 1:2], others)
    return state._replace(prompt=prompt)


def without_memory(state: BackgroundState) -> BackgroundState:
    """A state in which nothing is restored, and what was said in prompts still holds.

    Examples:
        >>> state = BackgroundState.known(torch.ones(1, 24, 8, 12), torch.ones(1, 1, 8, 12))
        >>> state.bgM.mean().item(), without_memory(state).bgM.mean().item()
        (1.0, 0.0)
    """
    return BackgroundState(torch.zeros_like(state.bgF), torch.zeros_like(state.bgM), state.prompt)


def _cells(where: np.ndarray, grid: tuple[int, int], like: Tensor) -> Tensor:
    """A region of one grid on another one, (1, 1, h, w) in {0, 1}."""
    resized = cv2.resize(where.astype(np.uint8), grid[::-1], interpolation=cv2.INTER_NEAREST)
    return torch.from_numpy(resized).to(like)[None, None]
