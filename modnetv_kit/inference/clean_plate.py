"""The restored background as a picture: a clean plate that is recovered while the person is cut out.

B restores the background as features at a quarter of the size, for the network. For people, and for foreground
colours without the old background's rim, the same rule runs here on the pixels themselves at full size: on the CPU,
in 8 bits, since a float picture costs four times the memory to move and is no better.
"""

from typing import NamedTuple

import cv2
import numpy as np

from ..models.background import Update
from .pixels import strips

STEADY = 0.03 * 255  # mean change of known background, in grey levels, below which the camera is taken to be at rest
CHANGED = 26  # grey levels by which a pixel must change for "refresh" to replace it at once instead of averaging
CLEAR = 0.02  # alpha below which nothing is there
MARGIN = 0.009  # of the long side: how far from the person background must be to be believed


class CleanPlate(NamedTuple):
    """The background restored so far.

    Attributes:
        image: RGB, uint8 (H, W, 3); 0 where nothing is restored.
        mask: bool (H, W), where it is.
        trusted: bool (H, W), where it also holds for the current frame: everywhere while the camera is at rest, only
            where the frame shows it now while the camera moves.
    """

    image: np.ndarray
    mask: np.ndarray
    trusted: np.ndarray

    @classmethod
    def empty(cls, frame: np.ndarray) -> "CleanPlate":
        """Nothing restored yet, for frames like uint8 (H, W, 3)."""
        nothing = np.zeros(frame.shape[:2], bool)
        return cls(np.zeros_like(frame), nothing, nothing)


def update_clean_plate(
    plate: CleanPlate, frame: np.ndarray, alpha: np.ndarray, s_p: np.ndarray, theta: float, update: Update
) -> CleanPlate:
    """The plate after `frame`.

    A pixel is seen as background where s_p < theta and the matte is empty for a few pixels around it: stricter than B,
    so that no hair or motion blur gets in. "accumulate" keeps the first sight; "refresh" averages what it sees, and
    replaces what has changed.

    Args:
        plate: the plate after the frame before; it is left as it is.
        frame: RGB, uint8 (H, W, 3).
        alpha: float32 (H, W) in [0, 1].
        s_p: float32 (h, w) in [0, 1].
        theta: as in B.
        update: as in B.
    """
    seen = _seen(alpha, s_p, theta)
    image, moved = plate.image.copy(), 0.0
    for rows in strips(image):
        known, now = plate.mask[rows], seen[rows]
        change = cv2.absdiff(frame[rows], image[rows])
        most = cv2.max(
            cv2.max(cv2.extractChannel(change, 0), cv2.extractChannel(change, 1)), cv2.extractChannel(change, 2)
        )
        moved += cv2.sumElems(most * (now & known))[0]
        fresh = now & ~known
        if update == "refresh":
            fresh |= now & (most >= CHANGED)
            cv2.copyTo(_approach(image[rows], frame[rows], change), _mask(now), image[rows])
        cv2.copyTo(frame[rows], _mask(fresh), image[rows])
    again = np.count_nonzero(seen & plate.mask)
    mask = plate.mask | seen
    return CleanPlate(image, mask, mask if moved <= STEADY * again else seen)


def _seen(alpha: np.ndarray, s_p: np.ndarray, theta: float) -> np.ndarray:
    """Where a frame shows background, bool (H, W)."""
    height, width = alpha.shape
    radius = max(3, round(MARGIN * max(height, width)))
    near = cv2.dilate(_mask(alpha >= CLEAR), np.ones((2 * radius + 1, 2 * radius + 1), np.uint8))
    seen: np.ndarray = (cv2.resize(s_p, (width, height), interpolation=cv2.INTER_LINEAR) < theta) & (near == 0)
    return seen


def _approach(image: np.ndarray, frame: np.ndarray, change: np.ndarray) -> np.ndarray:
    """A tenth of the way from `image` to `frame`, and at least one grey level: all uint8 (H, W, 3).

    An average over about ten frames takes the noise out. Where less than ten levels are left it is the approximate
    median (McFarlane & Schofield 1995), which needs no fractions to get there.
    """
    step = cv2.convertScaleAbs(change, alpha=0.1, beta=0.5)  # rounded up, so never farther than the whole way
    return cv2.max(cv2.min(frame, cv2.add(image, step)), cv2.subtract(image, step))


def _mask(where: np.ndarray) -> np.ndarray:
    """bool (H, W) as OpenCV takes it, without a copy."""
    return where.view(np.uint8)


def fill_holes(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Fill what is not known from what is around it, coarser the farther away (pull-push).

    Args:
        image: uint8 (H, W, 3).
        mask: bool (H, W), where `image` is known.

    Returns:
        uint8 (H, W, 3), equal to `image` where known; grey if nothing is.
    """
    if not mask.any():
        return np.full_like(image, 128)
    weight = mask.astype(np.float32)
    filled: np.ndarray = np.rint(_pull_push(image * weight[..., None], weight)).astype(np.uint8)
    cv2.copyTo(image, _mask(mask), filled)
    return filled


def _pull_push(known: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Colours that are known where weight is 1, and 0 where it is 0 -> colours everywhere.

    Args:
        known: float32 (H, W, 3).
        weight: float32 (H, W), 0 or 1.
    """
    height, width = weight.shape
    if weight.all() or max(height, width) == 1:
        return known
    half = -(-width // 2), -(-height // 2)
    share = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)
    # cells with any known pixel are known: their mean colour counts in full
    means = cv2.resize(known, half, interpolation=cv2.INTER_AREA) / np.maximum(share, 1e-6)[..., None]
    coarse = _pull_push(means, (share > 0).astype(np.float32))
    return np.where(weight[..., None] > 0, known, cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR))
