"""Cutouts of people: the person's box and the sides cut off by the photo."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .motion import Trajectory


class Cut(NamedTuple):
    """The sides of a person cut off by the photo's edges."""

    above: bool
    below: bool
    left: bool
    right: bool

    @property
    def over(self) -> bool:
        """Whether both above and below are cut off."""
        return self.above and self.below

    @property
    def across(self) -> bool:
        """Whether both left and right are cut off."""
        return self.left and self.right


class Placement(NamedTuple):
    """The person's box in pixels and the cut sides, which determine where a cutout fits in a frame."""

    top: int
    bottom: int
    left: int
    right: int
    cut: Cut


def find_person(rgba: np.ndarray) -> Placement | None:
    """The box of alpha > 0.5 of a uint8 HxWx4 cutout and the sides cut by the picture's edges; None if empty.

    A side is cut if the person touches the edge along more than 15 % of their height or width.
    """
    solid = rgba[..., 3] > 127
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if not len(rows):
        return None
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    across, along = 0.15 * (right - left), 0.15 * (bottom - top)
    cut = Cut(
        bool(solid[:2].any(0).sum() > across),
        bool(solid[-2:].any(0).sum() > across),
        bool(solid[:, :2].any(1).sum() > along),
        bool(solid[:, -2:].any(1).sum() > along),
    )
    return Placement(top, bottom, left, right, cut)


def cut_sides_outside(
    trajectory: Trajectory, box: Placement, picture: tuple[int, int], frame: tuple[int, int], margin: float
) -> Trajectory:
    """Shift a cutout's trajectory so that every cut side lies outside the frame and no person ends in mid-air.

    If a person is cut on two opposite sides but too small to span the frame, right takes precedence over left, and
    below over above.

    Args:
        trajectory: trajectory of the cutout.
        box: the person in the cutout.
        picture: (h, w) of the cutout.
        frame: (H, W).
        margin: distance outside the frame, as a share of the person's height or width.
    """
    (h, w), (height, width) = picture, frame
    left, right, cut_left, cut_right = box.left, box.right, box.cut.left, box.cut.right
    if trajectory.flip:
        left, right, cut_left, cut_right = w - right, w - left, cut_right, cut_left
    x, y = trajectory.x, trajectory.y
    wide, tall = margin * (right - left), margin * (box.bottom - box.top)
    if cut_left:
        x = np.minimum(x, -(left + wide - w / 2) * trajectory.scale)
    if cut_right:
        x = np.maximum(x, width - (right - wide - w / 2) * trajectory.scale)
    if box.cut.above:
        y = np.minimum(y, -(box.top + tall - h / 2) * trajectory.scale)
    if box.cut.below:
        y = np.maximum(y, height - (box.bottom - tall - h / 2) * trajectory.scale)
    return replace(trajectory, x=x, y=y)
