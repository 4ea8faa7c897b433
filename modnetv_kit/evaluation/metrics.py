"""Matting metrics, as RVM's low-resolution evaluation defines them (arXiv 2108.11515, section 5.1)."""

import numpy as np


def mad(predicted: np.ndarray, true: np.ndarray) -> float:
    """Mean absolute difference x 1e3 of two mattes, float (H, W) in [0, 1]."""
    return float(np.abs(predicted - true).mean() * 1e3)


def mse(predicted: np.ndarray, true: np.ndarray) -> float:
    """Mean squared error x 1e3 of two mattes, float (H, W) in [0, 1]."""
    return float(np.square(predicted - true).mean() * 1e3)


def dtssd(predicted: np.ndarray, predicted_before: np.ndarray, true: np.ndarray, true_before: np.ndarray) -> float:
    """dtSSD x 1e2, temporal coherence: root mean square of how differently two mattes change between two frames.

    All four are float (H, W) in [0, 1].
    """
    change = (predicted - predicted_before) - (true - true_before)
    return float(np.sqrt(np.square(change).mean()) * 1e2)


class ClipMetrics:
    """Means over the frames of one clip. dtSSD leaves the first frame out: it has no frame before it."""

    def __init__(self) -> None:
        self._sums = {"MAD": 0.0, "MSE": 0.0, "dtSSD": 0.0}
        self._frames = 0
        self._before: tuple[np.ndarray, np.ndarray] | None = None

    def update(self, predicted: np.ndarray, true: np.ndarray) -> None:
        """Take in the next frame's mattes, float (H, W) in [0, 1].

        Raises:
            ValueError: their shapes differ.
        """
        if predicted.shape != true.shape:
            raise ValueError(f"the mattes differ in size: {predicted.shape} and {true.shape}")
        self._sums["MAD"] += mad(predicted, true)
        self._sums["MSE"] += mse(predicted, true)
        if self._before is not None:
            self._sums["dtSSD"] += dtssd(predicted, self._before[0], true, self._before[1])
        self._before = predicted, true
        self._frames += 1

    def compute(self) -> dict[str, float]:
        """MAD, MSE and dtSSD of the clip.

        Raises:
            ValueError: there was no frame.
        """
        if not self._frames:
            raise ValueError("an empty clip has no metrics")
        pairs = max(1, self._frames - 1)
        return {name: total / (pairs if name == "dtSSD" else self._frames) for name, total in self._sums.items()}
