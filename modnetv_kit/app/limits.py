"""Limits of one request, each of which can be set by an environment variable."""

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
        megabytes: size of an uploaded file, in 10^6 bytes.
        seconds: length of video per request.
        frames: number of video frames per request.
        pixels: of a video frame.
        picture_pixels: of a picture.
        files: videos per request of the tab "Several".
        at_once: videos that are processed at the same time.
        waiting: requests that may wait in line; further ones are rejected.
        keep_minutes: how long uploads and results stay on the server; longer than any request takes.
        kept_videos: matted videos of all users that are kept for further results.
        recorded_frames: frames of a clip that the tab "Inside" records.
        recorded_side: long side in pixels to which it scales them down.
        recordings: recordings of all users that it keeps in memory.
        live_side: long side in pixels to which camera frames are scaled down.
        live_at_once: cameras at the same time.
        gpu_seconds: GPU time per request on a ZeroGPU Space.
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
        """Raise InputError if a request has no file, or too many."""
        if not 0 < count <= self.files:
            raise InputError(f"choose between 1 and {self.files} videos, not {count}")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The default limits, overridden by environment variables.

        Raises:
            InputError: a variable is not a number above 0.
        """
        changes: dict[str, Any] = {}
        for field in fields(cls):
            name = PREFIX + field.name.upper()
            if name in environment:
                changes[field.name] = _number(name, environment[name], integer=field.type is int)
        return cls(**changes)


def _number(name: str, text: str, integer: bool) -> float:
    try:
        value = int(text) if integer else float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise InputError(f"{name} must be a {'whole ' if integer else ''}number above 0, not {text!r}")
    return value
