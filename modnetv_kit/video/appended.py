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

APPENDED = "a second file was appended there and is not read; split the files first"

ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")  # first object of an ASF file (WMV)
PNG = b"\x89PNG\r\n\x1a\n"
_MXF_KEY = bytes.fromhex("060e2b34")  # start of every key in an MXF file
_MXF = bytes.fromhex("060e2b34020501010d0102010102")  # key of an MXF header
NUT = b"nut/multimedia container\0"
_WTV = bytes.fromhex("b7d800203749da11a64e0007e95ead8d")
_WTV_SECTORS, _WTV_SECTOR = 0x5C, 4096  # offset of the number of sectors, and bytes per sector
_SWF = (b"FWS", b"CWS", b"ZWS")
_OGG_HEAD, _OGG_BEGINS = 27, 2  # bytes before a page's segment table, and the flag of a stream's first page
_IVF_FRAME = 12  # bytes of a frame header
# bytes of the file header, of a tag header, and of the size that follows each
_FLV_HEADER, _FLV_TAG, _FLV_BACK = 9, 11, 4


def second_file(path: Path) -> int | None:
    """Byte offset of a second file that FFmpeg would ignore, or read as part of the first; None if there is none.

    Works for MP4, MOV, WMV, APNG, WebP, MXF, NUT, SWF, WTV, Ogg and IVF.
    """
    version = _version(path)
    return None if version is None else _second_file(path, *version)


def _version(path: Path) -> tuple[int, int] | None:
    """Modification time and size, the cache key of a file's content; None if there is no such file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size) if stat.S_ISREG(found.st_mode) else None


@lru_cache(maxsize=64)
def _second_file(path: Path, changed: int, size: int) -> int | None:
    """`second_file`, cached by modification time and size."""
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
            offset = data.find(NUT, len(NUT))  # NUT packets cannot be skipped by their size
            return offset if offset > 0 else None
        end, signatures = _end(data)
        if end and data[end : end + len(signatures[0])] in signatures:
            return end
    return None


def _end(data: mmap.mmap) -> tuple[int, tuple[bytes, ...]]:
    """End of a file whose header states its length, and the signatures of its format; (0, ()) for other formats."""
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


def _little(data: mmap.mmap, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "little")


def mapped(path: Path) -> mmap.mmap:
    """Map a file into memory; the caller closes it. Raises OSError, or ValueError if it is empty."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _second(mark: bytes, parts: Iterator[tuple[int, bytes]]) -> int | None:
    """Offset of the second part that begins with `mark`."""
    offsets = (offset for offset, kind in parts if kind == mark)
    next(offsets, None)
    return next(offsets, None)


def boxes(data: mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Byte offset and type of each box of an MP4 or MOV (ISO 14496-12)."""
    offset = 0
    while len(data) - offset >= 8:
        size, kind = int.from_bytes(data[offset : offset + 4], "big"), data[offset + 4 : offset + 8]
        if size == 1:
            size = int.from_bytes(data[offset + 8 : offset + 16], "big")
        yield offset, kind
        if size < 8:
            return  # the box extends to the end of the file, or is damaged
        offset += size


def _objects(data: mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Byte offset and type of each object of an ASF file."""
    offset = 0
    while len(data) - offset >= 24:
        size = int.from_bytes(data[offset + 16 : offset + 24], "little")
        yield offset, data[offset : offset + 16]
        if size < 24:
            return
        offset += size


def _keys(data: mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Offset and key of the first part of an MXF file (SMPTE 377), and of all parts from its footer on."""
    offset = 0
    while data[offset : offset + 4] == _MXF_KEY and len(data) - offset > 16:
        yield offset, data[offset : offset + len(_MXF)]
        size, begin = data[offset + 16], offset + 17
        if size & 0x80:
            begin += size & 0x7F
            size = int.from_bytes(data[offset + 17 : begin], "big")
        footer = int.from_bytes(data[begin + 24 : begin + 32], "big") if offset == 0 else 0
        offset = max(begin + size, footer)


def _ivf_frames(data: mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Offset and first four bytes of an IVF file's header and of each frame."""
    yield 0, data[:4]
    offset = int.from_bytes(data[6:8], "little")
    while len(data) - offset >= _IVF_FRAME:
        yield offset, data[offset : offset + 4]
        offset += _IVF_FRAME + _little(data, offset)


def _chained(data: mmap.mmap) -> int | None:
    """Offset of the first page of a second, chained Ogg file: a stream begins after other streams have continued."""
    offset, continued = 0, False
    while data[offset : offset + 4] == b"OggS" and len(data) - offset > _OGG_HEAD:
        begins = bool(data[offset + 5] & _OGG_BEGINS)
        if begins and continued:
            return offset
        continued |= not begins
        sizes = data[offset + _OGG_HEAD : offset + _OGG_HEAD + data[offset + _OGG_HEAD - 1]]
        offset += _OGG_HEAD + len(sizes) + sum(sizes)
    return None


def open_joined_flv(path: Path) -> "JoinedFlv | None":
    """A Flash video with others appended, as one stream; None for any other file."""
    version = _version(path)
    headers = () if version is None else _flv_headers(path, *version)
    return JoinedFlv(path, headers) if headers else None


@lru_cache(maxsize=64)
def _flv_headers(path: Path, changed: int, size: int) -> tuple[int, ...]:
    """Byte offsets of the appended files' headers, cached by modification time and size."""
    headers = []
    with suppress(OSError, ValueError), mapped(path) as data:
        if data[:3] != b"FLV":
            return ()
        offset = _FLV_HEADER + _FLV_BACK
        while offset + _FLV_TAG <= len(data):
            if data[offset : offset + 3] == b"FLV":
                headers.append(offset)
                offset += _FLV_HEADER + _FLV_BACK
            elif data[offset] & 0x1F in (8, 9, 18):  # audio, video and script tags
                offset += _FLV_TAG + int.from_bytes(data[offset + 1 : offset + 4], "big") + _FLV_BACK
            else:
                break  # damaged
    return tuple(headers)


class JoinedFlv(io.RawIOBase):
    """The bytes of a file without the headers in its middle, where FFmpeg would stop reading.

    Args:
        path: the file.
        headers: byte offsets of these headers.
    """

    def __init__(self, path: Path, headers: tuple[int, ...]):
        super().__init__()
        self.name = str(path)
        self._file = path.open("rb")
        length = _FLV_HEADER + _FLV_BACK
        self._file_offsets = [0, *(header + length for header in headers)]  # where each part starts in the file
        ends = [*headers, path.stat().st_size]
        self._stream_offsets = [
            begin - number * length for number, begin in enumerate(self._file_offsets)
        ]  # and in this stream
        self._ends = [end - number * length for number, end in enumerate(ends)]
        self._position = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read at most `size` bytes: fewer at the end of a part, none at the end of the file."""
        part = bisect_right(self._stream_offsets, self._position) - 1
        left = self._ends[part] - self._position
        self._file.seek(self._file_offsets[part] + self._position - self._stream_offsets[part])
        data = self._file.read(left if size < 0 else max(0, min(size, left)))
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See `io.IOBase`."""
        self._position = offset + (0, self._position, self._ends[-1])[whence]
        return self._position

    def tell(self) -> int:
        """See `io.IOBase`."""
        return self._position

    def close(self) -> None:
        """Close the underlying file."""
        self._file.close()
        super().close()
