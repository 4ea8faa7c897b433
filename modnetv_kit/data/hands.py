"""Photographed hands that enter the frame, in front of or beside the person."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import DataError
from .motion import Trajectory, place, smooth_curve
from .pictures import PictureFolder

# the direction from the cut to the fingertips, (x, y) in the image, by the side where the arm is cut off
POINTING = {"left": (1.0, 0.0), "right": (-1.0, 0.0), "top": (0.0, 1.0), "bottom": (0.0, -1.0)}
SIDES = ("left", "right", "bottom", "bottom")  # sides of the frame where hands enter


class Hands:
    """Hands with forearms, RGBA; the last word of a file's name gives the side where the photo cuts off the arm.

    Args:
        folder: holds pictures such as ada_01_right.webp.
        max_side: long side in pixels to which larger pictures are shrunk.

    Raises:
        DataError: no such folder, no picture in it, or no name with a side.
    """

    def __init__(self, folder: Path, max_side: int):
        pictures = PictureFolder(folder, "RGBA", max_side)
        sides = [name.rsplit(".", 1)[0].rsplit("_", 1)[-1] for name in pictures.names]
        self.pictures = [
            (picture, POINTING[side])
            for picture, side in zip(pictures.pictures, sides, strict=True)
            if side in POINTING
        ]
        if not self.pictures:
            raise DataError(
                f"no name in {folder} ends in the side at which the arm is cut; call the pictures NAME_left.webp, "
                "NAME_right.webp, NAME_top.webp or NAME_bottom.webp"
            )

    def enter(
        self, rng: np.random.Generator, size: tuple[int, int], length: int, stride: int, skin: np.ndarray
    ) -> Tensor:
        """A moving hand that enters the frame, with its cut end outside: premultiplied RGBA, (T, 4, H, W).

        Args:
            rng: source of all random choices.
            size: (H, W).
            length: T.
            stride: video frames between neighbouring frames.
            skin: the person's skin colour, (3,) in [0, 255]; the hand is tinted toward it.
        """
        rgba, pointing = self.pictures[rng.integers(len(self.pictures))]
        height, width = size
        h, w = rgba.shape[:2]
        long = w if pointing[0] else h
        reach = float(np.exp(rng.uniform(np.log(0.15), np.log(0.75)))) * min(size)
        scale = reach / long
        side = SIDES[rng.integers(len(SIDES))]
        flip = bool(rng.random() < 0.5)
        along = np.array(pointing) * ((-1, 1) if flip else (1, 1))
        lean = float(rng.normal(0, 0.45))
        target = np.array(POINTING[side])
        turned = np.array(
            [target[0] * np.cos(lean) - target[1] * np.sin(lean), target[0] * np.sin(lean) + target[1] * np.cos(lean)]
        )
        # counter-clockwise in the image, whose y axis points down
        angle = float(np.arctan2(along[1], along[0]) - np.arctan2(turned[1], turned[0]))
        edge = np.array([rng.uniform(0.05, 0.95) * width, rng.uniform(0.2, 1.0) * height])
        if target[0]:
            edge[0] = 0 if target[0] > 0 else width
        else:
            edge[1] = 0 if target[1] > 0 else height
        thick = 0.5 * (h if pointing[0] else w) * scale * abs(np.sin(lean))
        centre = edge + turned * (reach / 2 - thick - rng.uniform(0.02, 0.35) * reach)
        speed = float(np.exp(rng.uniform(np.log(0.5), np.log(14)))) * width / 512
        x, y = (smooth_curve(rng, length, speed, stride) for _ in range(2))
        # it may leave the frame again, but never moves in so far that the cut shows
        inward = np.minimum(x * target[0] + y * target[1], 0)
        sideways = x * abs(target[1]) + y * abs(target[0])
        trajectory = Trajectory(
            centre[0] + inward * target[0] + sideways * abs(target[1]),
            centre[1] + inward * target[1] + sideways * abs(target[0]),
            np.full(length, scale),
            angle + smooth_curve(rng, length, speed / 900, stride),
            flip,
        )
        trajectory = _cut_outside(trajectory, (h, w), pointing, POINTING[side], size)
        return place(premultiplied(_tinted(rng, rgba, skin)), trajectory, size, "zeros").clamp(0, 1)


def _cut_outside(
    trajectory: Trajectory,
    picture: tuple[int, int],
    pointing: tuple[float, float],
    inward: tuple[float, float],
    frame: tuple[int, int],
) -> Trajectory:
    """Shift the trajectory until both ends of a rotated arm's cut lie beyond the frame's edge.

    Args:
        trajectory: the hand's trajectory.
        picture: (h, w), size of the hand's picture.
        pointing: the direction from the cut to the fingertips, in the picture.
        inward: the direction from the edge into the frame.
        frame: (H, W).
    """
    (h, w), (height, width) = picture, frame
    edge = min(0.0, inward[0] * width, inward[1] * height) - 1  # one pixel beyond
    cos, sin = np.cos(trajectory.angle), np.sin(trajectory.angle)
    ends = []
    for sign in (-1, 1):
        across = (-pointing[0] + sign * pointing[1]) * w / 2 * (-1 if trajectory.flip else 1) * trajectory.scale
        down = (-pointing[1] + sign * pointing[0]) * h / 2 * trajectory.scale
        x, y = trajectory.x + cos * across + sin * down, trajectory.y - sin * across + cos * down
        ends.append(x * inward[0] + y * inward[1] - edge)
    too_far = np.maximum(0, np.maximum(*ends))
    return replace(trajectory, x=trajectory.x - too_far * inward[0], y=trajectory.y - too_far * inward[1])


def premultiplied(rgba: np.ndarray) -> Tensor:
    """Straight RGBA, uint8 (..., h, w, 4), as premultiplied (..., 4, h, w) in [0, 1]."""
    drawn = torch.from_numpy(rgba).movedim(-1, -3).float() / 255
    return torch.cat([drawn[..., :3, :, :] * drawn[..., 3:, :, :], drawn[..., 3:, :, :]], -3)


def _tinted(rng: np.random.Generator, rgba: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """The hand with its mean colour moved toward `skin`."""
    solid = rgba[..., 3] > 127
    if not solid.any():
        return rgba
    mean = rgba[..., :3][solid].mean(0)
    gain = 1 + float(rng.uniform(0.5, 1)) * (skin / np.maximum(mean, 1) - 1)
    return np.dstack([(rgba[..., :3] * gain.clip(0.25, 2)).clip(0, 255).astype(np.uint8), rgba[..., 3]])
