"""What a method says about a clip, frame by frame: all that can be measured."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np

from .clip_files import ClipFiles


class RestoredPlate(NamedTuple):
    """The background that B has restored after a frame.

    Attributes:
        image: `bg_p`, float32 (h, w, 3) in [0, 1].
        mask: `bgM`, bool (h, w).
    """

    image: np.ndarray
    mask: np.ndarray


class Refinement(NamedTuple):
    """What P did to a frame.

    Attributes:
        upsampled: the coarse alpha at full size, as P found it, float32 (H, W) in [0, 1].
        flaw: the flaw map, float32 (k, k) in [0, 1].
        refined: the patches that P refined, bool (k, k).
    """

    upsampled: np.ndarray
    flaw: np.ndarray
    refined: np.ndarray


class Prediction(NamedTuple):
    """What a method says about one frame.

    Attributes:
        alpha: float32 (H, W) in [0, 1].
        foreground: the person's own colours, float32 (H, W, 3) in [0, 1], where the clip's true ones are known.
        plate: what is restored of the background, of methods that restore it.
        refinement: of methods with P, on frames larger than their coarse size.
    """

    alpha: np.ndarray
    foreground: np.ndarray | None = None
    plate: RestoredPlate | None = None
    refinement: Refinement | None = None


class Method(Protocol):
    """A way to matte.

    Attributes:
        name: its row in tables.
        identity: changes with everything that its mattes depend on, such as the weights.
    """

    name: str
    identity: str

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """A prediction for every frame of the clip, in order.

        Raises:
            MattingError: it cannot matte this clip; the line says why.
        """
        ...
