"""New backgrounds: a colour, a picture, a video, or the blurred source."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageColor, ImageOps

from ..data.pictures import SUFFIXES
from ..errors import InputError
from ..models.blocks import resize_like
from ..video import Frame, open_video
from .session import FrameResult


class Background(Protocol):
    """What goes behind the person."""

    def draw(self, frame: Frame, result: FrameResult) -> np.ndarray:
        """The background for `frame`: uint8 (H, W, 3), of the frame's size."""


class ColourBackground:
    """One colour everywhere.

    Args:
        rgb: 0 to 255 each.
    """

    def __init__(self, rgb: tuple[int, int, int]):
        self.rgb = np.array(rgb, np.uint8)

    def draw(self, frame: Frame, result: FrameResult) -> np.ndarray:
        """The colour, as a picture."""
        return np.broadcast_to(self.rgb, frame.image.shape)


class ImageBackground:
    """A picture, scaled and cropped around its centre so that it fills the frame.

    Args:
        path: of the picture.

    Raises:
        InputError: it cannot be read.
    """

    def __init__(self, path: Path):
        try:
            with Image.open(path) as image:
                self.image = ImageOps.exif_transpose(image).convert("RGB")
        except (OSError, SyntaxError, Image.DecompressionBombError) as error:
            raise InputError(f"the background {path} cannot be read as a picture: {error}") from None
        self._fitted: np.ndarray | None = None

    def draw(self, frame: Frame, result: FrameResult) -> np.ndarray:
        """The picture at the frame's size."""
        if self._fitted is None or self._fitted.shape != frame.image.shape:
            self._fitted = cover(self.image, frame.image.shape)
        return self._fitted


class VideoBackground:
    """A video in its own time, from its beginning again when it ends.

    Args:
        path: of the video, or a folder of frames.

    Raises:
        VideoError: it cannot be read.
    """

    def __init__(self, path: Path):
        self.path = path
        self._frames = self._play()
        self._shown = self._next = next(self._frames)
        self._start: float | None = None

    def _play(self) -> Iterator[tuple[float, np.ndarray]]:
        """Frames and the times at which they appear, in an endless loop that never goes back in time."""
        offset = 0.0
        while True:
            first, last, step = None, 0.0, 0.04
            for frame in open_video(self.path):
                first = frame.time if first is None else first
                now = frame.time - first
                step = now - last if now > last else step
                last = now
                yield offset + now, frame.image
            offset += last + step

    def draw(self, frame: Frame, result: FrameResult) -> np.ndarray:
        """The background's frame at the source's time."""
        self._start = frame.time if self._start is None else self._start
        while self._next[0] <= frame.time - self._start:
            self._shown = self._next
            self._next = next(self._frames)
        return cover(Image.fromarray(self._shown[1]), frame.image.shape)


class BlurBackground:
    """The source's own background out of focus, without the person's colours smeared into it."""

    def draw(self, frame: Frame, result: FrameResult) -> np.ndarray:
        """The blurred background."""
        image = torch.from_numpy(frame.image).permute(2, 0, 1)[None].float() / 255
        # weights keep the person out, and a floor keeps the deep inside of a person defined
        weight = (1 - torch.from_numpy(result.alpha)[None, None]).clamp_min(1e-3) ** 2
        cell = max(1, round(max(frame.image.shape[:2]) / 128))
        small = F.avg_pool2d(torch.cat([image * weight, weight], 1), cell, ceil_mode=True, count_include_pad=False)
        for _ in range(3):  # three boxes make a near Gaussian
            small = F.avg_pool2d(small, 5, 1, 2, count_include_pad=False)
        blurred = resize_like(small[:, :3] / small[:, 3:].clamp_min(1e-6), image)
        return (blurred[0].permute(1, 2, 0) * 255).round().clamp(0, 255).to(torch.uint8).numpy()


def open_background(name: str) -> Background | None:
    """What `--background` names: "none", "blur", a colour ("green", "#rrggbb"), a picture, or a video.

    Returns:
        None for "none", which asks for transparency.

    Raises:
        InputError: neither a colour nor a file that can be read.
    """
    path = Path(name)
    if path.exists():
        is_picture = path.is_file() and path.suffix.lower() in SUFFIXES
        return ImageBackground(path) if is_picture else VideoBackground(path)
    if name == "none":
        return None
    if name == "blur":
        return BlurBackground()
    try:
        red, green, blue = ImageColor.getrgb(name)[:3]
    except ValueError:
        raise InputError(
            f"the background {name!r} is neither a file nor a colour; "
            "give a picture, a video, a colour such as green or #20c040, blur, or none"
        ) from None
    return ColourBackground((red, green, blue))


def cover(image: Image.Image, shape: tuple[int, ...]) -> np.ndarray:
    """`image` scaled and cropped around its centre to `shape` = (H, W, ...), uint8 (H, W, 3)."""
    return np.asarray(ImageOps.fit(image, (shape[1], shape[0]), Image.Resampling.BILINEAR))


def composite(foreground: np.ndarray, alpha: np.ndarray, background: np.ndarray) -> np.ndarray:
    """`alpha F + (1 - alpha) B`.

    Args:
        foreground: uint8 (H, W, 3), the person's own colours.
        alpha: float32 (H, W) in [0, 1].
        background: uint8 (H, W, 3).

    Returns:
        uint8 (H, W, 3).
    """
    a = alpha[..., None]
    behind = background.astype(np.float32)
    return np.rint(behind + a * (foreground - behind)).astype(np.uint8)


def as_rgba(foreground: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Foreground and matte as one uint8 (H, W, 4) picture with straight alpha."""
    return np.dstack([foreground, np.rint(alpha * 255).astype(np.uint8)])
