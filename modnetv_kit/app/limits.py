"""Limits of one request; every number can be set by an environment variable."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from ..errors import InputError

PREFIX = "MODNETV_APP_"


@dataclass(frozen=True)
class Limits:
    """The limits of an app; `seconds` is set by MODNETV_APP_SECONDS, and so on.

    Attributes:
        megabytes: of an uploaded file, 10^6 bytes each.
        seconds: of video at a time.
        frames: of video at a time, whatever its rate.
        pixels: of a frame of a video.
        picture_pixels: of a picture.
        files: videos that one request of the tab "Several" may hold.
        at_once: videos that are worked on at the same time.
        waiting: requests that may wait in line; more are turned away.
        keep_minutes: for which uploads and results stay on the server; more than any request takes.
        kept_videos: whose mattes are kept for further results, of all visitors together.
        recorded_frames: that the tab "Inside" keeps of a clip.
        recorded_side: long side in pixels to which it shrinks them.
        recordings: that it keeps in memory, of all visitors together.
        live_side: long side in pixels to which camera frames are shrunk.
        live_at_once: cameras at the same time.
        gpu_seconds: that one request may hold the GPU of a ZeroGPU Space.
    """

    megabytes: int = 300
    seconds: float = 60
    frames: int = 3600
    pixels: int = 3840 * 2160
    picture_pixels: int = 24_000_000
    files: int = 20
    at_once: int = 1
    waiting: int = 20
    keep_minutes: float = 120
    kept_videos: int = 12
    recorded_frames: int = 32
    recorded_side: int = 768
    recordings: int = 6
    live_side: int = 512
    live_at_once: int = 4
    gpu_seconds: int = 120

    def check_files(self, count: int) -> None:
        """Raise InputError if a request holds no file, or too many."""
        if not 0 < count <= self.files:
            raise InputError(f"choose between 1 and {self.files} videos, not {count}")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The limits, with changes from the environment.

        Raises:
            InputError: a variable that is not a number above 0.
        """
        changes: dict[str, Any] = {}
        for field in fields(cls):
            name = PREFIX + field.name.upper()
            if name in environment:
                changes[field.name] = _number(name, environment[name], whole=field.type is int)
        return cls(**changes)


def _number(name: str, text: str, whole: bool) -> float:
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise InputError(f"{name} must be a {'whole ' if whole else ''}number above 0, not {text!r}")
    return value
