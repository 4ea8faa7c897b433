"""Drawn backgrounds."""

import numpy as np


def evening_sky(height: int, width: int) -> np.ndarray:
    """A drawn evening sky, uint8 (H, W, 3), with dusk above and a low sun on the right."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    top, low = np.array([38, 52, 110.0]), np.array([245, 150, 95.0])
    sky = top + (low - top) * y[..., None] ** 1.4
    sun = np.exp(-((x - 0.78) ** 2 * (width / height) ** 2 + (y - 0.62) ** 2) / 0.012)[..., None]
    picture: np.ndarray = np.clip(sky + sun * np.array([255, 220, 150.0]) * 0.6, 0, 255).astype(np.uint8)
    return picture


def checkerboard(height: int, width: int, cell: int = 8) -> np.ndarray:
    """A grey and white checkerboard, which stands for transparency, uint8 (H, W, 3)."""
    y, x = np.indices((height, width)) // cell
    return np.repeat(np.where((x + y) % 2, 204, 255).astype(np.uint8)[..., None], 3, 2)
