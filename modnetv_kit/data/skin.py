"""Skin detection by colour."""

import cv2
import numpy as np


def skin_mask(rgb: np.ndarray) -> np.ndarray:
    """The pixels with the chroma of skin, light or dark (Chai & Ngan 1999).

    Args:
        rgb: uint8 (H, W, 3).

    Returns:
        bool (H, W).
    """
    _, red, blue = (channel.astype(int) for channel in cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)))
    return (red > 133) & (red < 173) & (blue > 77) & (blue < 127)
