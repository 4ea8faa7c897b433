"""Pictures of 256 colours, for GIF."""

from typing import Any, cast

import av
import numpy as np
from PIL import Image

_CLEAR = 255  # the palette's last entry, where a picture is transparent


def palette_frame(image: np.ndarray) -> av.VideoFrame:
    """A picture with a palette of its own; what is more than half transparent becomes wholly so, all else opaque.

    Args:
        image: uint8, (H, W, 3) RGB or (H, W, 4) RGBA.
    """
    reduced = Image.fromarray(np.ascontiguousarray(image[..., :3])).quantize(_CLEAR)
    colours = np.array(reduced.getpalette("RGB"), np.uint8).reshape(-1, 3)
    palette = np.zeros((256, 4), np.uint8)  # alpha, red, green, blue
    palette[: len(colours), 1:] = colours
    palette[:_CLEAR, 0] = 255  # the encoder takes the first entry that is not opaque for the transparent one
    indices = np.array(reduced)
    if image.shape[2] == 4:
        indices[image[..., 3] < 128] = _CLEAR
    return av.VideoFrame.from_ndarray(cast(Any, (indices, palette)), format="pal8")
