"""Corrections that stay where they were made.

A network that was told of a prompt sees the whole frame differently. Only the differences that are connected to the
prompt are kept, and they are followed from frame to frame. Everywhere else the matte is as it was.
"""

from typing import NamedTuple

import cv2
import numpy as np

from ..prompt_maps import REACH

DIFFERENT = 0.25  # a difference of two alphas from which a pixel was changed by a prompt


class Edits(NamedTuple):
    """Where a matte was changed by prompts, in the latest frame that they changed.

    Attributes:
        added, removed: bool (H, W), where something was added to the matte of everybody, and where it was removed.
    """

    added: np.ndarray
    removed: np.ndarray

    def extended(self, keep: np.ndarray, remove: np.ndarray) -> "Edits":
        """With what a new prompt keeps and removes, bool (H, W) each.

        Examples:
            >>> nothing, click = np.zeros((2, 2), bool), np.eye(2, dtype=bool)
            >>> int(Edits(nothing, nothing).extended(click, nothing).added.sum())
            2
        """
        return Edits(self.added | keep, self.removed | remove)


def local_edit(everybody: np.ndarray, told: np.ndarray, edits: Edits) -> tuple[np.ndarray, Edits]:
    """The matte of everybody with the edits of the frame before, and where they are now.

    Args:
        everybody: the matte without a prompt, float32 (H, W) in [0, 1].
        told: the matte of the network that was told of the prompt, float32 (H, W) in [0, 1].
        edits: of the frame before, or of the prompt.

    Examples:
        >>> everybody, told = np.zeros((40, 80), np.float32), np.zeros((40, 80), np.float32)
        >>> told[10:30, 10:30] = told[:, 60:] = 1
        >>> click, nothing = np.zeros((40, 80), bool), np.zeros((40, 80), bool)
        >>> click[20, 20] = True
        >>> matte, edits = local_edit(everybody, told, Edits(click, nothing))
        >>> matte[20, [20, 70]].tolist(), int(edits.added.sum())
        ([1.0, 0.0], 400)
    """
    reach = max(1, round(REACH * max(everybody.shape)))
    matte = everybody
    after = []
    for sign, before in zip((1, -1), edits, strict=True):
        touched = before
        if before.any():
            change = sign * (told - everybody)
            _, parts = cv2.connectedComponents((change > DIFFERENT).astype(np.uint8))
            found = np.isin(parts, np.setdiff1d(parts[_near(before, reach)], 0))
            if found.any():
                touched = found
                matte = np.where(_near(found, reach) & (change > 0), told, matte)  # with the soft edge around
        after.append(touched)
    return matte, Edits(*after)


def _near(where: np.ndarray, reach: int) -> np.ndarray:
    """What is within `reach` pixels of a region, bool (H, W); the time does not depend on the reach."""
    near: np.ndarray = cv2.distanceTransform((~where).astype(np.uint8), cv2.DIST_L2, 5) <= reach
    return near
