"""Detection of scene cuts, after which the restored background is wrong."""

from typing import NamedTuple

import numpy as np

THUMBNAIL = (18, 32)  # height, width: so small that a moving person or camera changes little
BINS = 6


class Glance(NamedTuple):
    """A summary of a frame: a thumbnail, float (18, 32, 3) in [0, 255], and its colour histogram, (216,)."""

    thumbnail: np.ndarray
    histogram: np.ndarray


def glance(frame: np.ndarray) -> Glance:
    """Summarise a uint8 (H, W, 3) frame, with H and W from 32 up.

    Examples:
        >>> glance(np.zeros((48, 64, 3), np.uint8)).thumbnail.shape
        (18, 32, 3)
    """
    rows = np.linspace(0, frame.shape[0], THUMBNAIL[0] + 1).astype(int)
    columns = np.linspace(0, frame.shape[1], THUMBNAIL[1] + 1).astype(int)
    # a few pixels are enough for the mean of a cell
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
    """Whether two consecutive frames show different scenes.

    Both layout and colours must change: the thumbnails by more than 28 of 255 on average, and the histograms must share
    less than 80 %. A pan changes the layout but not the colours. A lamp changes the colours of the whole frame alike,
    so the mean change of each channel is subtracted first.

    Examples:
        >>> day, night = np.zeros((48, 64, 3), np.uint8), np.zeros((48, 64, 3), np.uint8)
        >>> day[:, :32], night[:, 32:, 2] = 255, 255  # white on the left, blue on the right
        >>> is_scene_cut(glance(day), glance(day)), is_scene_cut(glance(day), glance(night))
        (False, True)
    """
    change = after.thumbnail - before.thumbnail
    moved = np.abs(change - change.mean((0, 1))).mean()
    shared = np.minimum(before.histogram, after.histogram).sum()
    return bool(moved > 28 and shared < 0.8)
