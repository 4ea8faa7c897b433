"""Files with a second file appended, as by `cat a.mp4 b.mp4`.

FFmpeg reads some containers to the end, but stops silently at the end of the first file in others.
"""

import io
import mmap
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

APPENDED = "a second file was appended there, which is not read: split them first"

_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")  # the object that an ASF file (WMV) begins with
_PNG = b"\x89PNG\r\n\x1a\n"
_FLV_HEADER, _FLV_TAG, _FLV_BACK = 9, 11, 4  # bytes of the header, a tag's head, and the size after each of them


def second_file(path: Path) -> int | None:
    """Byte offset of a second file that readers of MP4, MOV, WMV, APNG or WebP would ignore, or None."""
    with suppress(OSError, ValueError), mapped(path) as data:
        if data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            return _second(data, b"ftyp" if data[4:8] == b"ftyp" else b"moov", boxes(data))
        if data[:16] == _ASF:
            return _second(data, _ASF, _objects(data))
        if data[:8] == _PNG:
            end = data.find(b"IEND") + 8
            return end if data[end : end + 8] == _PNG else None
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            size = int.from_bytes(data[4:8], "little")
            end = 8 + size + size % 2
            return end if data[end : end + 4] == b"RIFF" else None
    return None


def mapped(path: Path) -> mmap.mmap:
    """Map a file into memory; the caller closes it. Raises OSError, or ValueError if it is empty."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _second(data: mmap.mmap, mark: bytes, parts: Iterator[tuple[int, bytes]]) -> int | None:
    places = [place for place, kind in parts if kind == mark]
    return places[1] if len(places) > 1 else None


def boxes(data: mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Byte offset and type of each box of an MP4 or MOV (ISO 14496-12)."""
    place = 0
    while len(data) - place >= 8:
        size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        if size == 1:
            size = int.from_bytes(data[place + 8 : place + 16], "big")
        yield place, kind
        if size < 8:
            return  # to the end of the file, or damaged
        place += size


def _objects(data: mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Byte offset and type of each object of an ASF file."""
    place = 0
    while len(data) - place >= 24:
        size = int.from_bytes(data[place + 16 : place + 24], "little")
        yield place, data[place : place + 16]
        if size < 24:
            return
        place += size


def open_joined_flv(path: Path) -> "JoinedFlv | None":
    """A Flash video with others appended, as one stream; None for any other file."""
    try:
        found = path.stat()
    except OSError:
        return None
    headers = _flv_headers(path, found.st_mtime_ns, found.st_size)
    return JoinedFlv(path, headers) if headers else None


@lru_cache(maxsize=64)
def _flv_headers(path: Path, changed: int, size: int) -> tuple[int, ...]:
    """Byte offsets of the appended files' headers; time and size distinguish versions of a file in the cache."""
    headers = []
    with suppress(OSError, ValueError), mapped(path) as data:
        if data[:3] != b"FLV":
            return ()
        place = _FLV_HEADER + _FLV_BACK
        while place + _FLV_TAG <= len(data):
            if data[place : place + 3] == b"FLV":
                headers.append(place)
                place += _FLV_HEADER + _FLV_BACK
            elif data[place] & 0x1F in (8, 9, 18):  # sound, picture, data
                place += _FLV_TAG + int.from_bytes(data[place + 1 : place + 4], "big") + _FLV_BACK
            else:
                break  # damaged
    return tuple(headers)


class JoinedFlv(io.RawIOBase):
    """The bytes of a file without the headers in its middle, at which FFmpeg stops reading.

    Args:
        path: the file.
        headers: byte offsets of these headers.
    """

    def __init__(self, path: Path, headers: tuple[int, ...]):
        super().__init__()
        self.name = str(path)
        self._file = path.open("rb")
        length = _FLV_HEADER + _FLV_BACK
        self._begins = [0, *(header + length for header in headers)]  # offsets in the file of the parts between headers
        ends = [*headers, path.stat().st_size]
        self._places = [begin - number * length for number, begin in enumerate(self._begins)]  # the same in this stream
        self._ends = [end - number * length for number, end in enumerate(ends)]
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read at most `size` bytes: fewer at the end of a part, none at the end of the file."""
        part = bisect_right(self._places, self._at) - 1
        left = self._ends[part] - self._at
        self._file.seek(self._begins[part] + self._at - self._places[part])
        data = self._file.read(left if size < 0 else max(0, min(size, left)))
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As for any file."""
        self._at = offset + (0, self._at, self._ends[-1])[whence]
        return self._at

    def tell(self) -> int:
        """As for any file."""
        return self._at

    def close(self) -> None:
        """Close the file below."""
        self._file.close()
        super().close()
