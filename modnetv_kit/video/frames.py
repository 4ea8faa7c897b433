"""Frames, descriptions of videos, and the interface of readers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from ..errors import InputError, VideoError
from .deep import ColourTags
from .tags import Tags

_LONGEST = 1e9  # seconds
_TOLERANCE = Fraction(1, 10_000)  # relative; 24 and 24000/1001 differ ten times as much


@dataclass(frozen=True)
class Frame:
    """One picture of a video, upright.

    Args:
        image: uint8, (H, W, 3), RGB, 0..255, C-contiguous.
        index: number among the frames that its reader yields, from 0.
        pts: the source's presentation timestamp in units of `time_base`.
        time_base: seconds in one unit of `pts`.
        duration: in the same units; None if unknown.
        pixel_aspect: width of a pixel over its height, as in `VideoInfo`.
        deep: the same picture in the 10 bits of a high dynamic range that is kept, see `to_deep`; else None.
    """

    image: np.ndarray
    index: int
    pts: int
    time_base: Fraction
    duration: int | None = None
    pixel_aspect: Fraction = Fraction(1)
    deep: np.ndarray | None = None

    @property
    def time(self) -> float:
        """Presentation time on the source's clock, in seconds."""
        return float(self.pts * self.time_base)


@dataclass(frozen=True)
class VideoInfo:
    """A description of a video from its header and first frame. Width, height and rate are enough for a new one.

    Args:
        width: pixels of an upright frame.
        height: pixels of an upright frame.
        rate: average frames per second; the frames' `pts` carry a variable rate.
        time_base: seconds in one unit of the frames' `pts`.
        frames: number of frames stated by the container, or None. `len(reader)` is exact.
        duration: of the picture in seconds, None if the container does not state it.
        rotation: degrees counterclockwise by which stored frames were turned upright: 0, 90, 180 or 270.
        pixel_aspect: width of an upright pixel over its height; 1 for almost every video.
        clock_start: first timestamp of a format with a free-running clock (MPEG-TS, MPEG-PS), in seconds, to be
            subtracted in outputs; 0 for all other formats.
        has_audio: whether there is an audio track.
        codec: its name, such as `h264`, `hevc` or `vp9`; empty for a video that is not encoded.
        path: file or folder that it was read from.
        notes: messages for the user about the treatment of the frames.
        tags: title, date, chapters and timecode.
        colour: the system of the frames' `deep`, where a high dynamic range is kept; else None.
    """

    width: int
    height: int
    rate: Fraction
    time_base: Fraction = Fraction(1, 90000)
    frames: int | None = None
    duration: float | None = None
    rotation: int = 0
    pixel_aspect: Fraction = Fraction(1)
    clock_start: Fraction = Fraction(0)
    has_audio: bool = False
    codec: str = ""
    path: Path | None = None
    notes: tuple[str, ...] = ()
    tags: Tags = field(default_factory=Tags)
    colour: ColourTags | None = None


def check_pixels(path: Path, width: int, height: int, max_pixels: int | None) -> None:
    """Raise VideoError if frames have more pixels than allowed."""
    if max_pixels is not None and width * height > max_pixels:
        raise VideoError(
            f"{path} has frames of {width} x {height}; at most {max_pixels / 1e6:.1f} megapixels are allowed here: "
            "scale it down first"
        )


def exact_seconds(seconds: float) -> Fraction:
    """Seconds as a fraction, to the microsecond: 0.2 becomes 1/5, so that a cut hits the frame at that time.

    Raises:
        InputError: the time is infinite, NaN, or beyond 30 years.
    """
    if not abs(seconds) < _LONGEST:
        raise InputError(f"{seconds} is not a time; give seconds, such as 2.5")
    return Fraction(seconds).limit_denominator(1_000_000)


def exact_rate(fps: float | Fraction) -> Fraction:
    """A frame rate as a fraction: 23.976 becomes 24000/1001, and likewise for 29.97, 59.94 and so on.

    Raises:
        InputError: the rate is not between 0.01 and 1000.
    """
    if not 0.01 <= fps <= 1000:
        raise InputError(f"{fps} is not a frame rate; give frames a second, such as 30 or 29.97")
    return standard_rate(Fraction(fps).limit_denominator(1001)) or Fraction(fps).limit_denominator(1001)


def standard_rate(rate: Fraction) -> Fraction | None:
    """The integer or NTSC rate (such as 24000/1001) that `rate` is a rounded form of, or None."""
    integer = Fraction(round(rate))
    for exact in (integer, Fraction(round(rate * 1001 / 1000)) * 1000 / 1001):
        if exact and abs(rate / exact - 1) < _TOLERANCE:
            return exact
    return None


class VideoReader(Protocol):
    """Frames of one video, in order or by index."""

    info: VideoInfo

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Frame]: ...

    def __getitem__(self, index: int) -> Frame: ...
