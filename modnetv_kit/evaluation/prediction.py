"""The predictions of a method for a clip, frame by frame: everything to measure."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np

from .clip_files import ClipFiles


class RestoredPlate(NamedTuple):
    """The background that B has restored up to a frame.

    Attributes:
        image: `bg_p`, float32 (h, w, 3) in [0, 1].
        mask: `bgM`, bool (h, w).
    """

    image: np.ndarray
    mask: np.ndarray


class Refinement(NamedTuple):
    """The effect of P on a frame.

    Attributes:
        upsampled: the coarse alpha at full size, before P, float32 (H, W) in [0, 1].
        flaw: the flaw map, float32 (k, k) in [0, 1].
        refined: the patches that P refined, bool (k, k).
    """

    upsampled: np.ndarray
    flaw: np.ndarray
    refined: np.ndarray


class Prediction(NamedTuple):
    """The prediction for one frame.

    Attributes:
        alpha: float32 (H, W) in [0, 1].
        foreground: the foreground colours, float32 (H, W, 3) in [0, 1], if the clip has true ones.
        plate: the restored background, for methods that restore it.
        refinement: for methods with P, on frames larger than their coarse size.
    """

    alpha: np.ndarray
    foreground: np.ndarray | None = None
    plate: RestoredPlate | None = None
    refinement: Refinement | None = None


class Method(Protocol):
    """A matting method.

    Attributes:
        name: the name of its row in tables.
        identity: a text that changes with everything that affects the mattes, such as the weights.
    """

    name: str
    identity: str

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """Predict every frame of the clip, in order.

        Raises:
            MattingError: the method cannot matte this clip; the message gives the reason.
        """
        ...
