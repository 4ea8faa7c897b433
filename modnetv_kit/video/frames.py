"""Frames, the description of a video, and the interface of readers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from ..errors import InputError, VideoError
from .tags import Tags

_LONGEST = 1e9  # seconds
_NEAR = Fraction(1, 10_000)  # between 24 and 24000/1001 lie ten times as much


@dataclass(frozen=True)
class Frame:
    """One picture of a video, upright.

    Args:
        image: uint8, (H, W, 3), RGB, 0..255, C-contiguous.
        index: place among the frames that its reader yields, from 0.
        pts: presentation time in units of `time_base`, as the source has it.
        time_base: seconds in one unit of `pts`.
        duration: in the same units; None if unknown.
        pixel_aspect: width of a pixel over its height, as in `VideoInfo`.
    """

    image: np.ndarray
    index: int
    pts: int
    time_base: Fraction
    duration: int | None = None
    pixel_aspect: Fraction = Fraction(1)

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
        rate: average frames a second; a variable rate is carried by the frames' `pts`.
        time_base: seconds in one unit of the frames' `pts`.
        frames: number of frames that the container states, None where it states none. `len(reader)` is exact.
        duration: seconds of picture, None where the container does not say.
        rotation: degrees, counterclockwise, by which stored frames were turned to stand upright: 0, 90, 180 or 270.
        pixel_aspect: width of an upright pixel over its height; 1 for almost every video.
        clock_start: seconds at which the source's clock stands when it begins. Only formats with a free-running clock
            (MPEG-TS, MPEG-PS) have one that is worth removing; 0 for all others.
        has_audio: whether there is sound.
        codec: its name, such as `h264`, `hevc` or `vp9`; empty for a video that is not encoded.
        path: where it came from.
        notes: lines for the user about what is done to the frames.
        tags: title, date, chapters and timecode.
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


def check_pixels(path: Path, width: int, height: int, max_pixels: int | None) -> None:
    """Raise VideoError if frames have more pixels than allowed."""
    if max_pixels is not None and width * height > max_pixels:
        raise VideoError(
            f"{path} has frames of {width} x {height}; at most {max_pixels / 1e6:.1f} megapixels are taken here: "
            "make it smaller first"
        )


def exact_seconds(seconds: float) -> Fraction:
    """The fraction that a float means, to the microsecond: 0.2 is 1/5, so that a cut hits the frame at that time.

    Raises:
        InputError: no video has such a time: it is infinite, NaN, or beyond 30 years.
    """
    if not abs(seconds) < _LONGEST:
        raise InputError(f"{seconds} is not a time; give seconds, such as 2.5")
    return Fraction(seconds).limit_denominator(1_000_000)


def exact_rate(fps: float | Fraction) -> Fraction:
    """Frames a second as a fraction; 23.976 is 24000/1001, and so are 29.97, 59.94 and the like.

    Raises:
        InputError: it is no rate from 0.01 to 1000.
    """
    if not 0.01 <= fps <= 1000:
        raise InputError(f"{fps} is not a frame rate; give frames a second, such as 30 or 29.97")
    return standard_rate(Fraction(fps).limit_denominator(1001)) or Fraction(fps).limit_denominator(1001)


def standard_rate(rate: Fraction) -> Fraction | None:
    """The rate of cameras and editing programs that `rate` stands for, None if for none."""
    whole = Fraction(round(rate))
    for exact in (whole, Fraction(round(rate * 1001 / 1000)) * 1000 / 1001):
        if exact and abs(rate / exact - 1) < _NEAR:
            return exact
    return None


class VideoReader(Protocol):
    """Frames of one video, in order or by index."""

    info: VideoInfo

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Frame]: ...

    def __getitem__(self, index: int) -> Frame: ...
