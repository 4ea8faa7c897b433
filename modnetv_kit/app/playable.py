"""Small copies of videos that browsers cannot play (HEVC, ProRes, 10 bits per channel), for the player."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

from ..video import open_video, open_writer
from ..video.lowered import lowered
from .limits import Limits
from .messages import guarded
from .uploads import validate_upload

SIDE = 640  # pixels: long side of the copy
RATE = 30  # maximum frames per second
SECONDS = 30.0  # maximum length of the copy
PATIENCE = 20.0  # seconds after which copying stops
CRF = 28  # low quality, since the copy is only for viewing


def playable_copy(path: Path, limits: Limits, folder: Path) -> Path:
    """Copy the beginning of a video to a small silent H.264 file in `folder`.

    A thread of low priority does the work, if the system supports that.

    Args:
        path: the upload.
        limits: of the app.
        folder: for the copy.

    Raises:
        MattingError: one line without folders that states what is wrong with the video.
    """
    with guarded(), ThreadPoolExecutor(1, initializer=_lower_priority) as thread:
        return thread.submit(_copy, path, limits, folder / "playable.mp4").result()


def _copy(path: Path, limits: Limits, copy: Path) -> Path:
    began = time.monotonic()
    clip = validate_upload(path, limits, end=min(SECONDS, limits.seconds))
    reader = lowered(open_video(path, end=clip.end), SIDE, RATE if clip.rate > RATE else None)
    with open_writer(copy, reader.info, crf=CRF) as writer, closing(iter(reader)) as frames:  # type: ignore[type-var]
        for frame in frames:
            writer.write(frame.image, frame.pts, frame.time_base)
            if time.monotonic() - began > PATIENCE:
                break
    return copy


def _lower_priority() -> None:
    """Lower the priority of this thread and of the codec threads that it starts."""
    with suppress(AttributeError, OSError):  # only Linux has priorities of single threads
        if hasattr(os, "sched_getaffinity"):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)
