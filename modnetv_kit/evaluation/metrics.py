"""Matting metrics of single frames, as RVM's low-resolution evaluation defines them (arXiv 2108.11515, section 5.1).

RVM's evaluation reads mattes from 8-bit pictures. Here they stay float, as returned by the network.
"""

from functools import cache

import cv2
import numpy as np

SIGMA = 1.4  # sigma of Grad's Gaussian
LEVELS = 10  # thresholds of Conn, 0.1 apart
TOLERANCE = 0.15  # Conn ignores smaller distances from the connected level
PERFECT = 1e-10  # squared errors below this give a PSNR of 100 dB


def mad(predicted: np.ndarray, true: np.ndarray) -> float:
    """Mean absolute difference x 1e3 of two mattes, float (H, W) in [0, 1].

    Examples:
        >>> mad(np.array([[0.0, 0.5]]), np.array([[0.0, 1.0]]))
        250.0
    """
    return float(np.abs(predicted - true).mean(dtype=np.float64) * 1e3)


def mse(predicted: np.ndarray, true: np.ndarray) -> float:
    """Mean squared error x 1e3 of two mattes, float (H, W) in [0, 1].

    Examples:
        >>> mse(np.array([[0.0, 0.5]]), np.array([[0.0, 1.0]]))
        125.0
    """
    return float(np.square(predicted - true).mean(dtype=np.float64) * 1e3)


def grad(predicted: np.ndarray, true: np.ndarray) -> float:
    """Gradient error / 1e3, a comparison of the edges of two mattes.

    It is the sum over pixels of the squared difference of gradient magnitudes. Each matte is first stretched to
    [0, 1]; a constant one becomes 0. Gradients are convolutions with the derivatives of a Gaussian, sigma 1.4.

    Args:
        predicted: float32 (H, W) in [0, 1].
        true: float32 (H, W) in [0, 1].

    Examples:
        >>> step = np.repeat(np.float32([[0, 0, 0, 0, 1, 1, 1, 1]]), 8, axis=0)
        >>> grad(step, step)
        0.0
        >>> grad(np.zeros_like(step), step) > 0
        True
    """
    difference = _gradient_magnitude(predicted) - _gradient_magnitude(true)
    return float(np.square(difference).sum(dtype=np.float64) / 1e3)


def conn(predicted: np.ndarray, true: np.ndarray) -> float:
    """Connectivity error / 1e3 of the pixels not connected to the region shared by both mattes.

    For each threshold 0.1, 0.2, ..., 1, take the largest 4-connected region in which both mattes reach the threshold.
    The level l of a pixel is the highest threshold up to which it lies in all of these regions. With
    phi = 1 - (alpha - l) [alpha - l >= 0.15], the error is the sum over pixels of the mattes' difference in phi.

    Args:
        predicted: float32 (H, W) in [0, 1].
        true: float32 (H, W) in [0, 1].

    Examples:
        >>> true = np.float32([[1, 1, 0, 0, 0]])
        >>> conn(np.float32([[1, 1, 0, 0, 1]]), true)  # one pixel floats apart
        0.001
    """
    common = np.minimum(predicted, true)
    # all later regions lie inside the first one's box
    x, y, width, height = cv2.boundingRect((common >= 1 / LEVELS).astype(np.uint8))
    window = np.s_[y : y + height, x : x + width]
    connected = np.ones((height, width), bool)
    reached = np.zeros((height, width), np.float32)
    for step in range(1, LEVELS + 1):
        region = (common[window] >= step / LEVELS).astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(region, connectivity=4)
        if len(stats) < 2:  # only background: no pixel reaches this threshold
            break
        connected &= labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()
        reached += connected
    level = np.zeros_like(common)
    level[window] = reached / LEVELS
    apart = [(matte - level) * (matte - level >= TOLERANCE) for matte in (predicted, true)]
    return float(np.abs(apart[0] - apart[1]).sum(dtype=np.float64) / 1e3)


def dtssd(predicted: np.ndarray, predicted_before: np.ndarray, true: np.ndarray, true_before: np.ndarray) -> float:
    """dtSSD x 1e2, temporal coherence: the root mean square difference of the change between two frames.

    Args:
        predicted: float (H, W) in [0, 1], like the other three.
        predicted_before: the prediction for the previous frame.
        true: the true alpha.
        true_before: the true alpha of the previous frame.

    Examples:
        >>> still = np.zeros((2, 2))
        >>> dtssd(still + 0.5, still, still, still)
        50.0
    """
    change = (predicted - predicted_before) - (true - true_before)
    return float(np.sqrt(np.square(change).mean(dtype=np.float64)) * 1e2)


def foreground_mse(predicted: np.ndarray, true: np.ndarray, alpha: np.ndarray) -> float | None:
    """Mean squared error x 1e3 of foreground colours where the true alpha is above 0.

    Args:
        predicted: float (H, W, 3) in [0, 1].
        true: float (H, W, 3) in [0, 1].
        alpha: the true alpha, float (H, W).

    Returns:
        None if the frame shows no person.

    Examples:
        >>> foreground_mse(np.ones((1, 1, 3)), np.full((1, 1, 3), 0.5), np.ones((1, 1)))
        250.0
    """
    person = alpha > 0
    return mse(predicted[person], true[person]) if person.any() else None


def psnr(predicted: np.ndarray, true: np.ndarray, mask: np.ndarray) -> float | None:
    """Peak signal-to-noise ratio in dB over the pixels of `mask`, at most 100.

    Args:
        predicted: float (H, W, 3) in [0, 1].
        true: float (H, W, 3) in [0, 1].
        mask: bool (H, W).

    Returns:
        None if the mask is empty.

    Examples:
        >>> psnr(np.full((2, 2, 3), 0.6), np.full((2, 2, 3), 0.5), np.ones((2, 2), bool))
        20.0
    """
    if not mask.any():
        return None
    error = float(np.square(predicted[mask] - true[mask]).mean(dtype=np.float64))
    return float(-10 * np.log10(max(error, PERFECT)))


def area_under_curve(ranking: np.ndarray, positive: np.ndarray) -> float | None:
    """Area under the ROC curve: the probability that a positive outranks a negative, with ties as half (Mann-Whitney).

    Args:
        ranking: float (N,).
        positive: bool (N,).

    Returns:
        In [0, 1]; None unless there are both positives and negatives.

    Examples:
        >>> area_under_curve(np.array([0.1, 0.4, 0.9]), np.array([False, False, True]))
        1.0
    """
    positives = int(positive.sum())
    negatives = positive.size - positives
    if not positives or not negatives:
        return None
    _, group, sizes = np.unique(ranking, return_inverse=True, return_counts=True)
    rank = np.cumsum(sizes) - (sizes - 1) / 2  # the mean rank of each group of ties, from 1
    return float((rank[group][positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _gradient_magnitude(matte: np.ndarray) -> np.ndarray:
    low, high = float(matte.min()), float(matte.max())
    if high - low < np.finfo(np.float64).eps:
        return np.zeros(matte.shape, np.float32)
    stretched = ((matte - low) / (high - low)).astype(np.float32)
    smooth, slope = _gaussian()
    across = cv2.sepFilter2D(stretched, cv2.CV_32F, slope, smooth, borderType=cv2.BORDER_REPLICATE)
    down = cv2.sepFilter2D(stretched, cv2.CV_32F, smooth, slope, borderType=cv2.BORDER_REPLICATE)
    return cv2.magnitude(across, down)


@cache
def _gaussian() -> tuple[np.ndarray, np.ndarray]:
    """A Gaussian and its derivative, 9 taps each; the filter, their outer product, has a Euclidean norm of 1."""
    radius = int(
        np.ceil(SIGMA * np.sqrt(-2 * np.log(np.sqrt(2 * np.pi) * SIGMA * 1e-2)))
    )  # where the Gaussian falls to 1e-2
    x = np.arange(-radius, radius + 1)
    smooth = np.exp(-(x**2) / (2 * SIGMA**2))
    slope = x * smooth
    return smooth / np.linalg.norm(smooth), slope / np.linalg.norm(slope)
