"""Retry with a smaller size when a device runs out of memory."""

from collections.abc import Callable
from typing import TypeVar

import torch

from ..errors import DeviceError

T = TypeVar("T")


def retry_smaller(run: Callable[[int], T], size: int, what: str, smallest: int = 1) -> T:
    """Call `run(size)`; each time the device runs out of memory, print a line and retry with half the size.

    Args:
        run: does the work at a given size; it must start over when called again.
        size: initial size.
        what: name of the size in the printed line.
        smallest: the smallest size to try.

    Raises:
        DeviceError, torch.OutOfMemoryError: even `smallest` does not fit.
    """
    while True:
        try:
            return run(size)
        except (DeviceError, torch.OutOfMemoryError) as error:
            # a DeviceError may also mean a missing device, for which a smaller size is no help
            full = any(isinstance(e, torch.OutOfMemoryError) for e in (error, error.__context__))
            if not full or size // 2 < smallest:
                raise
        # outside the handler, so that the exception and the tensors in its traceback are freed
        print(f"Out of memory with {what} {size}: trying {size // 2}.")
        size //= 2
