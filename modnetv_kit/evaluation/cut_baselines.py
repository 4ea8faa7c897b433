"""GrabCut with a box for every frame."""

from collections.abc import Iterator

import cv2
import numpy as np

from .clip_files import ClipFiles
from .facts import Facts
from .first_prompts import box, box_around
from .prediction import Prediction

ROUNDS = 5  # iterations of GrabCut, as in OpenCV's example


class GrabCut:
    """OpenCV's GrabCut (Rother et al. 2004) from a box around the target in every frame.

    The first frame's box is that of the method `box`; all others surround the true alpha.

    Args:
        name: in tables.
    """

    def __init__(self, name: str = "grabcut:box") -> None:
        self.name = name
        self.identity = f"grabcut {ROUNDS} {cv2.__version__}"

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """Predict 0 or 1 at every pixel of every frame.

        Raises:
            DataError: a damaged file, or an empty first frame.
        """
        for index, frame in enumerate(clip.read_frames()):
            there = clip.read_alpha(index) >= 0.5
            boxes = box(clip).boxes if index == 0 else [box_around(there)] if there.any() else []
            alpha = np.zeros(frame.shape[:2], np.float32)
            for rectangle in boxes:
                alpha = np.maximum(alpha, _grab(frame, [round(number) for number in rectangle]))
            yield Prediction(alpha)

    def facts(self) -> Facts:
        """See `Described.facts`."""
        return Facts("interactive", "true box of every frame")


def _grab(frame: np.ndarray, rectangle: list[int]) -> np.ndarray:
    """GrabCut's foreground in a box (x, y, w, h), float32 (H, W)."""
    height, width = frame.shape[:2]
    labels = np.full((height, width), cv2.GC_BGD, np.uint8)
    x, y, w, h = rectangle
    labels[max(0, y) : y + h, max(0, x) : x + w] = cv2.GC_PR_FGD
    if (labels == cv2.GC_PR_FGD).all():
        return np.ones((height, width), np.float32)  # no background outside the box to learn from
    cv2.setRNGSeed(0)
    cv2.grabCut(frame, labels, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
