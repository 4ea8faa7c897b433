"""Photographed hands that enter the frame, in front of or beside the person."""

from dataclasses import replace
from pathlib import Path as FilePath

import numpy as np
import torch
from torch import Tensor

from ..errors import DataError
from .motion import Path, place, smooth_curve
from .pictures import PictureFolder

# the direction from the wrist's cut to the fingertips, (x, y) on the screen, by the side at which the arm is cut
POINTING = {"left": (1.0, 0.0), "right": (-1.0, 0.0), "top": (0.0, 1.0), "bottom": (0.0, -1.0)}
SIDES = ("left", "right", "bottom", "bottom")  # of the frame, from which hands come


class Hands:
    """Hands with forearms, RGBA; the last word of a file's name is the side at which the photo cuts the arm.

    Args:
        folder: of pictures such as ada_01_right.webp.
        max_side: long side in pixels to which larger pictures are shrunk.

    Raises:
        DataError: no such folder, no picture in it, or no name that gives the side.
    """

    def __init__(self, folder: FilePath, max_side: int):
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
        """A moving hand that reaches into the frame, its cut end outside: premultiplied RGBA, (T, 4, H, W).

        Args:
            rng: draws everything.
            size: (H, W).
            length: T.
            stride: frames of a video between neighbouring frames.
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
        # counter-clockwise on the screen, whose y points down
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
        # it may leave the frame again, but never move so far in that the cut shows
        inward = np.minimum(x * target[0] + y * target[1], 0)
        sideways = x * abs(target[1]) + y * abs(target[0])
        path = Path(
            centre[0] + inward * target[0] + sideways * abs(target[1]),
            centre[1] + inward * target[1] + sideways * abs(target[0]),
            np.full(length, scale),
            angle + smooth_curve(rng, length, speed / 900, stride),
            flip,
        )
        path = _cut_outside(path, (h, w), pointing, POINTING[side], size)
        return place(premultiplied(_tinted(rng, rgba, skin)), path, size, "zeros").clamp(0, 1)


def _cut_outside(
    path: Path,
    picture: tuple[int, int],
    pointing: tuple[float, float],
    inward: tuple[float, float],
    frame: tuple[int, int],
) -> Path:
    """Push the path back until both ends of a turned or leaning arm's cut lie beyond the frame's edge.

    Args:
        path: path of the hand.
        picture: (h, w), size of the hand's picture.
        pointing: the direction from the cut to the fingertips, in the picture.
        inward: the direction from the edge into the frame.
        frame: (H, W).
    """
    (h, w), (height, width) = picture, frame
    edge = min(0.0, inward[0] * width, inward[1] * height) - 1  # a pixel beyond
    cos, sin = np.cos(path.angle), np.sin(path.angle)
    ends = []
    for sign in (-1, 1):
        across = (-pointing[0] + sign * pointing[1]) * w / 2 * (-1 if path.flip else 1) * path.scale
        down = (-pointing[1] + sign * pointing[0]) * h / 2 * path.scale
        x, y = path.x + cos * across + sin * down, path.y - sin * across + cos * down
        ends.append(x * inward[0] + y * inward[1] - edge)
    too_far = np.maximum(0, np.maximum(*ends))
    return replace(path, x=path.x - too_far * inward[0], y=path.y - too_far * inward[1])


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
