"""Sound whose rate or channels change midway, which a container that describes a track once cannot hold."""

import re
from contextlib import suppress
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

from .appended import boxes, mapped
from .source import open_file

_DESCRIPTIONS = re.compile(rb"stsd\0{4}(.{4})", re.DOTALL)  # of the samples of a track (ISO 14496-12), and their count


def changes_midway(container: InputContainer, stream: AudioStream) -> bool:
    """Whether the AAC of an open file changes so that its packets cannot be copied; reads the file anew.

    Broadcasts have a header in each packet (ADTS), which is compared. Flash videos and MP4 and MOV files with several
    descriptions tell of a change beside the packet. No other file can change.
    """
    path = Path(container.name)
    context = stream.codec_context
    told = context.codec.canonical_name == "aac" and (container.format.name == "flv" or _is_described_twice(path))
    kinds = {context.extradata} if told and context.extradata else set()
    with open_file(path) as again, suppress(av.error.FFmpegError):
        for packet in again.demux(again.streams[stream.index]):
            beside = packet.get_sidedata("new_extradata") if told and packet.has_sidedata("new_extradata") else None
            header = bytes(packet)[:4]
            if beside is not None:
                kinds.add(bytes(beside))
            elif not told and len(header) == 4 and header[0] == 0xFF and header[1] & 0xF6 == 0xF0:
                kinds.add(bytes((header[2] & 0b11111101, header[3] >> 6)))  # all but the private bit
            elif not told:
                break
    return len(kinds) > 1


def _is_described_twice(path: Path) -> bool:
    """Whether a track of an MP4 or MOV has several descriptions; other files have none."""
    with suppress(OSError, ValueError), mapped(path) as data:
        index = next((place for place, kind in boxes(data) if kind == b"moov"), None)
        if index is not None:
            size = int.from_bytes(data[index : index + 4], "big")
            counts = _DESCRIPTIONS.findall(data[index : index + size])
            return any(int.from_bytes(count, "big") > 1 for count in counts)
    return False
