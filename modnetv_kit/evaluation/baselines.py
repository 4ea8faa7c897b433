"""Baselines without their own weights: MODNet's one-frame delay and a classical background model."""

from collections.abc import Iterator

import cv2
import numpy as np

from .clip_files import ClipFiles
from .facts import Facts, facts_of
from .prediction import Method, Prediction

SIMILAR = 0.1  # xi in the paper: alphas that differ by less count as equal


class OneFrameDelay:
    """MODNet's one-frame delay (OFD; arXiv 2011.11961, section 4.4), which removes flicker of single frames.

    Where the neighbouring frames agree to 0.1 and this frame differs from both by more, alpha becomes their mean. The
    first and last frames stay unchanged.

    Args:
        method: the method to filter.
    """

    def __init__(self, method: Method):
        self.method = method
        self.name = "ofd" + method.name.removeprefix("modnet").removeprefix("off")
        self.identity = f"ofd {SIMILAR} {method.identity}"

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """Predict every frame; raises the errors of `method`."""
        before: np.ndarray | None = None
        now: Prediction | None = None
        for after in self.method.matte(clip):
            if now is not None:
                steadied = now.alpha if before is None else remove_flicker(before, now.alpha, after.alpha)
                yield Prediction(steadied, now.foreground)
                before = now.alpha
            now = after
        if now is not None:
            yield Prediction(now.alpha, now.foreground)

    def facts(self) -> Facts:
        """See `Described.facts`."""
        return facts_of(self.method)


def remove_flicker(before: np.ndarray, now: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Apply OFD to three consecutive mattes, float (H, W) in [0, 1], and return the middle one.

    Examples:
        >>> import numpy as np
        >>> empty, flash = np.zeros((1, 1)), np.ones((1, 1))
        >>> remove_flicker(empty, flash, empty).item()
        0.0
    """
    flickers = (np.abs(before - after) <= SIMILAR) & (np.abs(now - before) > SIMILAR) & (np.abs(now - after) > SIMILAR)
    return np.where(flickers, (before + after) / 2, now)


class MOG2:
    """OpenCV's Gaussian mixture model (Zivkovic 2004) with default settings; its shadows count as background."""

    def __init__(self) -> None:
        self.name = "mog2"
        self.identity = f"mog2 {cv2.__version__}"

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """Predict alpha, 0 or 1, for every frame.

        Raises:
            DataError: a damaged frame.
        """
        subtractor = cv2.createBackgroundSubtractorMOG2()
        for frame in clip.read_frames():
            yield Prediction((subtractor.apply(frame) == 255).astype(np.float32))

    def facts(self) -> Facts:
        """See `Described.facts`."""
        return Facts("background subtraction")
