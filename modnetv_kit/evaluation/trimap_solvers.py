"""Classical matting from a trimap, in pymatting: closed form and KNN."""

from importlib.metadata import version

import numpy as np

from ..errors import InputError

SOLVERS = {"closed-form": "estimate_alpha_cf", "knn": "estimate_alpha_knn"}


class TrimapSolver:
    """A solver of pymatting: closed-form matting (Levin et al. 2006) or KNN matting (Chen et al. 2013).

    Args:
        name: one of `SOLVERS`.

    Attributes:
        identity: changes with pymatting's version.

    Raises:
        InputError: pymatting is not installed.
    """

    def __init__(self, name: str):
        try:
            import pymatting
        except ImportError:
            raise InputError(f'the method {name} needs pymatting: pip install "modnetv-kit[eval]"') from None
        self.identity = f"{name} {version('pymatting')}"
        self._estimate = getattr(pymatting, SOLVERS[name])

    def solve(self, frame: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        """Alpha of one frame, float32 (H, W) in [0, 1].

        Args:
            frame: uint8 (H, W, 3).
            trimap: float32 (H, W): 0, 0.5 or 1. It is the answer if one of the three does not occur: the solvers need
                some known foreground and background.
        """
        solvable = {0.0, 0.5, 1.0} <= set(np.unique(trimap).tolist())
        alpha = self._estimate(frame / 255, trimap.astype(np.float64)) if solvable else trimap
        clipped: np.ndarray = np.clip(alpha, 0, 1).astype(np.float32)
        return clipped
