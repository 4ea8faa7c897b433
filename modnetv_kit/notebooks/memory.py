"""A device that runs out of memory is asked for less."""

from collections.abc import Callable
from typing import TypeVar

import torch

from ..errors import DeviceError

T = TypeVar("T")


def retry_smaller(run: Callable[[int], T], size: int, what: str, smallest: int = 1) -> T:
    """`run(size)`; each time the device runs out of memory, again with half the size, and say so.

    Args:
        run: does the work at a size, and starts anew when it is called again.
        size: to begin with.
        what: the size's name, for the line that is printed.
        smallest: below it, nothing is tried.

    Raises:
        DeviceError, torch.OutOfMemoryError: even `smallest` does not fit.
    """
    while True:
        try:
            return run(size)
        except (DeviceError, torch.OutOfMemoryError) as error:
            # a DeviceError also tells of devices that do not exist; a smaller size does not bring those about
            full = any(isinstance(e, torch.OutOfMemoryError) for e in (error, error.__context__))
            if not full or size // 2 < smallest:
                raise
        # out here the exception is gone, and with it the tensors that its traceback kept alive
        print(f"Out of memory with {what} {size}: trying {size // 2}.")
        size //= 2
