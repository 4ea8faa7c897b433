"""High dynamic range as it is stored: Y'CbCr of 10 bits with the tags of its colour system."""

from typing import Any, Literal, NamedTuple

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from .picture import ACCURATE, Turn, matrix_of

Hdr = Literal["tone-map", "keep"]
MOST = 1023
BLACK = (64, 512, 512)
_BT2020 = 9  # H.273's number of the matrix


class ColourTags(NamedTuple):
    """A colour system, in the numbers of H.273."""

    primaries: int
    transfer: int
    matrix: int

    @classmethod
    def of(cls, frame: av.VideoFrame) -> "ColourTags":
        """The tags of a decoded frame; RGB is stored with the matrix of BT.2020."""
        matrix = _BT2020 if frame.format.is_rgb else int(frame.colorspace)
        return cls(int(frame.color_primaries), int(frame.color_trc), matrix)


def to_deep(frame: av.VideoFrame, width: int, height: int, turn: Turn) -> np.ndarray:
    """A decoded frame, upright, in 10 bits; its levels are not changed.

    Args:
        frame: as decoded.
        width: of the stored frame; a frame of another size is scaled to it.
        height: of the stored frame.
        turn: from the stored to the upright frame.

    Returns:
        uint16 (H, W, 3), Y'CbCr in [0, 1023], Y' from 64 (black) to 940 and Cb, Cr from 64 to 960.
    """
    matrix = Colorspace.BT2020 if frame.format.is_rgb else matrix_of(frame)
    planar = frame.reformat(
        width=width,
        height=height,
        format="yuv444p10le",
        src_colorspace=None if frame.format.is_rgb else matrix,
        dst_colorspace=matrix,
        dst_color_range=ColorRange.MPEG,
        interpolation=ACCURATE,
    )
    return turn.apply(cv2.merge([np.ascontiguousarray(_words(plane)[:, :width]) for plane in planar.planes]))


def from_deep(image: np.ndarray, pixel_format: str, colour: ColourTags) -> av.VideoFrame:
    """A frame for an encoder.

    Args:
        image: as `to_deep` returns it; or with alpha in [0, 1023] as a fourth channel.
        pixel_format: of the encoder.
        colour: the system that it is in.
    """
    height, width, channels = image.shape
    frame = av.VideoFrame(width, height, "yuva444p10le" if channels == 4 else "yuv444p10le")
    for number, plane in enumerate(frame.planes):
        _words(plane)[:, :width] = image[..., number]
    if frame.format.name != pixel_format:
        frame = frame.reformat(format=pixel_format, interpolation=ACCURATE)
    frame.color_primaries, frame.color_trc, frame.colorspace = colour
    frame.color_range = ColorRange.MPEG
    return frame


def _words(plane: Any) -> np.ndarray:
    """The 16-bit words of a plane, padding included: writing to them changes the plane."""
    return np.frombuffer(plane, np.uint16).reshape(plane.height, plane.line_size // 2)
