"""A small copy of a video that a browser cannot play (HEVC, ProRes, 10 bits a channel), for its player."""

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
RATE = 30  # frames a second at most
SECONDS = 30.0  # of the video that are copied at most
PATIENCE = 20.0  # seconds after which the copy ends with what it has
CRF = 28  # it is looked at, and not worked on


def playable_copy(path: Path, limits: Limits, folder: Path) -> Path:
    """The beginning of a video as a small H.264 file without sound, in `folder`.

    It is made in a thread that gives way to all other work, as far as the system knows such threads.

    Args:
        path: of an upload.
        limits: of the app.
        folder: where the copy goes.

    Raises:
        MattingError: one line without folders that says what is wrong with the video.
    """
    with guarded(), ThreadPoolExecutor(1, initializer=_give_way) as thread:
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


def _give_way() -> None:
    """Lower the priority of this thread and of those that it starts, which decode and encode."""
    with suppress(AttributeError, OSError):  # Linux alone has priorities of single threads
        if hasattr(os, "sched_getaffinity"):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)
