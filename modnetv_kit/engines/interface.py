"""What every runtime gives: the frame step and P's patch network, behind one interface."""

from typing import Protocol

import torch
from torch import Tensor

from ..errors import InputError
from ..models import BackgroundState, CoarseOutput, MODNetV


class Engine(Protocol):
    """The networks in one runtime, for `MODNetV.matte`. It holds no state of any video: any number of sessions, in any
    number of threads, may share one.

    Attributes:
        name: as for `open_engine`.
        device: where frames and state are to be.
        model: whose networks these are; it does what is no network's work.
    """

    name: str
    device: torch.device
    model: MODNetV

    def step(self, frame: Tensor, state: BackgroundState) -> tuple[CoarseOutput, BackgroundState]:
        """S, D, F and B on one frame.

        Args:
            frame: RGB float in [0, 1], (1, 3, h, w) with h and w even, from 32 up.
            state: bgF (1, 24, h/4, w/4), bgM (1, 1, h/4, w/4) and prompt (1, 3, h/4, w/4), rounded up.

        Returns:
            The coarse alpha and s_p, and the state after the frame; all float32, and never overwritten later.
        """

    def patches(self, patches: Tensor) -> Tensor:
        """P's PatchNet: RGB and coarse alpha (N, 4, h, w) in [0, 1], h and w even -> refined alpha (N, 1, h, w)."""


def check_threads(threads: int | None) -> None:
    """Refuse a number of threads that no runtime can have.

    Raises:
        InputError: zero or less.
    """
    if threads is not None and threads < 1:
        raise InputError(f"threads must be at least 1, not {threads}; leave it out for the runtime's own choice")
