"""Validation of uploads before any work begins: only media files within the limits."""

import re
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from ..errors import InputError, VideoError
from ..files import open_image, read_image
from ..inference.composite import Background, BlurBackground, ColourBackground, ImageBackground, VideoBackground
from ..video import probe
from ..video.source import picture_of, timestamps
from ..video.webp import is_animated_webp
from .limits import Limits
from .messages import without_folders
from .times import parse_part

# Containers that hold their own media. Others list further files or addresses (HLS, DASH, concat), which an upload
# must not make the server open.
CONTAINERS = "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,gif,h264,hevc,ivf,mxf"
PICTURES = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
KINDS = ("transparent", "colour", "blur", "picture", "video")


@dataclass(frozen=True)
class UploadedClip:
    """The selected part of an uploaded video.

    Attributes:
        path: the video.
        width, height: of a frame in pixels.
        rate: average frames per second.
        frames: counted number of frames in the part.
        seconds: length of the part.
        has_audio: whether there is an audio track.
        start, end: of the part in seconds, None for the video's own.
    """

    path: Path
    width: int
    height: int
    rate: float
    frames: int
    seconds: float
    has_audio: bool
    start: float | None
    end: float | None


def validate_upload(
    path: Path, limits: Limits, start: str | float | None = None, end: str | float | None = None
) -> UploadedClip:
    """Check and describe an uploaded video; reads its packets, since headers are unreliable.

    Args:
        path: the upload.
        limits: of the app.
        start, end: of the part to process, see `times.parse_time`; None for the whole video.

    Raises:
        InputError: it is not a video, or exceeds a limit; the message names the file without its folder.
    """
    check_video(path, limits)
    first, last = parse_part(start, end)
    try:
        info = probe(path, limits.pixels)
    except VideoError as error:
        raise InputError(without_folders(error)) from None
    times = np.array(timestamps(path)[0], np.float64) * float(info.time_base)
    times -= times[0] if len(times) else 0.0
    total = float(times[-1]) + 1 / float(info.rate) if len(times) else 0.0
    chosen = times[(times >= (first or 0.0) - 1e-6) & (times < (last or np.inf))]
    if not len(chosen):
        raise InputError(f"{path.name} has no frame between the given start and end; it lasts {total:.1f} s")
    seconds = min(total, last or total) - (first or 0.0)
    if seconds > limits.seconds + 1 / float(info.rate) or len(chosen) > limits.frames:
        raise InputError(
            f"{path.name}: {seconds:.0f} s with {len(chosen)} frames are too long; at most {limits.seconds:g} s and "
            f"{limits.frames} frames are allowed at a time: choose a start and an end"
        )
    return UploadedClip(
        path, info.width, info.height, float(info.rate), len(chosen), seconds, info.has_audio, first, last
    )


def plays_in_browsers(path: Path) -> bool:
    """Whether browsers can play a video, judged by its codec and pixel format."""
    with av.open(str(path.absolute())) as container:
        stream = picture_of(container)
        if stream is None or stream.codec_context is None:
            return False
        context = stream.codec_context
        supported = context.name != "h264" or context.pix_fmt in ("yuv420p", "yuvj420p", None)
        return context.name in ("h264", "vp8", "vp9", "av1", "libdav1d", "libvpx-vp9") and supported


def check_video(path: Path, limits: Limits) -> None:
    """Raise InputError unless a file is small enough and a media container."""
    _check_size(path, limits)
    if is_animated_webp(path):
        return
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
    try:
        av.open(str(path.absolute()), options=options, metadata_errors="replace").close()
    except (av.error.FFmpegError, OSError):
        raise InputError(f"{path.name} is not a video that can be read; check that it plays") from None


def open_picture(path: Path, limits: Limits) -> np.ndarray:
    """Read an uploaded picture, upright, as uint8 (H, W, 3); transparency is ignored.

    Raises:
        InputError: it is not a picture, or exceeds a limit.
    """
    check_picture(path, limits)
    try:
        return read_image(path, formats=PICTURES)
    except InputError:
        raise InputError(f"{path.name} is damaged; check that it opens elsewhere") from None


def check_picture(path: Path, limits: Limits) -> None:
    """Raise InputError unless a file is a picture within the limits; its pixels are not decoded."""
    _check_size(path, limits)
    try:
        with open_image(path, formats=PICTURES) as image:
            width, height = image.size
    except InputError:
        raise InputError(f"{path.name} is not a picture that can be read; give a JPEG, PNG or WebP") from None
    if width * height > limits.picture_pixels:
        raise InputError(
            f"{path.name} has {width} x {height} pixels; at most {limits.picture_pixels / 1e6:.0f} megapixels are "
            "allowed here: scale it down first"
        )


def choose_background(kind: str, colour: str | None, file: Path | None, limits: Limits) -> Background | None:
    """The new background; None for transparency.

    Only `file` is ever opened, never a name or address from the user.

    Args:
        kind: one of `KINDS`.
        colour: for "colour": "#rrggbb", or "rgb(...)" or "rgba(...)" from a colour picker.
        file: for "picture" and "video".

    Raises:
        InputError: something is missing or cannot be used.
    """
    if kind == "transparent":
        return None
    if kind == "blur":
        return BlurBackground()
    if kind == "colour":
        return ColourBackground(parse_colour(colour or ""))
    if kind not in KINDS:
        raise InputError(f"there is no background called {kind!r}; choose one of {', '.join(KINDS)}")
    if file is None:
        raise InputError(f"choose a {kind} to put behind the person")
    if kind == "picture":
        check_picture(file, limits)
        return ImageBackground(file)
    check_video(file, limits)
    try:
        return VideoBackground(file, limits.pixels)
    except VideoError as error:
        raise InputError(without_folders(error)) from None


def parse_colour(text: str) -> tuple[int, int, int]:
    """Parse "#rrggbb", "rgb(r, g, b)" or "rgba(r, g, b, a)" into three values from 0 to 255; decimals are rounded.

    Raises:
        InputError: it is none of these.
    """
    text = text.strip().lower()
    digits = re.fullmatch(r"#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", text)
    numbers = re.fullmatch(r"rgba?\(\s*([\d.]+)[,\s]+([\d.]+)[,\s]+([\d.]+)(?:[,\s/]+[\d.]+%?)?\s*\)", text)
    try:
        if digits:
            red, green, blue = (int(value, 16) for value in digits.groups())
        elif numbers:
            red, green, blue = (min(255, round(float(value))) for value in numbers.groups())
        else:
            raise ValueError
    except ValueError:
        raise InputError(f"{text[:40]!r} is not a colour; give one like #20c040") from None
    return red, green, blue


def _check_size(path: Path, limits: Limits) -> None:
    try:
        size = path.stat().st_size / 1e6
    except FileNotFoundError:
        raise InputError(f"{path.name} is no longer kept on the server; choose it again") from None
    if size > limits.megabytes:
        raise InputError(f"{path.name} has {size:.0f} MB; at most {limits.megabytes} MB are allowed here")
