"""Video through pipes, such as another program's output, in which seeking is impossible."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, cast

import av
import numpy as np

from ..errors import BrokenVideoError, VideoError
from ..models.modnetv import MIN_SIDE
from .formats import FORMATS
from .frames import Frame, VideoInfo
from .output import Writer
from .picture import to_array, turn_of


class PipeReader:
    """Frames of a video from a pipe, once and in order; audio is ignored.

    Args:
        file: a stream in a format that can be read from its beginning: Matroska, WebM, MPEG-TS, NUT, Y4M, AVI.

    Raises:
        VideoError: it is not such a video.
    """

    def __init__(self, file: BinaryIO):
        try:
            self._container = av.open(file, "r", metadata_errors="replace")
            stream = self._container.streams.video[0]
            stream.thread_type = "AUTO"
            self._frames = self._container.decode(stream)
            self._first = next(self._frames)
        except (av.error.FFmpegError, OSError, LookupError, StopIteration):
            raise VideoError(
                "what came through the pipe is not a video that can be read; send Matroska, "
                "such as `ffmpeg -i me.mp4 -f matroska -`"
            ) from None
        self._turn = turn_of(self._first)
        self._size = self._first.width, self._first.height
        width, height = self._size[::-1] if self._turn.rotation % 180 else self._size
        if min(width, height) < MIN_SIDE:
            raise VideoError(f"the frames have {width}x{height} pixels; both sides need at least {MIN_SIDE}")
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        time_base = stream.time_base or Fraction(1, av.time_base)
        self.info = VideoInfo(width, height, rate, time_base, codec=stream.codec_context.codec.canonical_name)

    def __iter__(self) -> Iterator[Frame]:
        step = max(1, round(1 / self.info.rate / self.info.time_base))
        for index, frame in enumerate(self._decoded()):
            pts = index * step if frame.pts is None else frame.pts
            yield Frame(to_array(frame, *self._size, self._turn), index, pts, self.info.time_base)
        self._container.close()

    def _decoded(self) -> Iterator[av.VideoFrame]:
        yield self._first
        count = 1
        try:
            for frame in self._frames:
                yield frame
                count += 1
        except av.error.FFmpegError as error:
            raise BrokenVideoError(
                f"the pipe breaks off at frame {count}; the frames before it are good", count
            ) from error

    def __len__(self) -> int:
        raise TypeError("frames of a pipe cannot be counted before they came")  # list() tolerates a TypeError here

    def __getitem__(self, index: int) -> Frame:
        raise TypeError("frames of a pipe come in order only")


class PipeWriter(Writer):
    """Writes a video to a pipe: lossless FFV1 in Matroska, or raw RGBA frames.

    Args:
        file: a stream that need not be seekable.
        info: of the frames to come.
        alpha: they will be RGBA.
        raw: write raw RGBA, H x W x 4 bytes per frame, opaque if `alpha` is False.
    """

    def __init__(self, file: BinaryIO, info: VideoInfo, alpha: bool, raw: bool = False):
        super().__init__(Path("-"), info.width, info.height, alpha)
        self._file, self._raw, self._info = file, raw, info
        if raw:
            return
        form = FORMATS[".mkv"]
        self._container = av.open(file, "w", format=form.muxer)
        rate = Fraction(info.rate).limit_denominator(1_000_000)
        self._stream = cast(av.VideoStream, self._container.add_stream(form.encoder, rate=rate, options=form.options))
        self._stream.width, self._stream.height = info.width, info.height
        self._stream.pix_fmt = form.alpha_pixel_format if alpha else form.pixel_format
        self._stream.time_base = self._stream.codec_context.time_base = Fraction(1, 1000)

    def _write(self, image: np.ndarray, time: Fraction, duration: Fraction | None) -> None:
        if self._raw:
            opaque = np.full((*image.shape[:2], 1), 255, np.uint8)
            self._file.write((image if self._alpha else np.concatenate([image, opaque], 2)).tobytes())
            return
        frame = av.VideoFrame.from_ndarray(image, format="rgba" if self._alpha else "rgb24")
        frame = frame.reformat(format=self._stream.pix_fmt)
        frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
        self._container.mux(self._stream.encode(frame))

    def _finish(self, partial: bool) -> None:
        if not self._raw:
            self._container.mux(self._stream.encode(None))
            self._container.close()
        self._file.flush()

    def _discard(self) -> None:
        if not self._raw:
            with suppress(OSError, av.error.FFmpegError):
                self._container.close()
