"""The metrics of one clip, collected frame by frame."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ..models.refine import FLAWED
from .metrics import area_under_curve, conn, dtssd, foreground_mse, grad, mad, mse, psnr
from .prediction import Prediction, Refinement, RestoredPlate

Scores = dict[str, float]
Series = dict[str, list[float | None]]

MATTE = ("MAD", "MSE", "Grad", "Conn", "dtSSD", "others %", "fgr MSE")
BACKGROUND = ("bgM %", "bg PSNR")
REFINEMENT = ("MAD", "coarse MAD", "Grad", "coarse Grad", "refined %", "flaw AUC")


class ClipMetrics:
    """Metrics of a clip over time: call `update` for every frame, then `compute` for the means.

    Every frame has MAD, MSE, Grad and Conn, and dtSSD from the second frame on. Where the clip and the method allow,
    there are also others %, the share of the other people in the matte; fgr MSE; bgM %, the restored share of the
    frame; and bg PSNR of the restored background. For P there are MAD and Grad of the coarse alpha, the share of
    refined patches, and the flaw map's area under the ROC curve for patches with an error above 0.02.

    Examples:
        >>> import numpy as np
        >>> from modnetv_kit.evaluation import Prediction
        >>> metrics = ClipMetrics()
        >>> metrics.update(Prediction(np.zeros((8, 8), np.float32)), np.full((8, 8), 0.5, np.float32))
        >>> metrics.compute()["MAD"]
        500.0

    Attributes:
        series: {metric: [value of every frame]}, with None for a frame without a value.
    """

    def __init__(self) -> None:
        self.series: Series = {}
        self._frames = 0
        self._before: tuple[np.ndarray, np.ndarray] | None = None

    def update(
        self,
        predicted: Prediction,
        true: np.ndarray,
        foreground: np.ndarray | None = None,
        background: np.ndarray | None = None,
        others: np.ndarray | None = None,
    ) -> None:
        """Measure the next frame.

        Args:
            predicted: the prediction of the method.
            true: the true alpha, float32 (H, W) in [0, 1].
            foreground: the true foreground colours, float32 (H, W, 3) in [0, 1].
            background: the true background, uint8 (H, W, 3).
            others: the alpha of the people other than the target, float32 (H, W) in [0, 1].

        Raises:
            ValueError: the mattes differ in size.
        """
        alpha = predicted.alpha
        if alpha.shape != true.shape:
            raise ValueError(f"the mattes differ in size: {alpha.shape} and {true.shape}")
        scores: dict[str, float | None] = {
            "MAD": mad(alpha, true),
            "MSE": mse(alpha, true),
            "Grad": grad(alpha, true),
            "Conn": conn(alpha, true),
            "dtSSD": None if self._before is None else dtssd(alpha, self._before[0], true, self._before[1]),
        }
        self._before = alpha, true
        if others is not None and others.any():
            scores["others %"] = float((alpha * others).sum() / others.sum() * 100)
        if predicted.foreground is not None and foreground is not None:
            scores["fgr MSE"] = foreground_mse(predicted.foreground, foreground, true)
        if predicted.plate is not None:
            scores |= _of_plate(predicted.plate, background)
        if predicted.refinement is not None:
            scores |= _of_refinement(predicted.refinement, true)
        for name in [*self.series, *(name for name in scores if name not in self.series)]:
            self.series.setdefault(name, [None] * self._frames).append(scores.get(name))
        self._frames += 1

    def compute(self, first_dtssd_is_zero: bool = False) -> Scores:
        """Means over the frames that have a value, see `clip_means`.

        Raises:
            ValueError: no frame has been measured.
        """
        if not self._frames:
            raise ValueError("an empty clip has no metrics")
        return clip_means(self.series, first_dtssd_is_zero)


def clip_means(series: Series, first_dtssd_is_zero: bool = False) -> Scores:
    """Means over the frames that have a value. Metrics without values are left out.

    Args:
        series: {metric: [value of every frame]}.
        first_dtssd_is_zero: give the first frame, which has no predecessor, a dtSSD of 0, as RVM's averages do.

    Examples:
        >>> clip_means({"MAD": [4.0, 2.0], "dtSSD": [None, 1.0]})
        {'MAD': 3.0, 'dtSSD': 1.0}
        >>> clip_means({"dtSSD": [None, 1.0]}, first_dtssd_is_zero=True)
        {'dtSSD': 0.5}
    """
    means = {}
    for name, values in series.items():
        known = [value for value in values if value is not None]
        if name == "dtSSD" and first_dtssd_is_zero:
            known.append(0.0)
        if known:
            means[name] = float(np.mean(known))
    return means


def patch_errors(alpha: np.ndarray, true: np.ndarray, k: int) -> np.ndarray:
    """Mean absolute error of each of the k x k patches, divided as in P: the last ones may extend past the frame.

    Args:
        alpha: float32 (H, W) in [0, 1].
        true: float32 (H, W) in [0, 1].
        k: patches along each side.

    Returns:
        float32 (k, k); NaN for patches that lie outside the frame.

    Examples:
        >>> import numpy as np
        >>> patch_errors(np.eye(4, dtype=np.float32), np.zeros((4, 4), np.float32), 2).tolist()
        [[0.5, 0.0], [0.0, 0.5]]
    """
    height, width = true.shape
    size = math.ceil(height / k), math.ceil(width / k)
    over = (0, size[1] * k - width, 0, size[0] * k - height)
    maps = torch.stack([torch.from_numpy(np.abs(alpha - true)), torch.ones(height, width)])
    errors, inside = F.avg_pool2d(F.pad(maps, over)[None], size)[0]
    means: np.ndarray = (errors / inside).numpy()
    return means


def _of_plate(restored: RestoredPlate, background: np.ndarray | None) -> dict[str, float | None]:
    scores: dict[str, float | None] = {"bgM %": float(restored.mask.mean() * 100)}
    if background is not None:
        # averaged down to bg_p's size, as its loss does
        true = torch.from_numpy(background).permute(2, 0, 1).float() / 255
        small = F.adaptive_avg_pool2d(true, restored.mask.shape).permute(1, 2, 0).numpy()
        scores["bg PSNR"] = psnr(restored.image, small, restored.mask)
    return scores


def _of_refinement(refinement: Refinement, true: np.ndarray) -> dict[str, float | None]:
    errors = patch_errors(refinement.upsampled, true, refinement.flaw.shape[0])
    inside = np.isfinite(errors)
    return {
        "coarse MAD": mad(refinement.upsampled, true),
        "coarse Grad": grad(refinement.upsampled, true),
        "refined %": float(refinement.refined.mean() * 100),
        "flaw AUC": area_under_curve(refinement.flaw[inside], errors[inside] > FLAWED),
    }
