"""Writing videos: `open_writer` chooses the format by the name."""

import math
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from ..errors import OutputError
from ..files import check_parent, output_error
from ..partial_files import Partial
from ..paths import is_folder, is_unicode
from .audio import AudioTrack, audio_tracks
from .cadence import Cadence
from .clock import Packet
from .deep import from_deep
from .formats import FORMATS, Format
from .frames import VideoInfo, exact_seconds
from .media_file import open_file
from .output import Writer
from .palette import palette_frame
from .picture import ACCURATE
from .sequence import SequenceWriter
from .tags import write_tags
from .webp import set_length

_RGB = 0  # H.273's number of the identity matrix
_BT709 = 1  # H.273's number, for the matrix, the primaries and the transfer curve alike
_FINEST = 1_000_000  # units per second; finer clocks overflow in players


def open_writer(
    path: str | Path,
    info: VideoInfo,
    *,
    alpha: bool = False,
    audio_from: str | Path | None = None,
    start: float | None = None,
    end: float | None = None,
    crf: int | None = None,
) -> Writer:
    """Open an output for frames like those of `info`. The name decides the format.

    - `NAME.mp4`: H.264, BT.709, for every player. Odd sides are made even by repeating the last column or row.
    - `NAME.mov`: ProRes, 4444 with alpha, 422 HQ without, for editing software.
    - `NAME.webm`: VP9, with alpha if wanted, for browsers.
    - `NAME.mkv`: FFV1, lossless, with alpha if wanted.
    - `NAME.gif`, `NAME.webp`: animated pictures in a loop, with transparency if wanted, without sound.
    - `FOLDER/` or a name without a suffix: PNG images `000000.png`, `000001.png`, ..., RGB or RGBA.
    - `FOLDER/NAME_%05d.png`: the same with names of your own. Numbers are frame indices from 0 (FFmpeg's own sequences
      start at 1). Images hold neither sound nor timestamps.

    Timestamps are kept, variable rates included, at the resolution of the container (WebM: milliseconds). All sound
    tracks are copied packet by packet. Codecs that players of the format do not support are re-encoded, with the same
    channels if possible (AAC for MP4, Opus for WebM, PCM for MOV, FLAC for Matroska). Sound that cannot be kept is
    left out and listed in the writer's `notes`. Title, date, chapters and timecode are kept if the container can hold
    them.

    Args:
        path: name of the output; an existing file is replaced once the new one is complete.
        info: width, height, rate and time base of the frames to come, such as the source's (`dataclasses.replace` for
            another size), or `VideoInfo(width, height, rate)` for a new video.
        alpha: frames will be RGBA.
        audio_from: video whose sound to keep, on the clock of the frames' `pts`; None for silence. A folder of
            images has none.
        start: as given to the reader: the first frame then comes at time 0, and sound before it is left out.
        end: as given to the reader: sound from there on is left out.
        crf: quality of .mp4 (0 to 51, 18 by default) and .webm (0 to 63, 24 by default); lower is better.

    Raises:
        OutputError: the format is unknown or has no alpha, or the folder does not exist or cannot be written to.
        VideoError: `audio_from` cannot be read.
    """
    target = Path(path)
    form = FORMATS.get(target.suffix.lower())
    if info.colour is not None and form is not FORMATS[".mov"]:
        raise OutputError(f"{target}: high dynamic range is kept in .mov only; write a .mov")
    numbered = form is None and "%" in target.name  # "100% done.mp4" is a video
    if str(path).endswith(("/", "\\")) or not target.suffix or numbered or is_folder(target):
        return SequenceWriter(target, info.width, info.height, alpha, info.pixel_aspect)
    if form is None:
        known = ", ".join(FORMATS)
        raise OutputError(
            f"{target}: {target.suffix} is not a format to write; use {known}, a folder, or a name like NAME_%05d.png"
        )
    if alpha and form.alpha_pixel_format is None:
        others = ", ".join(suffix for suffix, other in FORMATS.items() if other.alpha_pixel_format)
        raise OutputError(f"{target}: {target.suffix} cannot hold transparency; use {others} or a folder of PNG images")
    width, height = (_square(info) if form.square_pixels else None) or (info.width, info.height)
    if form.longest is not None and max(width, height) > form.longest:
        larger = [suffix for suffix, other in FORMATS.items() if max(width, height) <= (other.longest or math.inf)]
        raise OutputError(
            f"{target}: {target.suffix} takes sides of at most {form.longest} pixels, not {width}x{height}; "
            f"use {', '.join(larger)} or a folder"
        )
    if crf is not None:
        form = _with_quality(form, crf, target)
    silent = audio_from is None or not form.audio_encoder or Path(audio_from).is_dir()
    source = None if silent or audio_from is None else Path(audio_from)
    return FileWriter(target, info, form, alpha, source, start, end)


class FileWriter(Writer):
    """A video file in one of `FORMATS`; see `open_writer`."""

    def __init__(
        self,
        path: Path,
        info: VideoInfo,
        form: Format,
        alpha: bool,
        audio_from: Path | None,
        start: float | None,
        end: float | None,
    ):
        super().__init__(path, info.width, info.height, alpha)
        check_parent(path)
        self._even, self._palette, self._colour = form.even, form.palette, info.colour
        self._dtype = np.dtype(np.uint16 if info.colour else np.uint8)
        self._from_zero = start is not None
        self._clock_start = info.clock_start
        self._end = None if end is None else exact_seconds(end) + _file_start(audio_from)
        self._shift = Fraction(0)
        self._last: int | None = None
        self._tracks: list[AudioTrack] = []
        # A container with a fixed clock cannot express the rate better than the source.
        self._cadence = Cadence(None if form.time_base else info.rate, info.time_base)
        fine = info.time_base if info.time_base.denominator <= _FINEST else None
        self._time_base = form.time_base or self._cadence.time_base or fine or Fraction(1, 90000)
        # the exact fraction of a float is too long for FFmpeg
        self._rate = self._cadence.rate or Fraction(info.rate).limit_denominator(_FINEST)
        self._frame_duration = max(round(1 / self._rate / self._time_base), 1)
        self._durations: dict[int, int] = {}  # by timestamp, of frames in the encoder, which may lose them
        self._end_pts = 0  # when the latest frame ends
        self._size_on_screen = _square(info) if form.square_pixels else None
        options = dict(form.muxer_options)
        if form.muxer in ("mp4", "mov"):
            # The start of a track is stored on this clock, which is in milliseconds by default.
            options["movie_timescale"] = str(self._time_base.denominator * -(-10_000 // self._time_base.denominator))
        if not is_unicode(path):
            raise OutputError(f"{path} cannot be written: its name is not valid Unicode; choose another")
        try:
            self._partial = Partial(path)  # fails now, not after the first frames, if the folder is not writable
        except OSError as error:
            raise output_error(path, error) from error
        try:
            name = str(self._partial.path.absolute())
            self._container = av.open(name, "w", format=form.muxer, container_options=options)
        except (OSError, av.error.FFmpegError) as error:
            self._partial.discard()
            raise output_error(path, error) from error
        try:
            self._stream = self._add_picture(info, form, alpha)
            if audio_from is not None:
                self._tracks = audio_tracks(audio_from, self._container, form, self.notes)
            if form.tags:
                until = None if end is None else exact_seconds(end)
                write_tags(info.tags, self._container, self._stream, self._rate, exact_seconds(start or 0), until)
        except BaseException:
            self.abort()
            raise

    def _add_picture(self, info: VideoInfo, form: Format, alpha: bool) -> av.VideoStream:
        # The fast ProRes encoder needs an even width; the other one is exact, but takes twice the time.
        encoder = "prores_ks" if form.encoder == "prores" and info.width % 2 else form.encoder
        stream = cast(av.VideoStream, self._container.add_stream(encoder, rate=self._rate, options=form.options))
        stream.width, stream.height = info.width, info.height
        if self._size_on_screen is not None:
            stream.width, stream.height = self._size_on_screen
        if form.even:
            stream.width, stream.height = info.width + info.width % 2, info.height + info.height % 2
        stream.pix_fmt = form.alpha_pixel_format if alpha else form.pixel_format
        stream.time_base = stream.codec_context.time_base = self._time_base
        stream.codec_context.thread_type = "AUTO"
        stream.codec_context.thread_count = 0
        stream.sample_aspect_ratio = Fraction(1) if self._size_on_screen is not None else info.pixel_aspect
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace = info.colour or (_BT709, _BT709, _BT709)
        context.color_range = int(ColorRange.MPEG)
        if "rgb" in form.pixel_format or "bgr" in form.pixel_format:
            context.colorspace, context.color_range = _RGB, int(ColorRange.JPEG)
        return stream

    def _write(self, image: np.ndarray, time: Fraction, duration: Fraction | None) -> None:
        pts, length = self._on_clock(time, duration)
        if self._even and (image.shape[0] % 2 or image.shape[1] % 2):
            image = np.pad(image, ((0, image.shape[0] % 2), (0, image.shape[1] % 2), (0, 0)), mode="edge")
        if self._palette and self._size_on_screen is not None:
            image = cv2.resize(image, self._size_on_screen, interpolation=cv2.INTER_AREA)
        frame = palette_frame(image) if self._palette else self._converted(image)
        if self._colour is None:
            frame.color_primaries, frame.color_trc = _BT709, _BT709  # ProRes takes these from the frame
        frame.pts, frame.time_base, frame.duration = pts, self._time_base, length
        self._durations[pts] = length
        self._encode(frame)

    def _on_clock(self, time: Fraction, duration: Fraction | None) -> tuple[int, int]:
        """Convert a frame's time and duration from the source's clock to timestamp and duration on the container's."""
        if self._last is None:
            # None of these containers shows frames before time 0.
            self._shift = time if self._from_zero else min(self._clock_start, time)
            for track in self._tracks:
                track.align(self._shift, time if self._from_zero else None)
        pts = round((self._cadence.exact(time) - self._shift) / self._time_base)
        self._last = pts if self._last is None else max(pts, self._last + 1)
        self._end_pts = self._last + self._frame_duration
        if duration is not None:
            end = round((self._cadence.exact(time + duration) - self._shift) / self._time_base)
            self._end_pts = max(self._last + 1, end)
        return self._last, self._end_pts - self._last

    def _converted(self, image: np.ndarray) -> av.VideoFrame:
        if self._colour is not None:
            return from_deep(image, str(self._stream.pix_fmt), self._colour)
        # converted before `image` can change, so the frame may share its memory
        frame = av.VideoFrame.from_numpy_buffer(image, format="rgba" if self._alpha else "rgb24")
        if self._stream.codec_context.colorspace == _RGB:
            return frame.reformat(format=self._stream.pix_fmt)
        width, height = self._size_on_screen or (None, None)
        return frame.reformat(
            width=width,
            height=height,
            format=self._stream.pix_fmt,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=ACCURATE,
        )

    def _encode(self, frame: av.VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            if packet.pts is not None:
                packet.duration = self._durations.pop(packet.pts, packet.duration)
            self._mux(packet)

    def _mux(self, packet: Packet) -> None:
        time = (packet.dts or 0) * packet.time_base + self._shift
        self._container.mux(packet)
        # Sound is written only up to the last encoded picture; the muxer would buffer sound ahead of it.
        for track in self._tracks:
            track.advance(time if self._end is None else min(time, self._end))

    def _finish(self, partial: bool) -> None:
        self._encode(None)
        until = self._end
        if partial and self._last is not None:
            written = self._end_pts * self._time_base + self._shift
            until = written if until is None else min(until, written)
        for track in self._tracks:
            track.advance(until)
        self._close_tracks()
        self._container.close()
        if self._container.format.name == "webp":
            set_length(self._partial.path, round(self._end_pts * self._time_base * 1000))
        self._partial.keep()

    def _discard(self) -> None:
        self._close_tracks()
        with suppress(
            OSError, av.error.FFmpegError
        ):  # closing writes the end of the file, which fails again on a full disk
            self._container.close()
        self._partial.discard()

    def _close_tracks(self) -> None:
        for track in self._tracks:
            track.close()
        self._tracks = []


def _square(info: VideoInfo) -> tuple[int, int] | None:
    """The smallest size with square pixels that loses no resolution; None if pixels are square already."""
    if info.pixel_aspect == 1:
        return None
    if info.pixel_aspect > 1:
        return round(info.width * info.pixel_aspect), info.height
    return info.width, round(info.height / info.pixel_aspect)


def _with_quality(form: Format, crf: int, target: Path) -> Format:
    most = 51 if form.encoder == "libx264" else 63
    if "crf" not in form.options:
        raise OutputError(f"{target}: {target.suffix} has no crf; leave it out, or write .mp4 or .webm")
    if not 0 <= crf <= most:
        raise OutputError(f"{target}: crf must be between 0 and {most} for {target.suffix}, not {crf}")
    return replace(form, options=form.options | {"crf": str(crf)})


def _file_start(path: Path | None) -> Fraction:
    """The time on a file's clock at its beginning, in seconds."""
    if path is None:
        return Fraction(0)
    with open_file(path) as container:
        return Fraction(container.start_time or 0, av.time_base)
