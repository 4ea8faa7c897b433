"""Faces blurred or pixelated for anonymity, which are still foreground."""

import cv2
import numpy as np

from .cutouts import Placement


def blur_face(rng: np.random.Generator, rgba: np.ndarray, box: Placement) -> np.ndarray:
    """Blur or pixelate the face of a cutout, assuming that it is at the top of the person.

    Args:
        rng: chooses size and kind.
        rgba: uint8 (h, w, 4), straight alpha; not modified.
        box: the person's placement; unless the photo cuts them off above, the head is at the top.
    """
    if box.cut.above:
        return rgba
    tall, wide = box.bottom - box.top, box.right - box.left
    radius = int(min(0.5 * wide, tall * (0.3 if box.cut.below else 0.09)) * rng.uniform(0.6, 1.1))
    rows = rgba[box.top : box.top + max(2, radius), :, 3]
    columns = np.flatnonzero((rows > 127).any(0))
    if radius < 3 or not len(columns):
        return rgba
    centre = int(columns.mean()), box.top + radius
    side = max(2, int(2 * radius / rng.uniform(3, 9)))
    rgb = np.ascontiguousarray(rgba[..., :3])
    if rng.random() < 0.5:
        blurred = cv2.GaussianBlur(rgb, (0, 0), side)
    else:
        small = max(1, rgb.shape[1] // side), max(1, rgb.shape[0] // side)
        blocks = cv2.resize(rgb, small, interpolation=cv2.INTER_AREA)
        blurred = cv2.resize(blocks, rgb.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    inside = np.zeros(rgb.shape[:2], np.uint8)
    cv2.ellipse(inside, centre, (radius, int(1.2 * radius)), 0, 0, 360, 1, -1)
    return np.dstack([np.where(inside[..., None] > 0, blurred, rgb), rgba[..., 3]])
