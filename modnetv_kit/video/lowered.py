"""A video scaled down or at a lower frame rate."""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from ..errors import BrokenVideoError, InputError
from ..models.modnetv import MIN_SIDE
from .frames import Frame, VideoReader, exact_rate


def lowered(reader: VideoReader, size: int | None = None, rate: float | None = None) -> VideoReader:
    """The same video, scaled down or with frames dropped. It is never enlarged, and no frame is duplicated.

    Args:
        reader: the video.
        size: maximum long side in pixels; None keeps the size.
        rate: maximum frames per second; None keeps all frames. The kept frames keep their timestamps.

    Raises:
        InputError: the size is too small, or the rate is not lower than the video's.
    """
    return reader if size is None and rate is None else LoweredReader(reader, size, rate)


_ROUNDED = 0.002  # seconds; rounding error of timestamps in containers with a millisecond clock


class LoweredReader:
    """The reader that `lowered` returns."""

    def __init__(self, reader: VideoReader, size: int | None, rate: float | None):
        self._reader = reader
        info = reader.info
        width, height = fitted(info.width, info.height, size)
        if rate is not None and not 0 < rate <= float(info.rate):
            raise InputError(
                f"{rate:g} frames/s is not lower than the video's {float(info.rate):g}; frames can only be dropped"
            )
        self._rate = rate
        self.info = replace(
            info,
            width=width,
            height=height,
            rate=info.rate if rate is None else exact_rate(rate),
            frames=info.frames if rate is None else None,
        )

    def __iter__(self) -> Iterator[Frame]:
        begin, last_tick = None, -1
        index = 0
        held: Frame | None = None  # its duration grows with the dropped frames after it
        try:
            for frame in self._reader:
                begin = frame.time if begin is None else begin
                if self._rate is not None:
                    # one frame for each tick of the lower rate
                    tick = int((frame.time - begin + _ROUNDED) * self._rate)
                    if tick <= last_tick:
                        held = held and _extended(held, frame)
                        continue
                    last_tick = tick
                if held is not None:
                    yield held
                held = replace(self._shrunk(frame), index=index)
                index += 1
        except BrokenVideoError:
            if held is not None:
                yield held
            raise
        if held is not None:
            yield held

    def __len__(self) -> int:
        return len(self._reader) if self._rate is None else sum(1 for _ in self)

    def __getitem__(self, index: int) -> Frame:
        if self._rate is not None:
            raise TypeError("the frames of a lowered rate can only be read in order")
        return self._shrunk(self._reader[index])

    def _shrunk(self, frame: Frame) -> Frame:
        size = self.info.width, self.info.height
        deep = None if frame.deep is None else shrunk(frame.deep, *size)
        return replace(frame, image=shrunk(frame.image, *size), deep=deep)


def _extended(frame: Frame, dropped: Frame) -> Frame:
    """The frame, extended to the end of the dropped frame after it."""
    if dropped.duration is None:
        return frame
    return replace(frame, duration=dropped.pts + dropped.duration - frame.pts)


def fitted(width: int, height: int, size: int | None) -> tuple[int, int]:
    """Width and height with a long side of at most `size`, in the same aspect ratio.

    Raises:
        InputError: a side would be below 32 pixels.
    """
    if size is None or size >= max(width, height):
        return width, height
    scale = size / max(width, height)
    sides = round(width * scale), round(height * scale)
    if min(sides) < MIN_SIDE:
        raise InputError(f"a long side of {size} pixels is too small: both sides need at least {MIN_SIDE}")
    return sides


def shrunk(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """An (H, W, ...) picture scaled down to `width` x `height`."""
    if image.shape[:2] == (height, width):
        return image
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
