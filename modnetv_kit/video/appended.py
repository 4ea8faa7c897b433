"""Files with a second file appended, as by `cat a.mp4 b.mp4`.

FFmpeg reads some containers to the end, but stops silently at the end of the first file in others.
"""

import io
import mmap
import stat
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

APPENDED = "a second file was appended there, which is not read: split them first"

ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")  # the object that an ASF file (WMV) begins with
PNG = b"\x89PNG\r\n\x1a\n"
_MXF_KEY = bytes.fromhex("060e2b34")  # every part of an MXF file begins with it
_MXF = bytes.fromhex("060e2b34020501010d0102010102")  # the part that the file begins with
NUT = b"nut/multimedia container\0"
_WTV = bytes.fromhex("b7d800203749da11a64e0007e95ead8d")
_WTV_SECTORS, _WTV_SECTOR = 0x5C, 4096  # where the file states its number of sectors, and bytes of each
_SWF = (b"FWS", b"CWS", b"ZWS")
_OGG_HEAD, _OGG_BEGINS = 27, 2  # bytes before the sizes of a page, and the flag of a stream's first one
_IVF_FRAME = 12  # bytes before each frame
_FLV_HEADER, _FLV_TAG, _FLV_BACK = 9, 11, 4  # bytes of the header, a tag's head, and the size after each of them


def second_file(path: Path) -> int | None:
    """Byte offset of a second file that readers of the first would ignore, or mistake for its rest; or None.

    It is found in MP4, MOV, WMV, APNG, WebP, MXF, NUT, SWF, WTV, Ogg and IVF.
    """
    version = _version(path)
    return None if version is None else _second_file(path, *version)


def _version(path: Path) -> tuple[int, int] | None:
    """Modification time and size, which distinguish versions of a file in a cache; None if there is no such file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size) if stat.S_ISREG(found.st_mode) else None


@lru_cache(maxsize=64)
def _second_file(path: Path, changed: int, size: int) -> int | None:
    """`second_file` of a version of the file."""
    with suppress(OSError, ValueError), mapped(path) as data:
        if data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            return _second(b"ftyp" if data[4:8] == b"ftyp" else b"moov", boxes(data))
        if data[:16] == ASF:
            return _second(ASF, _objects(data))
        if data[:14] == _MXF:
            return _second(_MXF, _keys(data))
        if data[:4] == b"DKIF":
            return _second(b"DKIF", _ivf_frames(data))
        if data[:4] == b"OggS":
            return _chained(data)
        if data[:25] == NUT:
            place = data.find(NUT, len(NUT))  # its parts do not state their sizes
            return place if place > 0 else None
        end, begins = _end(data)
        if end and data[end : end + len(begins[0])] in begins:
            return end
    return None


def _end(data: mmap.mmap) -> tuple[int, tuple[bytes, ...]]:
    """Byte offset of the end of a file that states its length, and how such files begin; 0 for other formats."""
    if data[:8] == PNG:
        return data.find(b"IEND") + 8, (PNG,)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        size = _little(data, 4)
        return 8 + size + size % 2, (b"RIFF",)
    if data[:3] == b"FWS":
        return _little(data, 4), _SWF
    if data[:16] == _WTV:
        return _little(data, _WTV_SECTORS) * _WTV_SECTOR, (_WTV,)
    return 0, ()


def _little(data: mmap.mmap, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "little")


def mapped(path: Path) -> mmap.mmap:
    """Map a file into memory; the caller closes it. Raises OSError, or ValueError if it is empty."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _second(mark: bytes, parts: Iterator[tuple[int, bytes]]) -> int | None:
    """Where the second of the parts of a kind begins."""
    places = (place for place, kind in parts if kind == mark)
    next(places, None)
    return next(places, None)


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


def _keys(data: mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Offset and type of parts of an MXF file (SMPTE 377): the first, and all from its footer on if that is stated."""
    place = 0
    while data[place : place + 4] == _MXF_KEY and len(data) - place > 16:
        yield place, data[place : place + len(_MXF)]
        size, begin = data[place + 16], place + 17
        if size & 0x80:
            begin += size & 0x7F
            size = int.from_bytes(data[place + 17 : begin], "big")
        footer = int.from_bytes(data[begin + 24 : begin + 32], "big") if place == 0 else 0
        place = max(begin + size, footer)


def _ivf_frames(data: mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Offset and first bytes of the header of an IVF file and of each frame."""
    yield 0, data[:4]
    place = int.from_bytes(data[6:8], "little")
    while len(data) - place >= _IVF_FRAME:
        yield place, data[place : place + 4]
        place += _IVF_FRAME + _little(data, place)


def _chained(data: mmap.mmap) -> int | None:
    """Offset at which streams begin in an Ogg file after others have begun and continued."""
    place, going_on = 0, False
    while data[place : place + 4] == b"OggS" and len(data) - place > _OGG_HEAD:
        begins = bool(data[place + 5] & _OGG_BEGINS)
        if begins and going_on:
            return place
        going_on |= not begins
        sizes = data[place + _OGG_HEAD : place + _OGG_HEAD + data[place + _OGG_HEAD - 1]]
        place += _OGG_HEAD + len(sizes) + sum(sizes)
    return None


def open_joined_flv(path: Path) -> "JoinedFlv | None":
    """A Flash video with others appended, as one stream; None for any other file."""
    version = _version(path)
    headers = () if version is None else _flv_headers(path, *version)
    return JoinedFlv(path, headers) if headers else None


@lru_cache(maxsize=64)
def _flv_headers(path: Path, changed: int, size: int) -> tuple[int, ...]:
    """Byte offsets of the appended files' headers in a version of the file."""
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
