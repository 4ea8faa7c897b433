"""Opening media files, with a one-line error for every defect."""

import stat
from functools import cache
from pathlib import Path

import av
from av.container import InputContainer

from ..errors import VideoError
from ..paths import is_special, is_unicode
from .appended import open_joined_flv

_LISTS = frozenset({"hls", "applehttp", "dash", "concat", "rtsp", "sdp", "imf", "webm_dash_manifest", "sap", "lavfi"})


def open_file(path: Path) -> InputContainer:
    """Open a media file, with or without a video track; the caller closes it.

    Raises:
        VideoError: the file does not exist, cannot be read, is empty, or is not a media file.
    """
    _check_file(path)
    try:
        # An absolute path: "take:2.mp4" would otherwise be read as the address of a protocol called "take".
        options = {"format_whitelist": media_formats(), "protocol_whitelist": "file"}
        file = open_joined_flv(path) or str(path.absolute())
        container = av.open(file, "r", options=options, metadata_errors="replace")
    except PermissionError as error:
        raise VideoError(f"{path} cannot be read: permission denied; change its permissions") from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise VideoError(f"{path} {_why_unreadable(path)}") from error
    if container.format.name == "tty":  # FFmpeg would render a text file as a terminal
        container.close()
        raise VideoError(f"{path} is a text file, not a video; give a video file")
    return container


def _check_file(path: Path) -> None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise VideoError(f"{path}: there is no such file; check the name") from None
    except PermissionError:
        raise VideoError(f"{path} cannot be read: permission denied; change its permissions") from None
    except (OSError, ValueError) as error:
        raise VideoError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if stat.S_ISDIR(found.st_mode):
        raise VideoError(f"{path} is a folder, not a video file; give a file, or a folder of images to open_video")
    if is_special(path):
        raise VideoError(f"{path} is a pipe or a device, but a video is read more than once; save it to a file first")
    if found.st_size == 0:
        raise VideoError(f"{path} is empty (0 bytes); copy or download it again")


@cache
def media_formats(*without: str) -> str:
    """FFmpeg's formats as a whitelist, without those named and without playlists, which make it open other files."""
    return ",".join(sorted(av.formats_available - _LISTS - set(without)))


def _why_unreadable(path: Path) -> str:
    if not is_unicode(path):
        return "has a name that is not valid Unicode; rename it"
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    if start.lstrip().startswith((b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"v=0", b"[playlist]")):
        return "is a list that names other files, not a video; give the video itself"
    return "is not a video that can be read, or the index at its end is missing; check that it plays, or copy it again"
