"""The restored background as a picture: a clean plate, recovered during matting.

B restores the background for the network, as features at a quarter of the size. This module applies the same rule to
the pixels at full size, for viewers and for foreground estimation. It runs on the CPU in 8 bits, since float pictures
take four times the memory traffic without better results.
"""

import math
from typing import NamedTuple

import cv2
import numpy as np

from ..models.background import SURE, Update
from .pixels import strips

STEADY = 0.03 * 255  # mean change of known background, in grey levels, below which the camera counts as static
CHANGED = 26  # grey levels of change from which "refresh" replaces a pixel instead of averaging
SAME = 10  # grey levels below which a pixel matches its memory
CLEAR = 0.02  # alpha below which a pixel counts as background
MARGIN = 0.009  # share of the long side: minimal distance of trusted background from the person


class CleanPlate(NamedTuple):
    """The background restored so far.

    Attributes:
        image: RGB, uint8 (H, W, 3); 0 where nothing is restored.
        mask: bool (H, W), the restored pixels.
        trusted: bool (H, W), the pixels that are valid for the current frame: all while the camera rests, only the
            visible ones while it moves.
    """

    image: np.ndarray
    mask: np.ndarray
    trusted: np.ndarray

    def distrusted(self) -> "CleanPlate":
        """The same plate for a frame that shows it in other light, or not at all."""
        return self._replace(trusted=np.zeros_like(self.trusted))

    @classmethod
    def empty(cls, frame: np.ndarray) -> "CleanPlate":
        """A plate without restored pixels, for frames of uint8 (H, W, 3)."""
        nothing = np.zeros(frame.shape[:2], bool)
        return cls(np.zeros_like(frame), nothing, nothing)


def update_clean_plate(
    plate: CleanPlate, frame: np.ndarray, alpha: np.ndarray, theta: float, update: Update
) -> CleanPlate:
    """Update the plate with `frame`.

    A pixel counts as background if p < theta, as in B, and the matte is empty within a few pixels. This is stricter
    than B and keeps out hair and motion blur. "accumulate" keeps the first value; "refresh" averages, replaces pixels
    that have changed, and forgets pixels that certainly show the person and match their memory.

    Args:
        plate: the plate after the previous frame; not changed.
        frame: RGB, uint8 (H, W, 3).
        alpha: float32 (H, W) in [0, 1].
        theta: as in B.
        update: as in B.

    Examples:
        >>> frame, alpha = np.full((64, 96, 3), 120, np.uint8), np.zeros((64, 96), np.float32)
        >>> alpha[:, :32] = 1  # the person stands on the left
        >>> plate = update_clean_plate(CleanPlate.empty(frame), frame, alpha, theta=0.2, update="refresh")
        >>> plate.mask[0, [10, 90]].tolist(), plate.image[0, 90].tolist()
        ([False, True], [120, 120, 120])
    """
    p = cv2.resize(_presence(alpha), alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
    seen = _seen(alpha, p, theta)
    image, mask, moved = plate.image.copy(), plate.mask | seen, 0.0
    for rows in strips(image):
        known, now = plate.mask[rows], seen[rows]
        change = cv2.absdiff(frame[rows], image[rows])
        most = cv2.max(
            cv2.max(cv2.extractChannel(change, 0), cv2.extractChannel(change, 1)), cv2.extractChannel(change, 2)
        )
        moved += cv2.sumElems(most * (now & known))[0]
        fresh = now & ~known
        if update == "refresh":
            mask[rows] &= ~(known & (p[rows] > SURE) & (most < SAME))
            fresh |= now & (most >= CHANGED)
            cv2.copyTo(_approach(image[rows], frame[rows], change), _mask(now), image[rows])
        cv2.copyTo(frame[rows], _mask(fresh), image[rows])
    again = np.count_nonzero(seen & plate.mask)
    return CleanPlate(image, mask, mask if moved <= STEADY * again else seen)


def _presence(alpha: np.ndarray) -> np.ndarray:
    """B's p on cells as large as B's, 4 pixels of a frame whose long side is 512: float32 in [0, 1]."""
    cell = max(4.0, max(alpha.shape) / 128)
    cells = math.ceil(alpha.shape[1] / cell), math.ceil(alpha.shape[0] / cell)
    return cv2.blur(cv2.resize(alpha, cells, interpolation=cv2.INTER_AREA), (3, 3), borderType=cv2.BORDER_REPLICATE)


def _seen(alpha: np.ndarray, p: np.ndarray, theta: float) -> np.ndarray:
    """The background pixels of a frame, bool (H, W); p is float32 (H, W)."""
    height, width = alpha.shape
    radius = max(3, round(MARGIN * max(height, width)))
    near = cv2.dilate(_mask(alpha >= CLEAR), np.ones((2 * radius + 1, 2 * radius + 1), np.uint8))
    seen: np.ndarray = (p < theta) & (near == 0)
    return seen


def _approach(image: np.ndarray, frame: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Move a tenth of the way from `image` to `frame`, and at least one grey level: all uint8 (H, W, 3).

    This averages the noise of about ten frames. Below ten levels of difference it is the approximate median (McFarlane
    & Schofield 1995), which converges without fractions.
    """
    step = cv2.convertScaleAbs(change, alpha=0.1, beta=0.5)  # rounded, but at most the whole difference
    return cv2.max(cv2.min(frame, cv2.add(image, step)), cv2.subtract(image, step))


def _mask(where: np.ndarray) -> np.ndarray:
    """bool (H, W) as a mask for OpenCV, without a copy."""
    return where.view(np.uint8)


def fill_holes(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Fill unknown pixels from their surroundings by pull-push interpolation.

    Args:
        image: uint8 (H, W, 3).
        mask: bool (H, W), the known pixels of `image`.

    Returns:
        uint8 (H, W, 3), equal to `image` where it is known; grey if nothing is known.

    Examples:
        >>> image = np.full((4, 4, 3), 200, np.uint8)
        >>> mask = np.ones((4, 4), bool)
        >>> mask[1:3, 1:3] = False
        >>> fill_holes(image * mask[..., None], mask)[1, 1].tolist()
        [200, 200, 200]
    """
    if not mask.any():
        return np.full_like(image, 128)
    weight = mask.astype(np.float32)
    filled: np.ndarray = np.rint(_pull_push(image * weight[..., None], weight)).astype(np.uint8)
    cv2.copyTo(image, _mask(mask), filled)
    return filled


def _pull_push(known: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Extend colours from pixels of weight 1 to all pixels.

    Args:
        known: float32 (H, W, 3).
        weight: float32 (H, W), 0 or 1.
    """
    height, width = weight.shape
    if weight.all() or max(height, width) == 1:
        return known
    half = -(-width // 2), -(-height // 2)
    share = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)
    # a cell is known if any of its pixels is
    means = cv2.resize(known, half, interpolation=cv2.INTER_AREA) / np.maximum(share, 1e-6)[..., None]
    coarse = _pull_push(means, (share > 0).astype(np.float32))
    return np.where(weight[..., None] > 0, known, cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR))
