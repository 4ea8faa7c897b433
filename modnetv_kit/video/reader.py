"""Frames of a video file, in order, in constant memory (PyAV)."""

import math
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import chain
from pathlib import Path

import av

from ..errors import BrokenVideoError, InputError, VideoError
from ..paths import is_folder
from .clock import has_jumps, may_jump
from .decode import BreakOffError, decode
from .deep import Hdr, to_deep
from .folder import FolderReader
from .frames import Frame, VideoReader, exact_rate, exact_seconds
from .picture import to_array
from .source import inspect, open_source, timestamps
from .treatment import Timed, Treatment
from .webp import WebPReader, is_animated_webp


def open_video(
    path: str | Path,
    start: float | None = None,
    end: float | None = None,
    *,
    fps: float | Fraction | None = None,
    max_pixels: int | None = None,
    hdr: Hdr = "tone-map",
) -> VideoReader:
    """Open a video file, or a folder of images as a video.

    Args:
        path: file or folder.
        start: seconds from the beginning at which to begin; None for the first frame.
        end: seconds from the beginning at which to stop, exclusive; None for the last frame.
        fps: frame rate of a folder, 25 by default; a file has its own.
        max_pixels: limit per frame; larger frames are rejected before they are decoded.
        hdr: "keep" also returns high dynamic range as stored: frames then have `deep`, and the info has `colour`.

    Raises:
        VideoError: it cannot be used; the message states why.
        InputError: an invalid time or rate, or a rate for a file.
    """
    path = Path(path)
    if is_folder(path):
        return FolderReader(path, exact_rate(25 if fps is None else fps), start, end, max_pixels)
    if fps is not None:
        raise InputError(f"{path} has its own frame rate; a rate can be given for a folder of images only")
    if is_animated_webp(path):
        return WebPReader(path, start, end, max_pixels)
    return StreamReader(path, start, end, max_pixels, hdr)


class StreamReader:
    """A video file as a stream of upright RGB frames; each iteration decodes from the start, one frame at a time.

    Colours follow the file's tags (see `picture.matrix_of`), 10-bit video comes out as 8-bit, high dynamic range is
    tone-mapped and interlaced video deinterlaced (see `treatment`). Indexing seeks, and decodes from the preceding
    keyframe; for many random accesses use `RandomReader`.

    Args:
        path: video file.
        start: seconds from the beginning at which to begin; None for the first frame.
        end: seconds from the beginning at which to stop, exclusive; None for the last frame.
        max_pixels: limit per frame; larger frames are rejected before they are decoded.
        hdr: as for `open_video`.

    Raises:
        VideoError: the file cannot be used; the message states why.
        BrokenVideoError: while iterating, after the last good frame, if the video is truncated or damaged.
    """

    def __init__(
        self,
        path: str | Path,
        start: float | None = None,
        end: float | None = None,
        max_pixels: int | None = None,
        hdr: Hdr = "tone-map",
    ):
        self.path = Path(path)
        self.info, self._turn, begin, _, self._treatment, colour = inspect(self.path, max_pixels)
        if hdr == "keep" and self._treatment.hdr:
            self._treatment = self._treatment._replace(keep=True)
            self.info = replace(self.info, colour=colour, notes=self._treatment.notes)
        self._max_pixels = max_pixels
        self._start = None if start is None else begin + exact_seconds(start)
        self._end = None if end is None else begin + exact_seconds(end)

    def __iter__(self) -> Iterator[Frame]:
        index = 0
        with closing(self._decode_from(self._start)) as frames:
            try:
                for timed in frames:
                    time = timed.pts * self.info.time_base
                    if self._end is not None and time >= self._end:
                        break
                    if self._start is None or time >= self._start:
                        yield self._convert(timed, index)
                        index += 1
            except BreakOffError as error:
                message = f"{self.path} breaks off at frame {index}: {error}; the frames before it are good"
                raise BrokenVideoError(message, index) from error
        if index == 0:
            length = "" if self.info.duration is None else f"; it lasts {self.info.duration:.2f} s"
            raise VideoError(f"{self.path} has no frame between the given start and end{length}")

    def __len__(self) -> int:
        """Number of frames between start and end; reads the file once without decoding it."""
        return len(self._times)

    def __getitem__(self, index: int) -> Frame:
        """The frame at `index`; negative indices count from the end. Seeks: slower than `RandomReader`."""
        position = range(len(self))[index]  # raises IndexError, and resolves a negative index
        wanted = self._times[position]
        with closing(self._decode_from(wanted * self.info.time_base)) as frames:
            try:
                for timed in frames:
                    if timed.pts >= wanted:
                        return self._convert(timed, position)
            except BreakOffError as error:
                raise BrokenVideoError(f"{self.path} breaks off before frame {position}: {error}", position) from error
        raise BrokenVideoError(f"{self.path} ends before frame {position}, although its index lists it", position)

    @cached_property
    def _times(self) -> list[int]:
        """Timestamps of the frames between start and end, sorted, in units of the stream's time base."""
        start = -math.inf if self._start is None else self._start / self.info.time_base
        end = math.inf if self._end is None else self._end / self.info.time_base
        return [time for time in timestamps(self.path)[0] if start <= time < end]

    @cached_property
    def _can_seek(self) -> bool:
        """Whether each timestamp occurs only once in the file; where the clock jumps, some occur twice."""
        with open_source(self.path) as source:
            return not may_jump(source.container) or not has_jumps(source.container, source.stream)

    def _convert(self, timed: Timed, index: int) -> Frame:
        width, height = self.info.width, self.info.height
        if self.info.rotation % 180:
            width, height = height, width
        duration = timed.duration
        if self._end is not None:
            duration = min(duration, math.ceil(self._end / self.info.time_base) - timed.pts)
        image = to_array(timed.frame, width, height, self._turn)
        deep = None if timed.deep is None else to_deep(timed.deep, width, height, self._turn)
        return Frame(image, index, timed.pts, self.info.time_base, duration, self.info.pixel_aspect, deep)

    def _decode_from(self, start: Fraction | None) -> Generator[Timed, None, None]:
        """Frames from a keyframe at or before `start` (seconds on the file's clock), or from the beginning."""
        # Not every container finds the right keyframe at once (MPEG-TS has no index): check where decoding really
        # begins, and seek further back while that is too late. Some cannot seek at all, so each attempt reopens the
        # file.
        for back in (0, 2, 10, 60):
            if start is None or start <= back or not self._can_seek:
                break
            with open_source(self.path, self._max_pixels) as source, suppress(av.error.FFmpegError):
                if source.stream.start_time is None:  # no timestamps to seek by
                    break
                source.container.seek(int((start - back) / source.time_base), stream=source.stream, backward=True)
                frames = decode(source, whole=False)
                first = next(frames, None)
                if first is not None and first.pts * source.time_base <= start:
                    yield from self._treatment.apply(chain([first], frames), self._learn)
                    return
        with open_source(self.path, self._max_pixels) as source:
            yield from self._treatment.apply(decode(source), self._learn)

    def _learn(self, treatment: Treatment) -> None:
        self._treatment = treatment
        self.info = replace(self.info, notes=treatment.notes)
