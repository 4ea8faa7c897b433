"""Metadata: title, date, chapters, timecode."""

import re
from dataclasses import dataclass, field
from fractions import Fraction

from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

# Tags that describe one particular file.
_OWN = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "encoder", "duration", "timecode", "handler_name"}
)
_TIMECODE = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.])(\d\d)")


@dataclass(frozen=True)
class Chapter:
    """A chapter of a video; times are in seconds from its beginning."""

    start: Fraction
    end: Fraction
    title: str


@dataclass(frozen=True)
class Tags:
    """The metadata of a file.

    Attributes:
        about: title, artist, creation_time and others, by FFmpeg's names.
        timecode: of the first frame, `HH:MM:SS:FF`, or `HH:MM:SS;FF` if it is drop-frame; or None.
        chapters: in order.
    """

    about: dict[str, str] = field(default_factory=dict)
    timecode: str | None = None
    chapters: tuple[Chapter, ...] = ()


def read_tags(container: InputContainer, stream: VideoStream) -> Tags:
    """The tags of an open file and its video track."""
    begin = Fraction(container.start_time or 0, 1_000_000)
    chapters = tuple(
        Chapter(
            chapter["start"] * chapter["time_base"] - begin,
            chapter["end"] * chapter["time_base"] - begin,
            chapter["metadata"].get("title", ""),
        )
        for chapter in container.chapters()
        if chapter["time_base"]
    )
    data = [other.metadata for other in container.streams.data]
    codes = [_timecode(tags) for tags in (stream.metadata, container.metadata, *data)]
    about = {key: value for key, value in container.metadata.items() if key.lower() not in _OWN}
    return Tags(about, next((code for code in codes if code), None), chapters)


def _timecode(tags: dict[str, str]) -> str | None:
    """The timecode among a track's tags, whose names are in capitals in Matroska."""
    return next((value for key, value in tags.items() if key.lower() == "timecode"), None)


def write_tags(
    tags: Tags, container: OutputContainer, stream: VideoStream, rate: Fraction, start: Fraction, end: Fraction | None
) -> None:
    """Set the tags of an output before its header is written; FFmpeg drops those that the container cannot hold.

    Args:
        tags: of the source.
        container: the output.
        stream: its video track.
        rate: frames per second.
        start, end: the range of the source in the output, in seconds; None for the end of the source.
    """
    container.metadata.update(tags.about)
    if tags.timecode is not None:
        stream.metadata["timecode"] = advanced(tags.timecode, round(start * rate), rate)
    kept = [chapter for chapter in tags.chapters if chapter.end > start and (end is None or chapter.start < end)]
    thousandth = Fraction(1, 1000)
    container.set_chapters(
        [
            {
                "id": number,
                "start": round(max(chapter.start - start, Fraction(0)) / thousandth),
                "end": round(((chapter.end if end is None else min(chapter.end, end)) - start) / thousandth),
                "time_base": thousandth,
                "metadata": {"title": chapter.title},
            }
            for number, chapter in enumerate(kept, 1)
        ]
    )


def advanced(timecode: str, frames: int, rate: Fraction) -> str:
    """A timecode advanced by a number of frames (SMPTE 12M); other text is returned unchanged.

    Drop-frame timecode (with `;`) skips the first two numbers of every minute except each tenth, four at 60 frames/s,
    so that 29.97 frames/s stay in step with the clock.
    """
    found = _TIMECODE.fullmatch(timecode)
    if found is None or frames == 0:
        return timecode
    hours, minutes, seconds, mark, number = found.groups()
    fps = max(1, round(rate))
    dropped = round(fps / 15) if mark in ";." else 0
    total_minutes = int(hours) * 60 + int(minutes)
    count = (total_minutes * 60 + int(seconds)) * fps + int(number) + frames
    count -= dropped * (total_minutes - total_minutes // 10)
    if dropped:
        tens, rest = divmod(count, 600 * fps - 9 * dropped)
        count += 9 * dropped * tens
        if rest >= dropped:
            count += dropped * ((rest - dropped) // (60 * fps - dropped))
    second, frame = divmod(count, fps)
    return f"{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}{mark}{frame:02d}"
