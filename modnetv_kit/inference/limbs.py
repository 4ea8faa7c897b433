"""Limbs: clicks on a thin place of a person mean what lies around the click, not the whole person."""

import cv2
import numpy as np

LOCAL = 0.03  # of the frame's long side: the largest radius of a local correction; looks decide about the rest
UPPER = 0.25  # of a person's height, from the top: the head
LIMB = 0.5  # of the radius of the largest disc in a person: a place where less fits is an arm or an edge


def is_thin(person: np.ndarray, x: int, y: int) -> bool:
    """Whether (x, y) is on a limb or near the edge of a person, bool (H, W); their head is neither, though narrow."""
    rows = np.flatnonzero(person.any(1))
    if y < rows[0] + UPPER * len(rows):
        return False
    depth = cv2.distanceTransform(person.astype(np.uint8), cv2.DIST_L2, 5)
    return bool(depth[y, x] < LIMB * depth.max())


def around(part: np.ndarray, x: int, y: int) -> np.ndarray:
    """What lies around (x, y) in a part, bool (H, W): a disc half as large again as fits inside, up to `LOCAL`."""
    if not part.any():
        return part
    depth = cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, 5)[y, x]
    rows, columns = np.ogrid[: part.shape[0], : part.shape[1]]
    covered: np.ndarray = part & (np.hypot(columns - x, rows - y) <= min(1.5 * depth, LOCAL * max(part.shape)))
    return covered
