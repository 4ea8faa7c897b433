"""Smooth affine paths: how a person and a camera move through a composed clip."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Path:
    """Where a picture lies in each of T frames, all arrays of shape (T,).

    Attributes:
        x, y: centre of the picture in frame pixels.
        scale: frame pixels for a picture pixel.
        angle: rotation in radians, counter-clockwise on the screen.
        flip: whether the picture is mirrored.
    """

    x: np.ndarray
    y: np.ndarray
    scale: np.ndarray
    angle: np.ndarray
    flip: bool = False


def smooth_curve(rng: np.random.Generator, length: int, size: float) -> np.ndarray:
    """A smooth random curve (T,) that starts at 0 and moves about `size` per frame: a drift and two slow waves."""
    t = np.arange(length)
    curve = rng.normal(0, size) * t
    for _ in range(2):
        period = rng.uniform(8, 40)  # frames: a third of a second to a second and a half at 25 fps
        phase = rng.uniform(0, 2 * np.pi)
        curve = curve + rng.normal(0, size) * period / (2 * np.pi) * np.sin(2 * np.pi * t / period + phase)
    return curve - curve[0]


def moving_path(
    rng: np.random.Generator,
    length: int,
    centre: tuple[float, float],
    scale: float,
    speed: float,
    flip: bool = False,
    tilt: float = 0.0,
) -> Path:
    """A path of `length` frames around `centre` (x, y) and `scale`; speed in pixels per frame, 0 stands still."""
    return Path(
        centre[0] + smooth_curve(rng, length, speed),
        centre[1] + smooth_curve(rng, length, speed / 3),  # people and cameras move sideways more than up and down
        scale * np.exp(smooth_curve(rng, length, speed / 600)),
        tilt + smooth_curve(rng, length, speed / 800),
        flip,
    )


def place(picture: Tensor, path: Path, size: tuple[int, int], padding: str) -> Tensor:
    """Draw `picture` along `path` into frames.

    Args:
        picture: (C, h, w) float.
        path: T positions.
        size: (H, W) of the frames.
        padding: what lies beyond the picture's border: "zeros" for cutouts, "reflection" for backgrounds.

    Returns:
        (T, C, H, W).
    """
    channels, h, w = picture.shape
    height, width = size
    # bilinear sampling aliases below half size: halve the picture first, in whole steps
    shrink = max(1, int(1 / max(float(path.scale.max()), 1e-3)))
    if shrink > 1 and min(h, w) >= shrink:
        picture = F.avg_pool2d(picture[None], shrink, ceil_mode=True, count_include_pad=False)[0]
    cos, sin = np.cos(path.angle) / path.scale, np.sin(path.angle) / path.scale
    mirror = -1.0 if path.flip else 1.0
    # frame pixel (u, v) relative to the centre -> picture pixel, in the normalised units of grid_sample
    theta = np.zeros((len(path.x), 2, 3), np.float32)
    cu, cv = path.x - width / 2, path.y - height / 2
    theta[:, 0, 0], theta[:, 0, 1] = mirror * cos * width / w, mirror * -sin * height / w
    theta[:, 1, 0], theta[:, 1, 1] = sin * width / h, cos * height / h
    theta[:, 0, 2] = mirror * (-cos * cu + sin * cv) * 2 / w
    theta[:, 1, 2] = (-sin * cu - cos * cv) * 2 / h
    grid = F.affine_grid(torch.from_numpy(theta), [len(theta), channels, height, width], align_corners=False)
    frames = picture.expand(len(theta), -1, -1, -1)
    return F.grid_sample(frames, grid, mode="bilinear", padding_mode=padding, align_corners=False)
