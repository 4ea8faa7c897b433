"""Video through pipes, such as another program's output, in which seeking is impossible."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

import av
import numpy as np

from ..errors import BrokenVideoError, VideoError
from .appended import APPENDED, ASF, NUT, PNG
from .decode import BreakOffError, decode
from .formats import FORMATS
from .frames import Frame, VideoInfo
from .output import Writer
from .picture import to_array
from .source import Source, describe, media_formats, picture_of
from .treatment import Timed

_UNSEEN = ("swf",)  # nothing tells in a pipe where one of these ends and another begins
_BEGINNINGS = tuple(
    re.compile(beginning, re.DOTALL)
    for beginning in (
        rb"\0\0\0[\x08-\xff]ftyp[ -~]{4}",  # MP4, MOV
        re.escape(ASF),  # WMV
        re.escape(PNG),
        rb"FLV\x01[\0-\x05]\0\0\0\x09\0\0\0\0",
        rb"DKIF\0\0\x20\0",  # IVF
        re.escape(NUT),
    )
)
"""How files begin of which FFmpeg reads the first only: eight bytes or more that do not come about by chance."""
_LONGEST = 25  # bytes of a beginning
_BLOCK = 1 << 16


class PipeReader:
    """Frames of a video from a pipe, once and in order; audio is ignored.

    They are treated like those of a file, see `StreamReader`.

    Args:
        file: a stream in a format that can be read from its beginning: Matroska, WebM, MPEG-TS, NUT, Y4M, AVI.

    Raises:
        VideoError: it is not such a video.
        BrokenVideoError: while iterating, after the last good frame, if it breaks off or a second file follows.
    """

    def __init__(self, file: BinaryIO):
        self._pipe = _Pipe(file)
        try:
            options = {"format_whitelist": media_formats(*_UNSEEN), "protocol_whitelist": ""}
            self._container = av.open(self._pipe, "r", options=options, metadata_errors="replace")
            stream = picture_of(self._container)
            if stream is None or stream.codec_context is None:
                raise LookupError
            stream.thread_type = "AUTO"
            source = Source(self._container, stream, stream.time_base or Fraction(1, av.time_base))
            self._frames = decode(source)
            self._first = next(self._frames)
        except (av.error.FFmpegError, OSError, LookupError, StopIteration, BreakOffError):
            raise VideoError(
                "what came through the pipe is not a video that can be read; send Matroska, "
                "such as `ffmpeg -i me.mp4 -f matroska -`"
            ) from None
        info, self._turn, _, _, self._treatment, _ = describe(source, self._first.frame, Path("the pipe"))
        self._size = self._first.frame.width, self._first.frame.height
        self.info = replace(info, path=None, has_audio=False)

    def __iter__(self) -> Iterator[Frame]:
        index = 0
        try:
            for timed in self._treatment.apply(self._decoded()):
                image = to_array(timed.frame, *self._size, self._turn)
                yield Frame(image, index, timed.pts, self.info.time_base, timed.duration, self.info.pixel_aspect)
                index += 1
        except BreakOffError as error:
            message = f"the pipe breaks off at frame {index}: {error}; the frames before it are good"
            raise BrokenVideoError(message, index) from error
        self._container.close()

    def _decoded(self) -> Iterator[Timed]:
        yield from chain([self._first], self._frames)
        if self._pipe.has_second():
            raise BreakOffError(APPENDED)

    def __len__(self) -> int:
        raise TypeError("frames of a pipe cannot be counted before they came")  # list() tolerates a TypeError here

    def __getitem__(self, index: int) -> Frame:
        raise TypeError("frames of a pipe come in order only")


class _Pipe:
    """The bytes of a pipe up to where a second file begins.

    Args:
        file: to read from.
    """

    name = ""  # PyAV asks for it; it names no file

    def __init__(self, file: BinaryIO):
        self._file = file
        self._held = b""  # what was read ahead, so that no beginning is missed that is cut in two
        self._at_start, self._over, self._second = True, False, False
        self._beginning: re.Pattern[bytes] | None = None

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        while not self._over and len(self._held) < size + _LONGEST:
            more = self._file.read(size + _LONGEST - len(self._held))
            self._held += more
            self._over = not more
        if self._at_start:
            self._beginning = next((kind for kind in _BEGINNINGS if kind.match(self._held)), None)
        found = self._beginning.search(self._held, int(self._at_start)) if self._beginning else None
        if found:
            self._held, self._over, self._second = self._held[: found.start()], True, True
        self._at_start = False
        data, self._held = self._held[:size], self._held[size:]
        return data

    def has_second(self) -> bool:
        """Whether a second file follows; reads what is left of the first."""
        while self._beginning and self.read(_BLOCK):
            pass
        return self._second


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
