"""Selecting the video track of a file, and reading its header."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
from av.container import InputContainer
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream

from ..errors import VideoError
from ..models.modnetv import MIN_SIDE
from .clock import Packet, PictureClock
from .deep import ColourTags
from .frames import VideoInfo, check_pixels
from .media_file import open_file
from .picture import Turn, is_readable, is_tagged, matrix_of, turn_of
from .tags import read_tags
from .treatment import Treatment
from .webp import WebPReader, is_animated_webp

MOV = "mov,mp4,m4a,3gp,3g2,mj2"
MATROSKA = "matroska,webm"
_FREE_CLOCK = ("mpegts", "mpeg")
_ATTACHED_PICTURE = 0x400  # AV_DISPOSITION_ATTACHED_PIC: cover art, not a video
_SEQUENCES = ("avis", "msf1", "hevc", "hevx")  # animated pictures, which list their cover as the first track
_STILLS = ("heic", "heix", "heim", "heis")  # tiled pictures, of which FFmpeg would show a single tile
_DEFAULT = 0x1  # AV_DISPOSITION_DEFAULT
_DEFAULT_COUNTS = 5_000_000  # bonus of a default track, in pixels, as in ffmpeg


class Source(NamedTuple):
    """An open video file: its container, its video track, and the seconds in one unit of that track's timestamps."""

    container: InputContainer
    stream: VideoStream
    time_base: Fraction


@contextmanager
def open_source(path: Path, max_pixels: int | None = None) -> Iterator[Source]:
    """Open a video file and select its video track; the file is closed when the block ends.

    Args:
        path: the file.
        max_pixels: limit per frame; larger frames are never decoded.

    Raises:
        VideoError: the file does not exist, cannot be read, is empty, is not a video, has no video track, or its
            frames are too large.
    """
    container = open_file(path)
    try:
        stream = _picture(container, path)
        if max_pixels is not None:
            check_pixels(path, stream.codec_context.width, stream.codec_context.height, max_pixels)
            stream.codec_context.options = {"max_pixels": str(max_pixels)}  # for frames that grow midway
        yield Source(container, stream, stream.time_base or Fraction(1, av.time_base))
    finally:
        container.close()


def picture_of(container: InputContainer) -> VideoStream | None:
    """The video track that ffmpeg would choose: no cover art, a default track before others, then the largest.

    Of an animated picture (AVIF), it is the animation.

    A track whose codec cannot be decoded here has no `codec_context`, and comes last.
    """
    streams = [s for s in container.streams.video if not int(s.disposition) & _ATTACHED_PICTURE]
    if container.metadata.get("major_brand") in _SEQUENCES:
        streams = [s for s in streams if s.frames != 1] or streams
    return max(streams, key=_score, default=None)


def _picture(container: InputContainer, path: Path) -> VideoStream:
    if container.metadata.get("major_brand") in _STILLS:
        raise VideoError(f"{path} is a HEIC picture, which cannot be read here; convert it to JPEG or PNG first")
    stream = picture_of(container)
    if stream is None:
        what = "sound but no picture" if container.streams.audio else "no picture"
        raise VideoError(f"{path} has {what}; give a file with a video track")
    if stream.codec_context is None:
        raise VideoError(f"{path} is encoded with a codec that cannot be decoded here; convert it to H.264 first")
    stream.thread_type = "AUTO"
    return stream


def _score(stream: VideoStream) -> int:
    if stream.codec_context is None:
        return -1
    pixels = stream.codec_context.width * stream.codec_context.height
    return pixels + (_DEFAULT_COUNTS if int(stream.disposition) & _DEFAULT else 0)


class Inspection(NamedTuple):
    """The facts from opening a file and decoding one frame.

    Args:
        info: the description for users.
        turn: rotation and mirroring from stored to upright frames.
        begin: time on the file's clock at its beginning, in seconds.
        assumed: the YUV matrix assumed from the size if frames are not tagged with theirs; else None.
        treatment: of frames before their conversion to RGB.
        colour: the tags of the first frame.
    """

    info: VideoInfo
    turn: Turn
    begin: Fraction
    assumed: Colorspace | None
    treatment: Treatment
    colour: ColourTags


def probe(path: str | Path, max_pixels: int | None = None) -> VideoInfo:
    """Describe a video file; decodes one frame.

    Raises:
        VideoError: the file is unusable (see `open_source`), no frame decodes, or a side is below 32 pixels.
    """
    path = Path(path)
    return WebPReader(path, max_pixels=max_pixels).info if is_animated_webp(path) else inspect(path, max_pixels).info


def inspect(path: Path, max_pixels: int | None = None) -> Inspection:
    """`probe`, with the details that readers need."""
    with open_source(path, max_pixels) as source:
        return describe(source, first_frame(source, path), path)


def describe(source: Source, first: av.VideoFrame, path: Path) -> Inspection:
    """`inspect` an open source whose first frame is known; `path` is its name for messages."""
    container, stream, time_base = source
    turn = turn_of(first)
    width, height = first.width, first.height
    pixel_aspect = stream.sample_aspect_ratio or Fraction(1)
    if turn.rotation % 180:
        width, height, pixel_aspect = height, width, 1 / pixel_aspect
    if min(width, height) < MIN_SIDE:
        raise VideoError(f"{path} has frames of {width}x{height}; both sides need at least {MIN_SIDE} pixels")
    if not is_readable(first):
        raise VideoError(f"{path} has colours in a system that is not known here; convert it to BT.709 first")
    begin = Fraction(container.start_time or 0, av.time_base)
    treatment = Treatment.of(first)
    info = VideoInfo(
        width=width,
        height=height,
        rate=_rate(source),
        time_base=time_base,
        # Other containers state nothing, or (AVI) count empty chunks as frames.
        frames=stream.frames or None if container.format.name == MOV else None,
        duration=_duration(source),
        rotation=turn.rotation,
        pixel_aspect=pixel_aspect,
        clock_start=begin if container.format.name in _FREE_CLOCK else Fraction(0),
        has_audio=bool(container.streams.audio),
        codec=stream.codec_context.codec.canonical_name,
        path=path,
        notes=treatment.notes,
        tags=read_tags(container, stream),
    )
    return Inspection(
        info, turn, begin, None if is_tagged(first) else matrix_of(first), treatment, ColourTags.of(first)
    )


def first_frame(source: Source, path: Path) -> av.VideoFrame:
    """The first frame that decodes, as it is stored; raises VideoError if none does."""
    with suppress(av.error.FFmpegError):
        for packet in source.container.demux(source.stream):
            with suppress(av.error.FFmpegError):  # a recording may begin between keyframes
                for frame in packet.decode():
                    return frame
    raise VideoError(f"{path} has a video track, but no frame of it can be decoded; check that it plays")


def timestamps(path: Path) -> tuple[list[int], list[int]]:
    """The timestamp of each frame; reads the file without decoding it, and a broken file up to the break.

    Returns:
        Timestamps in order, in units of the file's time base, and the indices of the keyframes.
    """
    if is_animated_webp(path):
        return WebPReader(path).times, [0]
    frames: list[tuple[int, bool]] = []
    with open_source(path) as source, suppress(av.error.FFmpegError):
        clock = PictureClock(source.container)
        packets = (packet for packet in source.container.demux(source.stream) if packet.size)
        for index, packet in enumerate(packets):
            clock.correct(packet)
            if clock.restarted:
                break
            if not packet.is_discard:
                frames.append((packet_time(packet, index, source), packet.is_keyframe))
    frames.sort()
    return [time for time, _ in frames], [place for place, (_, is_key) in enumerate(frames) if is_key]


def packet_time(packet: Packet, index: int, source: Source) -> int:
    """A packet's presentation time, else its decoding time, else one at a constant rate."""
    if packet.pts is not None:
        return packet.pts
    if packet.dts is not None:
        return packet.dts
    return index * max(round(frame_time(source) / source.time_base), 1)


def frame_time(source: Source) -> Fraction:
    """Average seconds from one frame to the next."""
    return 1 / _rate(source)


def _rate(source: Source) -> Fraction:
    """Average frames per second, guessed where the header does not state it."""
    return source.stream.average_rate or source.stream.guessed_rate or Fraction(25)


def _duration(source: Source) -> float | None:
    stated = stated_duration(source)
    if stated is None and source.stream.duration:
        stated = source.stream.duration * source.time_base
    if stated is None and source.container.duration:
        stated = Fraction(source.container.duration, av.time_base)
    return None if stated is None else float(stated)


def stated_duration(source: Source) -> Fraction | None:
    """Duration of the picture stated in the header, in seconds; None if it is absent or only estimated."""
    if source.container.format.name == MOV and source.stream.duration:
        return source.stream.duration * source.time_base
    if source.container.format.name == MATROSKA:
        tags = [value for key, value in source.stream.metadata.items() if key.startswith("DURATION")]
        try:
            hours, minutes, seconds = tags[0].split(":")
            return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
        except (IndexError, ValueError):
            return None
    return None


def stated_end(source: Source) -> Fraction | None:
    """End of the picture according to the header, in seconds on the file's clock; None if it is not stated."""
    stated = stated_duration(source)
    begin = (source.stream.start_time or 0) * source.time_base
    if stated is not None and source.container.format.name == MOV:
        return stated + begin
    if source.container.format.name == "flv" and not source.container.streams.audio and source.container.duration:
        return begin + Fraction(source.container.duration, av.time_base)  # of the whole file, which is the picture
    return stated  # Matroska states the time of the end
