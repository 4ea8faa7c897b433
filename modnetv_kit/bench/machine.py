"""What the machine can do at best, and what a process has used: the yardsticks of all other figures."""

import platform
import sys

import torch

from .timing import time_calls

SIDE = 2048  # of the matrices: large enough to fill the caches, small enough to take a tenth of a second


def matrix_rate(device: torch.device, dtype: torch.dtype, threads: int | None = None) -> float:
    """The rate of a large matrix product in `dtype`, in flops a second: the most that a network could reach.

    The fastest of ten, on `threads` threads of the CPU if given.
    """
    before = torch.get_num_threads()
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        a, b = (torch.rand(SIDE, SIDE, device=device).to(dtype) for _ in range(2))

        def product() -> None:
            torch.mm(a, b)
            synchronise(device)

        return 2 * SIDE**3 / min(time_calls(product, 10, 2).seconds)
    finally:
        torch.set_num_threads(before)


def synchronise(device: torch.device) -> None:
    """Wait until an accelerator has done what it was given."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def peak_memory(device: torch.device) -> int | None:
    """The most memory in bytes that this process has held so far, on the GPU if it works on one; None where unknown."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def describe(device: torch.device) -> str:
    """The processor that `device` is, as its maker calls it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return torch.backends.cpu.get_cpu_capability() + " " + (platform.processor() or platform.machine())
