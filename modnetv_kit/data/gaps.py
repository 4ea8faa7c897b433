"""Gaps in a person that show the background, as under an arm, beside a strap, or through the brim of a hat."""

import cv2
import numpy as np

from .cutouts import Placement


def cut_gaps(rng: np.random.Generator, rgba: np.ndarray, box: Placement) -> np.ndarray:
    """A cutout with one to three gaps, shaped as strips or ovals, mostly fully transparent.

    Gaps lie at random places, so a single picture hardly distinguishes a gap from a patch of cloth. The known
    background does, so gaps teach the network to use its memory.

    Args:
        rng: source of all random choices.
        rgba: uint8 (h, w, 4), straight alpha; not modified.
        box: the person's placement.
    """
    wide = box.right - box.left
    gaps = np.zeros(rgba.shape[:2], np.uint8)
    rows, columns = np.nonzero(rgba[..., 3] > 127)
    for _ in range(rng.integers(1, 4)):
        i = rng.integers(len(rows))
        x, y, angle = int(columns[i]), int(rows[i]), rng.uniform(0, np.pi)
        if rng.random() < 0.5:
            along = wide * rng.uniform(0.1, 0.6) * np.array([np.cos(angle), np.sin(angle)])
            start, end = (tuple(int(v) for v in (x, y) + sign * along / 2) for sign in (-1, 1))
            cv2.line(gaps, start, end, 255, max(2, round(wide * rng.uniform(0.02, 0.1))), cv2.LINE_AA)
        else:
            axes = tuple(max(2, round(wide * rng.uniform(0.02, 0.14))) for _ in range(2))
            cv2.ellipse(gaps, (x, y), axes, np.degrees(angle), 0, 360, 255, -1, cv2.LINE_AA)
    clear = 1.0 if rng.random() < 0.7 else rng.uniform(0.5, 1)
    soft = cv2.GaussianBlur(gaps, (0, 0), rng.uniform(0.5, 2))
    kept = rgba[..., 3] * (1 - clear / 255 * soft)
    return np.dstack([rgba[..., :3], kept.round().astype(np.uint8)])
