"""New backgrounds: a colour, a picture, a video, or the blurred source."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from PIL import ImageColor

from ..errors import BrokenVideoError, InputError, VideoError
from ..files import PICTURE_SUFFIXES, open_image, read_image
from ..paths import exists
from ..video import Frame, open_video
from .pixels import band_of, put_pixels, solid, strips, take_pixels, to_uint8, weights
from .results import FrameResult


class Background(Protocol):
    """A new background."""

    def draw(self, frame: Frame, result: FrameResult) -> np.ndarray:
        """The background for `frame`: uint8 (H, W, 3), of the size of the frame; read-only."""


class ColourBackground:
    """One colour everywhere.

    Args:
        rgb: 0 to 255 each.
    """

    def __init__(self, rgb: tuple[int, int, int]):
        self.rgb = np.array(rgb, np.uint8)
        self._filled = np.empty((0, 0, 3), np.uint8)

    def draw(self, frame: Frame, result: FrameResult) -> np.ndarray:
        """The colour, as a picture."""
        if self._filled.shape != frame.image.shape:
            self._filled = np.full(frame.image.shape, self.rgb)
        return self._filled


class ImageBackground:
    """A picture, scaled and cropped around its centre so that it fills the frame.

    Args:
        path: the picture file.

    Raises:
        InputError: it cannot be read.
    """

    def __init__(self, path: Path):
        self.path = path
        try:
            self.image = read_image(path)
        except InputError as error:
            raise InputError(f"the background {error}") from None
        self._fitted: np.ndarray | None = None

    def draw(self, frame: Frame, result: FrameResult) -> np.ndarray:
        """The picture at the frame's size."""
        if self._fitted is None or self._fitted.shape != frame.image.shape:
            self._fitted = cover(self.image, frame.image.shape, float(1 / frame.pixel_aspect))
        return self._fitted


class VideoBackground:
    """A video, played at its own speed and repeated when it ends or breaks off.

    Args:
        path: the video, or a folder of frames.
        max_pixels: largest frame size; larger frames are never decoded.

    Raises:
        VideoError: it cannot be read.
    """

    def __init__(self, path: Path, max_pixels: int | None = None):
        self.path = path
        self._max_pixels = max_pixels
        self._frames = self._play()
        self._next: tuple[float, Frame] | None = next(self._frames)
        self._shown = self._next[1]
        self._fitted: np.ndarray | None = None
        self._start: float | None = None

    def _play(self) -> Iterator[tuple[float, Frame]]:
        """Frames and their times, in an endless loop whose times always increase."""
        yield from self._once(0.0)  # an unreadable video is an error here; later, a break is only the end of a loop
        offset = self._length
        while self._length > 0:
            try:
                yield from self._once(offset)
            except VideoError:
                return
            offset += self._length

    def _once(self, offset: float) -> Iterator[tuple[float, Frame]]:
        first, last, lasts, count = None, 0.0, 0.04, 0
        try:
            for frame in open_video(self.path, max_pixels=self._max_pixels):
                first = frame.time if first is None else first
                now = frame.time - first
                lasts = now - last if now > last else lasts
                if frame.duration is not None:
                    lasts = float(frame.duration * frame.time_base)
                last = now
                count += 1
                yield offset + now, frame
        except BrokenVideoError:
            if count == 0:
                raise VideoError(f"the background {self.path} cannot be decoded; check that it plays") from None
        self._length = last + lasts if count > 1 else 0.0  # a single picture is opened only once

    def draw(self, frame: Frame, result: FrameResult) -> np.ndarray:
        """The frame of the background at the time of `frame`."""
        self._start = frame.time if self._start is None else self._start
        while self._next is not None and self._next[0] <= frame.time - self._start:
            self._shown, self._fitted = self._next[1], None
            self._next = next(self._frames, None)
        if self._fitted is None or self._fitted.shape != frame.image.shape:
            # once for all frames that use it
            shape = frame.image.shape
            self._fitted = cover(self._shown.image, shape, float(self._shown.pixel_aspect / frame.pixel_aspect))
        return self._fitted


class BlurBackground:
    """The source's background, blurred, without the person's colours."""

    def draw(self, frame: Frame, result: FrameResult) -> np.ndarray:
        """The blurred background."""
        height, width = frame.image.shape[:2]
        small, alpha = _shrunk(frame.image, 512), _shrunk(result.alpha, 512)
        # weights exclude the person; a minimum keeps colours behind a large person defined
        weight = np.maximum(1 - alpha, 1e-3)[..., None] ** 2
        total, share = _shrunk(small * weight, 128), _shrunk(weight, 128)
        for _ in range(3):  # three boxes approximate a Gaussian
            total, share = cv2.blur(total, (5, 5)), cv2.blur(share, (5, 5))
        blurred = np.rint(total / share[..., None]).clip(0, 255).astype(np.uint8)
        picture: np.ndarray = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR)
        return picture


def open_background(name: str) -> Background | None:
    """Open the background called `name`: "none", "blur", a colour ("green", "#rrggbb"), a picture, or a video.

    Words and colours take precedence: write a file called `green` as `./green`.

    Returns:
        None for "none", which means transparency.

    Raises:
        InputError: neither a colour nor a readable file.

    Examples:
        >>> open_background("#20c040").rgb.tolist()
        [32, 192, 64]
        >>> open_background("none") is None
        True
    """
    if name.lower() == "none":
        return None
    if name.lower() == "blur":
        return BlurBackground()
    colour = _colour(name)
    if colour is not None:
        return ColourBackground(colour)
    path = Path(name)
    if not exists(path):
        raise InputError(
            f"the background {name!r} is neither a file nor a colour; "
            "give a picture, a video, a colour such as green or #20c040, blur, or none"
        )
    return ImageBackground(path) if _is_picture(path) else VideoBackground(path)


def _is_picture(path: Path) -> bool:
    """Whether a file is a still picture, of any format that Pillow knows: it is then decoded only once."""
    if not path.is_file():
        return False
    try:
        with open_image(path) as image:
            # a phone's JPEG may hold a second picture
            return image.format in ("JPEG", "MPO") or getattr(image, "n_frames", 1) == 1
    except InputError:
        return path.suffix.lower() in PICTURE_SUFFIXES


def _colour(name: str) -> tuple[int, int, int] | None:
    """The colour that a text names, or None."""
    try:
        red, green, blue = ImageColor.getrgb(name)[:3]
    except ValueError:
        return None
    if max(red, green, blue) > 255:
        raise InputError(f"the background {name!r} is not a colour: its parts range from 0 to 255")
    return red, green, blue


def cover(image: np.ndarray, shape: tuple[int, ...], stretch: float = 1.0) -> np.ndarray:
    """A picture scaled and cropped around its centre, so that it fills a frame and circles stay circles.

    Args:
        image: uint8 (h, w, 3).
        shape: of the frame, (H, W, ...).
        stretch: width of the picture's pixels relative to the frame's, if they are not square.

    Returns:
        uint8 (H, W, 3).

    Examples:
        >>> picture = np.uint8([[[0] * 3, [90] * 3, [90] * 3, [255] * 3]]).repeat(2, axis=0)  # 4 wide, 2 high
        >>> cover(picture, (2, 2))[..., 0].tolist()  # the sides are cropped
        [[90, 90], [90, 90]]
    """
    height, width = image.shape[:2]
    scale = max(shape[0] / height, shape[1] / (width * stretch))
    inner = min(height, round(shape[0] / scale)), min(width, round(shape[1] / (scale * stretch)))
    inner = max(1, inner[0]), max(1, inner[1])
    top, left = (height - inner[0]) // 2, (width - inner[1]) // 2
    cropped = image[top : top + inner[0], left : left + inner[1]]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(cropped, (shape[1], shape[0]), interpolation=how)


def composite(foreground: np.ndarray, alpha: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Composite `alpha F + (1 - alpha) B`: exactly B where alpha is 0 and exactly F where it is 1.

    Args:
        foreground: uint8 (H, W, 3), the colours of the person.
        alpha: float32 (H, W) in [0, 1].
        background: uint8 (H, W, 3); not changed.

    Returns:
        uint8 (H, W, 3).

    Examples:
        >>> white, black = np.full((1, 3, 3), 255, np.uint8), np.zeros((1, 3, 3), np.uint8)
        >>> composite(white, np.float32([[0, 0.5, 1]]), black)[..., 0].tolist()
        [[0, 128, 255]]
    """
    picture = np.array(background, order="C")
    for rows in strips(picture):
        matte = to_uint8(alpha[rows])
        band = band_of(matte)
        behind = take_pixels(picture[rows], band)
        cv2.copyTo(foreground[rows], solid(matte), picture[rows])
        if band.size:
            share = weights(alpha[rows].reshape(-1).take(band))
            put_pixels(picture[rows], band, behind + share * (take_pixels(foreground[rows], band) - behind))
    return picture


def as_rgba(foreground: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Foreground and matte as one uint8 (H, W, 4) picture with straight alpha.

    Examples:
        >>> as_rgba(np.full((1, 1, 3), 9, np.uint8), np.float32([[1]])).tolist()
        [[[9, 9, 9, 255]]]
    """
    rgba = cv2.cvtColor(foreground, cv2.COLOR_RGB2RGBA)
    return cv2.insertChannel(to_uint8(alpha), rgba, 3)


def _shrunk(image: np.ndarray, side: int) -> np.ndarray:
    """An (H, W, ...) picture shrunk by an integer factor, so that its long side is close to `side` pixels."""
    cell = max(1, round(max(image.shape[:2]) / side))
    size = -(-image.shape[1] // cell), -(-image.shape[0] // cell)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
