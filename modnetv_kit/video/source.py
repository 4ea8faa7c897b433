"""Opening a video file: one clear line for each way in which it can be unusable, and what its header says."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import av
from av.container import InputContainer
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream

from ..errors import VideoError
from ..models.modnetv import MIN_SIDE
from .frames import VideoInfo
from .picture import Turn, is_tagged, matrix_of, turn_of

Packet: TypeAlias = "av.Packet[Any]"  # generic for type checkers alone

MOV = "mov,mp4,m4a,3gp,3g2,mj2"
MATROSKA = "matroska,webm"
_FREE_CLOCK = ("mpegts", "mpeg")
_ATTACHED_PICTURE = 0x400  # AV_DISPOSITION_ATTACHED_PIC: cover art, not a video


class Source(NamedTuple):
    """An open video file: its container, its picture, and the seconds in one unit of the picture's timestamps."""

    container: InputContainer
    stream: VideoStream
    time_base: Fraction


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a video file and find its picture; closed again when the block ends.

    Raises:
        VideoError: there is no such file, it cannot be read, is empty, is no video, or has no picture.
    """
    container = open_file(path)
    try:
        stream = _picture(container, path)
        yield Source(container, stream, stream.time_base or Fraction(1, av.time_base))
    finally:
        container.close()


def open_file(path: Path) -> InputContainer:
    """Open a media file, with picture or without; raises VideoError as `open_source` does."""
    if path.is_dir():
        raise VideoError(f"{path} is a folder, not a video file; give a file, or a folder of images to open_video")
    if not path.exists():
        raise VideoError(f"{path}: there is no such file; check the name")
    try:
        if path.stat().st_size == 0:
            raise VideoError(f"{path} is empty (0 bytes); copy or download it again")
        # An absolute path: "take:2.mp4" would otherwise be read as the address of a protocol called "take".
        container = av.open(str(path.absolute()), metadata_errors="replace")
    except PermissionError as error:
        raise VideoError(f"{path} cannot be read: permission denied; change its permissions") from error
    except (av.error.FFmpegError, OSError) as error:
        raise VideoError(
            f"{path} is not a video that can be read, or its end with the index is missing; "
            "check that it plays, or copy it again"
        ) from error
    if container.format.name == "tty":  # FFmpeg would draw a text file as pictures of a terminal
        container.close()
        raise VideoError(f"{path} is a text file, not a video; give a video file")
    return container


def _picture(container: InputContainer, path: Path) -> VideoStream:
    streams = [s for s in container.streams.video if not int(s.disposition) & _ATTACHED_PICTURE]
    if not streams:
        what = "sound but no picture" if container.streams.audio else "no picture"
        raise VideoError(f"{path} has {what}; give a file with a video track")
    if streams[0].codec_context is None:
        raise VideoError(f"{path} is encoded with a codec that cannot be decoded here; convert it to H.264 first")
    streams[0].thread_type = "AUTO"
    return streams[0]


class Inspection(NamedTuple):
    """What opening a file once, and decoding one frame, tells.

    Args:
        info: for everyone.
        turn: from stored to upright frames.
        begin: seconds at which the file's clock stands when it begins.
        assumed: the YUV matrix that its size suggests, where frames are not tagged with theirs; else None.
    """

    info: VideoInfo
    turn: Turn
    begin: Fraction
    assumed: Colorspace | None


def probe(path: str | Path) -> VideoInfo:
    """Read what a video file is; decodes one frame.

    Raises:
        VideoError: the file is unusable: see `open_source`; or no frame of it decodes, or frames are below 32 pixels.
    """
    return inspect(Path(path)).info


def inspect(path: Path) -> Inspection:
    """`probe`, with the details that readers need."""
    with open_source(path) as source:
        container, stream, time_base = source
        first = first_frame(source, path)
        turn = turn_of(first)
        width, height = first.width, first.height
        pixel_aspect = stream.sample_aspect_ratio or Fraction(1)
        if turn.rotation % 180:
            width, height, pixel_aspect = height, width, 1 / pixel_aspect
        if min(width, height) < MIN_SIDE:
            raise VideoError(f"{path} has frames of {width}x{height}; both sides need at least {MIN_SIDE} pixels")
        begin = Fraction(container.start_time or 0, av.time_base)
        info = VideoInfo(
            width=width,
            height=height,
            rate=stream.average_rate or stream.guessed_rate or Fraction(25),
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
        )
        return Inspection(info, turn, begin, None if is_tagged(first) else matrix_of(first))


def first_frame(source: Source, path: Path) -> av.VideoFrame:
    """The first frame that decodes, as it is stored; raises VideoError if none does."""
    with suppress(av.error.FFmpegError):
        for packet in source.container.demux(source.stream):
            with suppress(av.error.FFmpegError):  # a recording may begin between key frames
                for frame in packet.decode():
                    return frame
    raise VideoError(f"{path} has a video track, but no frame of it can be decoded; check that it plays")


def timestamps(path: Path) -> tuple[list[int], list[int]]:
    """When each frame of a file is shown; reads the file, decodes nothing. Of a broken file, up to the break.

    Returns:
        Times in order, in units of the file's time base, and the places of the key frames among them.
    """
    frames: list[tuple[int, bool]] = []
    with open_source(path) as source, suppress(av.error.FFmpegError):
        packets = (packet for packet in source.container.demux(source.stream) if packet.size and not packet.is_discard)
        frames.extend((packet_time(packet, index, source), packet.is_keyframe) for index, packet in enumerate(packets))
    frames.sort()
    return [time for time, _ in frames], [place for place, (_, is_key) in enumerate(frames) if is_key]


def packet_time(packet: Packet, index: int, source: Source) -> int:
    """When a packet is shown or, where only that is known, decoded; a constant rate for streams without any times."""
    if packet.pts is not None:
        return packet.pts
    if packet.dts is not None:
        return packet.dts
    return index * max(round(frame_time(source) / source.time_base), 1)


def frame_time(source: Source) -> Fraction:
    """Average seconds from one frame to the next."""
    return 1 / (source.stream.average_rate or Fraction(25))


def _duration(source: Source) -> float | None:
    stated = stated_duration(source)
    if stated is None and source.stream.duration:
        stated = source.stream.duration * source.time_base
    if stated is None and source.container.duration:
        stated = Fraction(source.container.duration, av.time_base)
    return None if stated is None else float(stated)


def stated_duration(source: Source) -> Fraction | None:
    """Seconds of picture that the header itself states, None where it does not (an estimate is not a statement)."""
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
