"""What work on full-size pictures is built from: strips, mattes in 8 bits, and the band that needs arithmetic."""

from collections.abc import Iterator

import cv2
import numpy as np

STRIP = 1 << 16  # pixels of a strip


def strips(image: np.ndarray) -> Iterator[slice]:
    """The rows of an (H, W, ...) picture in strips, from the top.

    What is computed on the way then stays in the processor's cache, and in memory that the process has already: asking
    the system for whole pictures over and over costs more than the arithmetic on them.
    """
    height, width = image.shape[:2]
    rows = max(1, STRIP // width)
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def to_uint8(alpha: np.ndarray) -> np.ndarray:
    """A matte as a picture: float32 (H, W) in [0, 1] -> uint8 (H, W), rounded."""
    return cv2.convertScaleAbs(np.ascontiguousarray(alpha, np.float32), alpha=255)


def band_of(matte: np.ndarray) -> np.ndarray:
    """Where a matte is neither empty nor solid: indices into its pixels in row order, int64 (N,).

    An alpha that 8 bits cannot tell from 0 or 1 counts as such: the picture would not change by one grey level.

    Args:
        matte: from `to_uint8`.
    """
    return np.flatnonzero((matte - np.uint8(1)) < 254)  # 0 wraps around to 255


def solid(matte: np.ndarray) -> np.ndarray:
    """Where a matte is 1, as a mask for OpenCV: uint8 (H, W), 0 or 255."""
    return cv2.threshold(matte, 254, 255, cv2.THRESH_BINARY)[1]


def take_pixels(image: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Some pixels of a uint8 (H, W, 3) picture, by their index in row order (N,), as float32 (N, 3) in [0, 255]."""
    return image.reshape(-1, 3).take(where, 0).astype(np.float32)


def weights(shares: np.ndarray) -> np.ndarray:
    """One weight a pixel, (N,), as three equal ones, (N, 3): NumPy multiplies those many times faster than (N, 1)."""
    return np.repeat(shares.reshape(-1, 1), 3, 1)


def put_pixels(image: np.ndarray, where: np.ndarray, colours: np.ndarray) -> None:
    """Write float32 (N, 3) colours, rounded and held within [0, 255], into a contiguous uint8 (H, W, 3) picture."""
    rounded = cv2.convertScaleAbs(np.maximum(colours, 0)).reshape(-1, 3)
    pixel = np.dtype("V3")  # three bytes at once
    np.put(image.reshape(-1, 3).view(pixel)[:, 0], where, rounded.view(pixel)[:, 0])
