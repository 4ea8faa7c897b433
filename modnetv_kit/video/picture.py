"""Converting decoded frames to upright RGB arrays with correct colours."""

from fractions import Fraction
from typing import Any, NamedTuple, cast

import av
import cv2
import numpy as np
from av.filter import Graph
from av.sidedata.sidedata import SideData
from av.video.reformatter import ColorRange, Colorspace, Interpolation

# Full chroma in the conversion from YUV to RGB and accurate rounding keep flat colours within 1/255; without them the
# error reaches 4/255. An int, since some supported versions of PyAV cannot combine these flags by name.
ACCURATE = int(Interpolation.BILINEAR) | int(Interpolation.ACCURATE_RND) | int(Interpolation.FULL_CHR_H_INT)

# Matrix coefficients that frames are tagged with (H.273) -> their names in swscale.
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}


_YCGCO = 8
_UNSPECIFIED = (0, 2, 3)  # RGB, unspecified, reserved
_EXIF = 31  # AV_FRAME_DATA_EXIF, which the sidedata filter has no name for


def is_readable(frame: av.VideoFrame) -> bool:
    """Whether the colour system of a frame is supported."""
    return frame.format.is_rgb or frame.colorspace in (*_MATRICES, *_UNSPECIFIED, _YCGCO)


def is_tagged(frame: av.VideoFrame) -> bool:
    """Whether a frame is tagged with its YUV matrix."""
    return frame.colorspace in _MATRICES or frame.colorspace == _YCGCO


def matrix_of(frame: av.VideoFrame) -> Colorspace:
    """The YUV matrix of a frame.

    A tag decides. Untagged frames in high definition (a long side of at least 1280 or a short side of at least 720
    pixels) are taken as BT.709 and smaller ones as BT.601, as players do.
    """
    if frame.colorspace in _MATRICES:
        return _MATRICES[frame.colorspace]
    high_definition = max(frame.width, frame.height) >= 1280 or min(frame.width, frame.height) >= 720
    return Colorspace.ITU709 if high_definition else Colorspace.ITU601


class Turn(NamedTuple):
    """The rotation and mirroring from stored to upright pixels, as signs: x' = a x + c y, y' = b x + d y."""

    a: int
    b: int
    c: int
    d: int

    @property
    def rotation(self) -> int:
        """Degrees, counterclockwise: 0, 90, 180 or 270."""
        return {(1, 0): 0, (0, -1): 90, (-1, 0): 180, (0, 1): 270}[self.a, self.b]

    def apply(self, image: np.ndarray) -> np.ndarray:
        """Rotate and mirror an (H, W, ...) array; the result is C-contiguous."""
        if self.a == 0:
            image = image.swapaxes(0, 1)
        flip_x, flip_y = self.a + self.c < 0, self.b + self.d < 0
        return np.ascontiguousarray(image[:: -1 if flip_y else 1, :: -1 if flip_x else 1])


UPRIGHT = Turn(1, 0, 0, 1)


def turn_of(frame: av.VideoFrame) -> Turn:
    """The rotation and mirroring of a stream's frames, given its first frame.

    Call it once per stream: reading side data puts a frame into a reference cycle, which holds its memory until the
    garbage collector runs.
    """
    try:
        matrix = cast(SideData | None, frame.side_data.get("DISPLAYMATRIX"))
    except ValueError:  # PyAV 18 does not know EXIF side data
        matrix = cast(SideData | None, _without_exif(frame).side_data.get("DISPLAYMATRIX"))
    if matrix is None:
        return UPRIGHT
    a, b, _, c, d = np.sign(np.frombuffer(bytes(matrix)[:20], np.int32)).tolist()
    # Rotations other than multiples of 90 degrees are ignored.
    quarter = (abs(a), abs(b), abs(c), abs(d)) in ((1, 0, 0, 1), (0, 1, 1, 0))
    return Turn(a, b, c, d) if quarter else UPRIGHT


def _without_exif(frame: av.VideoFrame) -> av.VideoFrame:
    """The same frame without its EXIF side data."""
    graph = Graph()
    graph.link_nodes(
        graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1)
        ),
        graph.add("sidedata", f"mode=delete:type={_EXIF}"),
        graph.add("buffersink"),
    ).configure()
    graph.push(frame)
    bare = graph.pull()
    assert isinstance(bare, av.VideoFrame)
    return bare


def to_array(frame: av.VideoFrame, width: int, height: int, turn: Turn, pixel_format: str = "rgb24") -> np.ndarray:
    """Convert a decoded frame of any depth and layout to 8 bits, and turn it upright.

    Args:
        frame: as decoded.
        width: of the stored frame; frames of another size, in streams that change it, are scaled.
        height: of the stored frame.
        turn: rotation and mirroring from the stored to the upright frame.
        pixel_format: `rgb24` or `rgba`.

    Returns:
        uint8, (H, W, 3) or (H, W, 4).
    """
    if frame.colorspace == _YCGCO and not frame.format.is_rgb:
        return turn.apply(_from_ycgco(frame, width, height, alpha=pixel_format == "rgba"))
    # swscale converts to planar RGB in half the time of packed RGB, with identical values
    planar = pixel_format == "rgb24"
    converted = frame.reformat(
        width=width,
        height=height,
        format="gbrp" if planar else pixel_format,
        src_colorspace=None if frame.format.is_rgb else matrix_of(frame),
        interpolation=ACCURATE,
    )
    return turn.apply(_merge(converted) if planar else converted.to_ndarray())


def _from_ycgco(frame: av.VideoFrame, width: int, height: int, alpha: bool) -> np.ndarray:
    """Convert from YCgCo, which swscale does not support: R = Y - Cg + Co, G = Y + Cg, B = Y - Cg - Co (H.273)."""
    levels = frame.reformat(width=width, height=height, format="yuv444p", interpolation=ACCURATE).to_ndarray()
    y, cg, co = levels.astype(np.float32)
    if int(frame.color_range) == int(ColorRange.JPEG):
        cg, co = cg - 128, co - 128
    else:
        y, cg, co = (y - 16) * (255 / 219), (cg - 128) * (255 / 224), (co - 128) * (255 / 224)
    rgb = np.stack([y - cg + co, y + cg, y - cg - co], 2)
    if alpha:
        opaque = frame.reformat(width=width, height=height, format="rgba").to_ndarray()[..., 3:]
        rgb = np.concatenate([rgb, opaque], 2)
    picture: np.ndarray = np.rint(rgb).clip(0, 255).astype(np.uint8)
    return picture


def _merge(frame: av.VideoFrame) -> np.ndarray:
    """A frame in planar GBR as uint8 (H, W, 3) RGB."""
    green, blue, red = (
        np.frombuffer(cast(Any, plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in frame.planes
    )
    return cv2.merge([red, green, blue])
