"""What every reader hands out: frames, the facts about their video, and the shape of a reader."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Frame:
    """One picture of a video, upright.

    Args:
        image: uint8, (H, W, 3), RGB, 0..255, C-contiguous.
        index: place among the frames that its reader yields, from 0.
        pts: presentation time in units of `time_base`, as the source has it.
        time_base: seconds in one unit of `pts`.
    """

    image: np.ndarray
    index: int
    pts: int
    time_base: Fraction

    @property
    def time(self) -> float:
        """Presentation time on the source's clock, in seconds."""
        return float(self.pts * self.time_base)


@dataclass(frozen=True)
class VideoInfo:
    """What a video is, as far as its header and first frame tell. Width, height and rate are enough for a new one.

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


def exact_seconds(seconds: float) -> Fraction:
    """The fraction that a float stands for, to the microsecond: 0.2 is 1/5, so that a cut there hits that frame."""
    return Fraction(seconds).limit_denominator(1_000_000)


class VideoReader(Protocol):
    """Frames of one video, in order or by index."""

    info: VideoInfo

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Frame]: ...

    def __getitem__(self, index: int) -> Frame: ...
