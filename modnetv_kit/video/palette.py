"""Frames of 256 colours, for GIF."""

from typing import Any, cast

import av
import numpy as np
from PIL import Image

_TRANSPARENT = 255  # the last entry of the palette


def palette_frame(image: np.ndarray) -> av.VideoFrame:
    """A frame with its own palette. Alpha below 128 becomes fully transparent, all other pixels opaque.

    Args:
        image: uint8, (H, W, 3) RGB or (H, W, 4) RGBA.
    """
    reduced = Image.fromarray(np.ascontiguousarray(image[..., :3])).quantize(_TRANSPARENT)
    colours = np.array(reduced.getpalette("RGB"), np.uint8).reshape(-1, 3)
    palette = np.zeros((256, 4), np.uint8)  # alpha, red, green, blue
    palette[: len(colours), 1:] = colours
    palette[:_TRANSPARENT, 0] = 255  # the encoder uses the first entry that is not opaque as the transparent one
    indices = np.array(reduced)
    if image.shape[2] == 4:
        indices[image[..., 3] < 128] = _TRANSPARENT
    return av.VideoFrame.from_ndarray(cast(Any, (indices, palette)), format="pal8")
