"""Building blocks for full-size pictures: strips, mattes in 8 bits, and the band of fractional alpha."""

from collections.abc import Iterator

import cv2
import numpy as np

from ..video.deep import MOST

STRIP = 1 << 16  # pixels in a strip


def strips(image: np.ndarray) -> Iterator[slice]:
    """Iterate over the rows of an (H, W, ...) picture in strips, from the top.

    Intermediate results of a strip stay in the processor's cache and in memory that the process owns already.
    Allocating whole pictures over and over costs more than the arithmetic on them.

    Examples:
        >>> [(rows.start, rows.stop) for rows in strips(np.zeros((20, 8192, 3), np.uint8))]
        [(0, 8), (8, 16), (16, 20)]
    """
    height, width = image.shape[:2]
    rows = max(1, STRIP // width)
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def to_uint8(alpha: np.ndarray) -> np.ndarray:
    """Convert a matte, float32 (H, W) in [0, 1], to uint8 (H, W), rounded.

    Examples:
        >>> to_uint8(np.float32([[0, 0.5, 1]])).tolist()
        [[0, 128, 255]]
    """
    return cv2.convertScaleAbs(np.ascontiguousarray(alpha, np.float32), alpha=255)


def band_of(matte: np.ndarray) -> np.ndarray:
    """The indices of pixels, in row order, where a matte is neither 0 nor 1: int64 (N,).

    An alpha that 8 bits cannot tell from 0 or 1 counts as 0 or 1; the picture would not change by one grey level.

    Args:
        matte: from `to_uint8`.

    Examples:
        >>> band_of(np.uint8([[0, 1, 128], [254, 255, 255]])).tolist()
        [1, 2, 3]
    """
    return np.flatnonzero((matte - np.uint8(1)) < 254)  # 0 wraps around to 255


def solid(matte: np.ndarray) -> np.ndarray:
    """The pixels where a matte is 1, as a mask for OpenCV: uint8 (H, W), 0 or 255.

    Examples:
        >>> solid(np.uint8([[0, 254, 255]])).tolist()
        [[0, 0, 255]]
    """
    return cv2.threshold(matte, 254, 255, cv2.THRESH_BINARY)[1]


def take_pixels(image: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Pixels of a uint8 (H, W, 3) picture by their indices in row order (N,), as float32 (N, 3) in [0, 255].

    Examples:
        >>> take_pixels(np.full((2, 2, 3), 7, np.uint8), np.array([3])).tolist()
        [[7.0, 7.0, 7.0]]
    """
    return image.reshape(-1, 3).take(where, 0).astype(np.float32)


def weights(shares: np.ndarray) -> np.ndarray:
    """Repeat one weight per pixel, (N,), to (N, 3), which NumPy multiplies many times faster than (N, 1).

    Examples:
        >>> weights(np.array([0.5])).tolist()
        [[0.5, 0.5, 0.5]]
    """
    return np.repeat(shares.reshape(-1, 1), 3, 1)


def most_of(image: np.ndarray) -> int:
    """The largest level of a picture: 255, or 1023 for the 10 bits in uint16.

    Examples:
        >>> most_of(np.zeros((2, 2), np.uint8)), most_of(np.zeros((2, 2), np.uint16))
        (255, 1023)
    """
    return 255 if image.dtype == np.uint8 else MOST


def put_pixels(image: np.ndarray, where: np.ndarray, colours: np.ndarray) -> None:
    """Write float32 (N, 3) colours, rounded and clipped, into a contiguous (H, W, 3) picture, uint8 or uint16.

    Examples:
        >>> picture = np.zeros((1, 2, 3), np.uint8)
        >>> put_pixels(picture, np.array([1]), np.float32([[9.6, 300, -5]]))
        >>> picture.tolist()
        [[[0, 0, 0], [10, 255, 0]]]
    """
    if image.dtype == np.uint8:
        rounded = cv2.convertScaleAbs(np.maximum(colours, 0)).reshape(-1, 3)
    else:
        rounded = np.rint(colours).clip(0, most_of(image)).astype(image.dtype)
    pixel = np.dtype(f"V{3 * image.itemsize}")  # the bytes of a pixel at once
    np.put(image.reshape(-1, 3).view(pixel)[:, 0], where, rounded.view(pixel)[:, 0])
