"""Audio whose rate or channels change midway, which a container with one description per track cannot hold."""

import re
from contextlib import suppress
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

from .appended import boxes, mapped
from .media_file import open_file

_DESCRIPTIONS = re.compile(
    rb"stsd\0{4}(.{4})", re.DOTALL
)  # sample descriptions of a track (ISO 14496-12), and their number


def changes_midway(container: InputContainer, stream: AudioStream) -> bool:
    """Whether the AAC of an open file changes so that its packets cannot be copied; reopens and reads the file.

    Broadcasts have a header in each packet (ADTS), which is compared. Flash videos, and MP4 and MOV files with several
    sample descriptions, signal changes in side data. Other files cannot change.
    """
    path = Path(container.name)
    context = stream.codec_context
    signalled = context.codec.canonical_name == "aac" and (
        container.format.name == "flv" or _has_several_descriptions(path)
    )
    kinds = {context.extradata} if signalled and context.extradata else set()
    with open_file(path) as reopened, suppress(av.error.FFmpegError):
        for packet in reopened.demux(reopened.streams[stream.index]):
            has_change = signalled and packet.has_sidedata("new_extradata")
            change = packet.get_sidedata("new_extradata") if has_change else None
            header = bytes(packet)[:4]
            if change is not None:
                kinds.add(bytes(change))
            elif not signalled and len(header) == 4 and header[0] == 0xFF and header[1] & 0xF6 == 0xF0:
                kinds.add(bytes((header[2] & 0b11111101, header[3] >> 6)))  # all but the private bit
            elif not signalled:
                break
    return len(kinds) > 1


def _has_several_descriptions(path: Path) -> bool:
    """Whether a track of an MP4 or MOV has several sample descriptions; False for other files."""
    with suppress(OSError, ValueError), mapped(path) as data:
        index = next((offset for offset, kind in boxes(data) if kind == b"moov"), None)
        if index is not None:
            size = int.from_bytes(data[index : index + 4], "big")
            counts = _DESCRIPTIONS.findall(data[index : index + size])
            return any(int.from_bytes(count, "big") > 1 for count in counts)
    return False
