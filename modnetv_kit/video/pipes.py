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
from .media_file import media_formats
from .output import Writer
from .picture import to_array
from .source import Source, describe, picture_of
from .treatment import Timed, Treatment

_UNSEEN = ("swf",)  # in a pipe, the end of one file cannot be told from the start of the next
_SIGNATURES = tuple(
    re.compile(signature, re.DOTALL)
    for signature in (
        rb"\0\0\0[\x08-\xff]ftyp[ -~]{4}",  # MP4, MOV
        re.escape(ASF),  # WMV
        re.escape(PNG),
        rb"FLV\x01[\0-\x05]\0\0\0\x09\0\0\0\0",
        rb"DKIF\0\0\x20\0",  # IVF
        re.escape(NUT),
    )
)
"""Signatures of formats of which FFmpeg reads only the first file. They are too long to occur by chance."""
_LONGEST = 25  # bytes of the longest signature
_BLOCK = 1 << 16


class PipeReader:
    """Frames of a video from a pipe, once and in order; audio is ignored.

    They are converted like those of a file, see `StreamReader`.

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
                "the pipe does not deliver a video that can be read; send Matroska, "
                "such as `ffmpeg -i me.mp4 -f matroska -`"
            ) from None
        info, self._turn, _, _, self._treatment, _ = describe(source, self._first.frame, Path("the pipe"))
        self._size = self._first.frame.width, self._first.frame.height
        self.info = replace(info, path=None, has_audio=False)

    def __iter__(self) -> Iterator[Frame]:
        index = 0
        try:
            for timed in self._treatment.apply(self._decoded(), self._learn):
                image = to_array(timed.frame, *self._size, self._turn)
                yield Frame(image, index, timed.pts, self.info.time_base, timed.duration, self.info.pixel_aspect)
                index += 1
        except BreakOffError as error:
            message = f"the pipe breaks off at frame {index}: {error}; the frames before it are good"
            raise BrokenVideoError(message, index) from error
        self._container.close()

    def _learn(self, treatment: Treatment) -> None:
        self.info = replace(self.info, notes=treatment.notes)

    def _decoded(self) -> Iterator[Timed]:
        yield from chain([self._first], self._frames)
        if self._pipe.has_second():
            raise BreakOffError(APPENDED)

    def __len__(self) -> int:
        raise TypeError("the frames of a pipe cannot be counted in advance")  # list() tolerates a TypeError here

    def __getitem__(self, index: int) -> Frame:
        raise TypeError("the frames of a pipe can only be read in order")


class _Pipe:
    """The bytes of a pipe up to the start of a second file.

    Args:
        file: to read from.
    """

    name = ""  # PyAV reads this attribute

    def __init__(self, file: BinaryIO):
        self._file = file
        self._held = b""  # read ahead, so that no signature is missed at the border of two reads
        self._at_start, self._ended, self._second = True, False, False
        self._signature: re.Pattern[bytes] | None = None

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        while not self._ended and len(self._held) < size + _LONGEST:
            more = self._file.read(size + _LONGEST - len(self._held))
            self._held += more
            self._ended = not more
        if self._at_start:
            self._signature = next((each for each in _SIGNATURES if each.match(self._held)), None)
        found = self._signature.search(self._held, int(self._at_start)) if self._signature else None
        if found:
            self._held, self._ended, self._second = self._held[: found.start()], True, True
        self._at_start = False
        data, self._held = self._held[:size], self._held[size:]
        return data

    def has_second(self) -> bool:
        """Whether a second file follows; reads the rest of the first."""
        while self._signature and self.read(_BLOCK):
            pass
        return self._second


class PipeWriter(Writer):
    """Writes a video to a pipe: lossless FFV1 in Matroska, or raw RGBA frames.

    Args:
        file: a stream that need not be seekable.
        info: size and rate of the frames.
        alpha: frames are RGBA.
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
