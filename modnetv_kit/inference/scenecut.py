"""Notices when a video cuts to another scene, where everything restored so far has become wrong."""

from typing import NamedTuple

import numpy as np

THUMBNAIL = (18, 32)  # height, width: small enough that a moving person or camera changes little
BINS = 6


class Glance(NamedTuple):
    """What is remembered of a frame: a thumbnail, float (18, 32, 3) in [0, 255], and its colour histogram, (216,)."""

    thumbnail: np.ndarray
    histogram: np.ndarray


def glance(frame: np.ndarray) -> Glance:
    """Look at a uint8 HxWx3 frame, H and W from 32 up."""
    rows = np.linspace(0, frame.shape[0], THUMBNAIL[0] + 1).astype(int)
    columns = np.linspace(0, frame.shape[1], THUMBNAIL[1] + 1).astype(int)
    # every 4th pixel is plenty for means over cells, and four times four cheaper
    step = max(1, min(frame.shape[:2]) // 270)
    small = frame[::step, ::step].astype(np.float32)
    sums = np.add.reduceat(np.add.reduceat(small, rows[:-1] // step, 0), columns[:-1] // step, 1)
    counts = np.outer(
        np.diff(np.append(rows[:-1] // step, small.shape[0])), np.diff(np.append(columns[:-1] // step, small.shape[1]))
    )
    thumbnail = sums / counts[..., None]
    codes = (thumbnail / 256 * BINS).astype(int) @ np.array([BINS * BINS, BINS, 1])
    return Glance(thumbnail, np.bincount(codes.ravel(), minlength=BINS**3) / codes.size)


def is_scene_cut(before: Glance, after: Glance) -> bool:
    """Whether two neighbouring frames show different scenes.

    Both the place of things and the colours must have changed: the thumbnails by more than 28 of 255 on average, and
    the histograms must have less than 80 % in common. A pan moves things but keeps the colours; a lamp changes the
    colours, but all over the frame alike, so the mean change of each channel is taken out first.
    """
    change = after.thumbnail - before.thumbnail
    moved = np.abs(change - change.mean((0, 1))).mean()
    shared = np.minimum(before.histogram, after.histogram).sum()
    return bool(moved > 28 and shared < 0.8)
