"""How the work on a video shares the CPU: networks beside decoders, encoders and colours, each in its own thread."""

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager

import cv2
import torch


def usable_cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def network_threads() -> int:
    """CPU threads for the networks of a video: one core is kept busy by all else, from decoding to encoding.

    A network that has every core waits for threads that are not let in, and its waiting threads keep the others out.
    """
    return max(1, usable_cores() - 1)


_lock = threading.Lock()
_within = 0
_before = (0, 0)


@contextmanager
def cores_shared() -> Generator[None, None, None]:
    """PyTorch works in one thread, OpenCV leaves a core, for runs whose networks another runtime computes.

    It holds for all threads that start within. What is left to PyTorch then are small things around the networks. In
    two threads they finish no sooner, but one of the two spins for a while after each, on a core that decoders and
    encoders could use. OpenCV's threads wait like that too.
    """
    global _within, _before
    with _lock:
        if not _within:
            _before = torch.get_num_threads(), cv2.getNumThreads()
            torch.set_num_threads(1)
            cv2.setNumThreads(min(_before[1], network_threads()))
        _within += 1
    try:
        yield
    finally:
        with _lock:
            _within -= 1
            if not _within:
                torch.set_num_threads(_before[0])
                cv2.setNumThreads(_before[1])
