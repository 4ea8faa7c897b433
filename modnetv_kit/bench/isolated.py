"""Each measurement in a process of its own: its peak of memory is then its own too."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from ..errors import DeviceError

P = ParamSpec("P")
T = TypeVar("T")


def run_isolated(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `function` returns, or raises, in a fresh process; arguments and result travel pickled.

    Raises:
        DeviceError: the process was killed, as systems do with one that takes too much memory.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(function, *args, **kwargs).result()
        except BrokenProcessPool:
            raise DeviceError("a measurement was killed: is there too little memory? Close other programs") from None
