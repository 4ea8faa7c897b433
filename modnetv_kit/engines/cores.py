"""Sharing the CPU between the networks and the other stages of a video, which run in their own threads."""

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager

import cv2
import torch


def usable_cores() -> int:
    """The number of CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def network_threads() -> int:
    """CPU threads for the networks of a video: all cores but one, which decoding, compositing and encoding use.

    With a thread on every core, a network waits for threads without a core, and its spinning threads block others.
    """
    return max(1, usable_cores() - 1)


_lock = threading.Lock()
_within = 0
_before = (0, 0)


@contextmanager
def cores_shared() -> Generator[None, None, None]:
    """Limit PyTorch to one thread and OpenCV to all cores but one, while another runtime computes the networks.

    The limits hold for all threads that start inside the block. PyTorch then does only small operations around the
    networks. Two threads do not make them faster, but the second one spins afterwards on a core that decoders and
    encoders could use. OpenCV's threads do the same.
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
