"""Foreground colours without a halo of the old background.

Where alpha is fractional, the frame is a mix, `I = alpha F + (1 - alpha) B`. Composited unchanged, it shows the old
background as a halo. F is solved with the restored background where it is known, and estimated by blurring elsewhere.
"""

import cv2
import numpy as np

from ..video.deep import BLACK
from .clean_plate import CleanPlate
from .pixels import band_of, most_of, put_pixels, solid, strips, take_pixels, to_uint8, weights

LAMBDA = 0.02  # regularises the division by alpha, which amplifies noise where alpha is small
FAINT = 0.01  # weight below which the surroundings of a pixel hardly determine its colour
SMALL = 320  # long side in pixels at which averages are computed


def estimate_foreground(frame: np.ndarray, alpha: np.ndarray, plate: CleanPlate | None = None) -> np.ndarray:
    """Estimate F for every pixel.

    A first guess F0 (and B0, where the plate is not trusted) is the average of the surroundings weighted by alpha (by
    1 - alpha), as in blur fusion (Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021). It is corrected
    by the residual,

        F = F0 + g (I - alpha F0 - (1 - alpha) B),

    with g = alpha for a guessed B, and g = alpha / (alpha^2 + lambda (1 - alpha)) for a known one. With lambda = 0 this
    is F = (I - (1 - alpha) B) / alpha exactly; lambda = 0.02 keeps small alphas from amplifying noise. Where alpha is
    1, F = I. Where alpha is 0, F = F0, which suits players and editors that interpolate colours.

    Args:
        frame: RGB, uint8 (H, W, 3); or Y'CbCr in 10 bits, uint16 (H, W, 3), without a plate.
        alpha: float32 (H, W) in [0, 1].
        plate: the restored background, if there is one.

    Returns:
        (H, W, 3), like the frame.

    Examples:
        >>> frame = np.full((32, 32, 3), 90, np.uint8)
        >>> estimate_foreground(frame, np.ones((32, 32), np.float32))[0, 0].tolist()
        [90, 90, 90]
    """
    size = frame.shape[1::-1]
    F0, B0 = (cv2.resize(x, size, interpolation=cv2.INTER_LINEAR) for x in _guess(frame, alpha))
    for rows in strips(frame):
        matte = to_uint8(alpha[rows])
        cv2.copyTo(frame[rows], solid(matte), F0[rows])
        band = band_of(matte)
        if not band.size:
            continue
        a = gain = alpha[rows].reshape(-1).take(band)
        if plate is not None:
            trusted = plate.trusted[rows]
            cv2.copyTo(plate.image[rows], trusted.view(np.uint8), B0[rows])
            gain = np.where(trusted.reshape(-1).take(band), a / (a * a + LAMBDA * (1 - a)), a)
        f, b = take_pixels(F0[rows], band), take_pixels(B0[rows], band)
        # a f + (1 - a) b is the frame that the guess predicts
        put_pixels(F0[rows], band, f + weights(gain) * (take_pixels(frame[rows], band) - b - weights(a) * (f - b)))
    return F0


def _guess(frame: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F0 and B0, (h, w, 3), of the frame's type. They are smooth, so a fraction of the size is enough."""
    shrink = max(2, round(max(alpha.shape) / SMALL))
    size = -(-frame.shape[1] // shrink), -(-frame.shape[0] // shrink)
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    a = cv2.merge([cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)] * 3)  # NumPy is slow with one weight a pixel
    # A wide average first, for thick hair, then a narrow one that starts from it. Pixels far from any person get the
    # colour of the wide average, or the mean of all: black would show where players and editors mix neighbours.
    black = np.array((0, 0, 0) if frame.dtype == np.uint8 else BLACK, np.float32)  # Y'CbCr of 0 is a strong green
    F0, B0 = _mean(small, a, black), _mean(small, 1 - a, black)
    F0, B0 = _surroundings(small, a, F0, cell=4, window=7), _surroundings(small, 1 - a, B0, cell=4, window=7)
    guess, most = F0 + a * (small - B0 - a * (F0 - B0)), most_of(frame)
    F0, B0 = _surroundings(guess.clip(0, most), a, F0), _surroundings(B0, 1 - a, B0)
    return F0.round().clip(0, most).astype(frame.dtype), B0.round().clip(0, most).astype(frame.dtype)


def _mean(colour: np.ndarray, weight: np.ndarray, black: np.ndarray) -> np.ndarray:
    """The weighted mean colour of a picture, both (h, w, 3): (1, 1, 3); black if all weights are 0."""
    total, share = (np.array(cv2.mean(x)[:3], np.float32) for x in (colour * weight, weight))
    known = np.maximum(share, 1e-6)
    mean: np.ndarray = (total + (known - share) * black) / known
    return mean.reshape(1, 1, 3)


def _surroundings(
    colour: np.ndarray, weight: np.ndarray, otherwise: np.ndarray, cell: int = 1, window: int = 3
) -> np.ndarray:
    """The weighted average around each pixel.

    It is computed over `window` x `window` cells of `cell` x `cell` pixels and resized to the picture.

    Args:
        colour: float32 (h, w, 3).
        weight: float32 (h, w, 3), three equal values a pixel.
        otherwise: the result where the weight is close to 0, (h, w, 3) or, with cells, (1, 1, 3).
        cell: side of a cell in pixels; smaller in small pictures.
        window: side of the window in cells.
    """
    height, width = weight.shape[:2]
    cell = max(1, min(cell, height // 8, width // 8))
    total, share = colour * weight, weight
    if cell > 1:
        cells = -(-width // cell), -(-height // cell)
        total, share = (cv2.resize(x, cells, interpolation=cv2.INTER_AREA) for x in (total, share))
    total, share = (cv2.blur(x, (window, window)) for x in (total, share))
    average = (total + FAINT * otherwise) / (share + FAINT)
    return cv2.resize(average, (width, height), interpolation=cv2.INTER_LINEAR) if cell > 1 else average
