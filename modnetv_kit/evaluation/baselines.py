"""Baselines without weights of their own: MODNet's one-frame delay and a classical background model."""

from collections.abc import Iterator

import cv2
import numpy as np

from .clip_files import ClipFiles
from .prediction import Method, Prediction

SIMILAR = 0.1  # xi in the paper: alphas at most this far apart are taken for equal


class OneFrameDelay:
    """MODNet's one-frame delay (OFD; arXiv 2011.11961, section 4.4): takes single-frame flicker out of mattes.

    Where the frames before and after agree to 0.1 and this frame is farther than that from both, alpha becomes their
    mean. The first and the last frame stay as they are.

    Args:
        method: whose mattes are changed.
    """

    def __init__(self, method: Method):
        self.method = method
        self.name = "ofd" + method.name.removeprefix("modnet").removeprefix("off")
        self.identity = f"ofd {SIMILAR} {method.identity}"

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """A prediction for every frame; raises what `method` raises."""
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


def remove_flicker(before: np.ndarray, now: np.ndarray, after: np.ndarray) -> np.ndarray:
    """OFD's rule on three consecutive mattes, float (H, W) in [0, 1]: the one in the middle, without flicker."""
    flickers = (np.abs(before - after) <= SIMILAR) & (np.abs(now - before) > SIMILAR) & (np.abs(now - after) > SIMILAR)
    return np.where(flickers, (before + after) / 2, now)


class MOG2:
    """OpenCV's mixture of Gaussians (Zivkovic 2004) with its default settings; what it calls shadow is background."""

    def __init__(self) -> None:
        self.name = "mog2"
        self.identity = f"mog2 {cv2.__version__}"

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """A prediction, 0 or 1, for every frame.

        Raises:
            DataError: a damaged frame.
        """
        subtractor = cv2.createBackgroundSubtractorMOG2()
        for frame in clip.read_frames():
            yield Prediction((subtractor.apply(frame) == 255).astype(np.float32))
