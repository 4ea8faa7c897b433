"""Baselines without their own weights: filters over time, and classical background models."""

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


class Neighbours:
    """The median of each frame's matte and those of the frames before and after it.

    BGM (Sengupta et al. 2020, arXiv 2004.00626) gives its network the neighbouring frames as further input. Here they
    steady the mattes of a network that sees single frames. The first and last frames stay unchanged.

    Args:
        method: the method whose mattes are taken.
    """

    def __init__(self, method: Method):
        self.method = method
        self.name = "neighbours"
        self.identity = f"neighbours {method.identity}"

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """Predict every frame; raises the errors of `method`."""
        window: list[Prediction] = []
        for prediction in self.method.matte(clip):
            window = [*window[-2:], prediction]
            if len(window) == 1:
                yield Prediction(prediction.alpha, prediction.foreground)
            if len(window) == 3:
                middle: np.ndarray = np.median([each.alpha for each in window], axis=0)
                yield Prediction(middle, window[1].foreground)
        if len(window) > 1:
            yield Prediction(window[-1].alpha, window[-1].foreground)

    def facts(self) -> Facts:
        """See `Described.facts`."""
        return facts_of(self.method)


class BackgroundSubtraction:
    """A background subtractor of OpenCV with default settings; its shadows count as background.

    Args:
        name: "mog2", a mixture of Gaussians (Zivkovic 2004); or "knn-bg", nearest neighbours (Zivkovic and van der
            Heijden 2006).
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.identity = f"{name} {cv2.__version__}"

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """Predict alpha, 0 or 1, for every frame.

        Raises:
            DataError: a damaged frame.
        """
        cv2.setRNGSeed(0)  # the nearest neighbours are kept by chance
        mixture = self.name == "mog2"
        subtractor = cv2.createBackgroundSubtractorMOG2() if mixture else cv2.createBackgroundSubtractorKNN()
        for frame in clip.read_frames():
            yield Prediction((subtractor.apply(frame) == 255).astype(np.float32))

    def facts(self) -> Facts:
        """See `Described.facts`."""
        return Facts("background subtraction")
