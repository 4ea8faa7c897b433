"""The interface of all runtimes: the frame step and P's patch network."""

from typing import Protocol

import torch
from torch import Tensor

from ..errors import InputError
from ..models import BackgroundState, CoarseOutput, MODNetV
from ..models.modnetv import Step


class Engine(Protocol):
    """The networks in one runtime, for `MODNetV.matte`.

    An engine holds no state of any video. Any number of sessions, in any number of threads, may share it.

    Attributes:
        name: as for `open_engine`.
        device: of frames and state.
        model: the model that owns these networks; it does all other work.
    """

    name: str
    device: torch.device
    model: MODNetV

    def step(self, frame: Tensor, state: BackgroundState) -> tuple[CoarseOutput, BackgroundState]:
        """S, D, F and B on one frame.

        Args:
            frame: RGB float in [0, 1], (N, 3, h, w) with h and w even, from 32 up: one frame, for each of N people.
            state: bgF (N, 24, h/4, w/4), bgM (N, 1, h/4, w/4) and prompt (N, 3, h/4, w/4), rounded up.

        Returns:
            The coarse alpha and s_p, and the state after the frame; all float32, and never overwritten later.
        """

    def patches(self, patches: Tensor) -> Tensor:
        """P's PatchNet: RGB and coarse alpha (N, 4, h, w) in [0, 1], h and w even -> refined alpha (N, 1, h, w)."""


def one_by_one(step: Step, frame: Tensor, state: BackgroundState) -> tuple[CoarseOutput, BackgroundState]:
    """`step` on a batch, for networks that were exported for one frame at a time: no `d_p`."""
    if len(frame) == 1:
        return step(frame, state)
    people = range(len(frame))
    each = [step(frame[i : i + 1], BackgroundState(*(x[i : i + 1] for x in state))) for i in people]
    alpha, s_p = (torch.cat(maps) for maps in zip(*(output[:2] for output, _ in each), strict=True))
    states = (torch.cat(parts) for parts in zip(*(after for _, after in each), strict=True))
    return CoarseOutput(alpha, s_p, None), BackgroundState(*states)


def check_threads(threads: int | None) -> None:
    """Check a number of threads.

    Raises:
        InputError: zero or less.
    """
    if threads is not None and threads < 1:
        raise InputError(f"threads must be at least 1, not {threads}; leave it out for the runtime's own choice")
