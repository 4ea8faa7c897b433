"""PyTorch itself: eager, and compiled by TorchInductor."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch
from torch import Tensor

from ..models import BackgroundState, CoarseOutput, MODNetV
from .interface import check_threads
from .networks import FrameStep, fold_norms

T = TypeVar("T")


class TorchEngine:
    """The networks in eager PyTorch, the reference for all other engines. In fp32.

    This holds on a GPU, too, where single frames are bound by kernel launches, not by arithmetic (docs/performance.md).

    Args:
        model: on `device`.
        device: where it runs.
        networks: the module to run, such as a copy of the model with folded norms; by default `model` itself.
    """

    name = "torch"

    def __init__(self, model: MODNetV, device: torch.device, networks: MODNetV | None = None):
        self.model, self.device = model, device
        self._networks = networks or model

    def step(self, frame: Tensor, state: BackgroundState) -> tuple[CoarseOutput, BackgroundState]:
        """See `Engine.step`."""
        return self._networks.step(frame, state)

    def patches(self, patches: Tensor) -> Tensor:
        """See `Engine.patches`."""
        refined: Tensor = self._networks.refinement.patches(patches)
        return refined


class CompiledEngine:
    """The networks through `torch.compile`: C++ on the CPU, Triton and CUDA graphs in half precision on CUDA.

    Compiling takes a minute at the first frame; PyTorch caches the result. All calls run in one thread, because CUDA
    graphs belong to the thread that recorded them, and two frames at a time would gain nothing.

    Args:
        model: on `device`.
        device: where it runs.
    """

    name = "compile"

    def __init__(self, model: MODNetV, device: torch.device):
        self.model, self.device = model, device
        folded = fold_norms(model).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        mode = "reduce-overhead" if device.type == "cuda" else None
        self._step = torch.compile(FrameStep(folded), mode=mode)
        self._patches: Callable[[Tensor], Tensor] = torch.compile(folded.refinement.patches, mode=mode)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="modnetv-compile")

    def step(self, frame: Tensor, state: BackgroundState) -> tuple[CoarseOutput, BackgroundState]:
        """See `Engine.step`."""
        alpha, s_p, *state_after = self._run(lambda: self._step(frame, *state))
        return CoarseOutput(alpha, s_p, None), BackgroundState(*state_after)

    def patches(self, patches: Tensor) -> Tensor:
        """See `Engine.patches`."""
        return self._run(lambda: (self._patches(patches),))[0]

    def _run(self, network: Callable[[], tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
        def run() -> tuple[Tensor, ...]:
            with torch.inference_mode(), autocast(self.device):
                torch.compiler.cudagraph_mark_step_begin()
                # copied, since the next run of a CUDA graph writes into the same memory
                return tuple(x.clone() for x in network())

        return self._thread.submit(run).result()


def autocast(device: torch.device) -> torch.autocast:
    """Half precision on CUDA only; CPUs and MPS gain little or become slower."""
    return torch.autocast(device.type, enabled=device.type == "cuda")


def limit_threads(threads: int | None) -> None:
    """Set the number of CPU threads of PyTorch, for the whole process.

    Raises:
        InputError: zero or less.
    """
    check_threads(threads)
    if threads is not None:
        torch.set_num_threads(threads)
