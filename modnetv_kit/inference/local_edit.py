"""Corrections that stay where they were made.

A network that was told of a prompt sees the whole frame differently. Of these differences, only those are taken that
hang together with the prompt, and what they become in later frames. Everywhere else the matte is as it was.
"""

from typing import NamedTuple

import cv2
import numpy as np

from ..prompt_maps import REACH

DIFFERENT = 0.25  # a difference of two alphas from which a pixel was changed by a prompt


class Edits(NamedTuple):
    """Where a matte was changed by prompts, in the latest frame in which it was.

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
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    matte = everybody.copy()
    after = []
    for sign, before in zip((1, -1), edits, strict=True):
        change = sign * (told - everybody)
        _, parts = cv2.connectedComponents((change > DIFFERENT).astype(np.uint8))
        near = cv2.dilate(before.astype(np.uint8), disc) > 0
        touched = np.isin(parts, np.setdiff1d(parts[near], 0))
        edge = cv2.dilate(touched.astype(np.uint8), disc) > 0  # with the soft edge around
        matte = np.where(edge & (change > 0), told, matte)
        after.append(touched if touched.any() else before)
    return matte, Edits(*after)
