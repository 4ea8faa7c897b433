"""Retrying with a smaller size when a device runs out of memory."""

from collections.abc import Callable
from typing import TypeVar

import torch

from ..errors import DeviceError

T = TypeVar("T")


def retry_smaller(run: Callable[[int], T], size: int, what: str, smallest: int = 1) -> T:
    """Call `run(size)`. Each time the device runs out of memory, print that and try half the size.

    Args:
        run: does the work at a size, and starts over when it is called again.
        size: to begin with.
        what: the name of the size in the printed line.
        smallest: the smallest size to try.

    Raises:
        DeviceError, torch.OutOfMemoryError: even `smallest` does not fit.
    """
    while True:
        try:
            return run(size)
        except (DeviceError, torch.OutOfMemoryError) as error:
            # a DeviceError may also mean that the device does not exist, which a smaller size does not change
            full = any(isinstance(e, torch.OutOfMemoryError) for e in (error, error.__context__))
            if not full or size // 2 < smallest:
                raise
        # outside the handler, so that the exception and the tensors in its traceback are freed
        print(f"Out of memory with {what} {size}: trying {size // 2}.")
        size //= 2
