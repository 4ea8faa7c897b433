"""The peak rate of the machine and the memory of a process, to which other figures are compared."""

import platform
import sys
from pathlib import Path

import torch

from .timing import time_calls

SIDE = 2048  # of the matrices: large enough to fill the caches, small enough to take a tenth of a second


def matrix_rate(device: torch.device, dtype: torch.dtype, threads: int | None = None) -> float:
    """The rate of a large matrix product in `dtype`, in flops a second: an upper bound for a network.

    The fastest of ten runs counts. `threads` sets the CPU threads, if given.
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
    """Wait until an accelerator has finished its work."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def peak_memory(device: torch.device) -> int | None:
    """The peak memory of this process in bytes, on the GPU if `device` is one; None where unknown."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if sys.platform == "linux":
        # not getrusage: after fork and exec its peak is at least the parent's memory
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def processor_name(device: torch.device) -> str:
    """The name of the processor behind `device`."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return torch.backends.cpu.get_cpu_capability() + " " + (platform.processor() or platform.machine())
