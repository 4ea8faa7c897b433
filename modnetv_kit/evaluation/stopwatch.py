"""The time that a method takes for a frame, without reading files."""

import copy
import time
from collections.abc import Callable, Iterator
from typing import Any

from .clip_files import ClipFiles
from .prediction import Method, Prediction

READERS = ("read_alpha", "read_others", "read_foreground", "read_plate")


class TimedMethod:
    """A method whose time is taken.

    Args:
        method: the method.

    Attributes:
        seconds: for every frame of the last clip, without reading pictures.
    """

    def __init__(self, method: Method):
        self.method = method
        self.name = method.name
        self.identity = method.identity
        self.seconds: list[float] = []

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """Predict every frame; raises the errors of the method."""
        self.seconds = []
        reading = _Clock()
        predictions = self.method.matte(_read_on(clip, reading))
        while True:
            start, read = time.perf_counter(), reading.seconds
            prediction = next(predictions, None)
            if prediction is None:
                return
            self.seconds.append(time.perf_counter() - start - (reading.seconds - read))
            yield prediction

    @property
    def seconds_a_frame(self) -> float | None:
        """The mean over the last clip, without the first frame if there are others: it includes warming up."""
        counted = self.seconds[1:] or self.seconds
        return sum(counted) / len(counted) if counted else None


class _Clock:
    """The sum of the times that calls take."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def take(self, call: Callable[..., Any], *arguments: object) -> Any:
        """The result of a call."""
        start = time.perf_counter()
        try:
            return call(*arguments)
        finally:
            self.seconds += time.perf_counter() - start


def _read_on(clip: ClipFiles, clock: _Clock) -> ClipFiles:
    """The same clip, with the time that it takes to read its pictures on a clock."""
    timed = copy.copy(clip)

    def read_frames() -> Iterator[Any]:
        frames = clip.read_frames()
        while (frame := clock.take(next, frames, None)) is not None:
            yield frame

    def on_clock(name: str) -> Callable[..., Any]:
        return lambda *arguments: clock.take(getattr(clip, name), *arguments)

    # the copy's own attributes hide the methods of its class, which is frozen
    object.__setattr__(timed, "read_frames", read_frames)
    for name in READERS:
        object.__setattr__(timed, name, on_clock(name))
    return timed
