"""Smooth affine trajectories: the motion of people and cameras in composed clips."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Trajectory:
    """The placement of a picture in each of T frames; all arrays have shape (T,).

    Attributes:
        x, y: centre of the picture in frame pixels.
        scale: frame pixels per picture pixel.
        angle: rotation in radians, counter-clockwise in the image.
        flip: whether the picture is mirrored.
    """

    x: np.ndarray
    y: np.ndarray
    scale: np.ndarray
    angle: np.ndarray
    flip: bool = False


def smooth_curve(rng: np.random.Generator, length: int, size: float, stride: int = 1) -> np.ndarray:
    """A smooth random curve, a drift plus two slow waves, that starts at 0 and moves about `size` per frame.

    Returns:
        (T,), its values at `length` frames, `stride` video frames apart.
    """
    t = np.arange(length) * stride
    curve = rng.normal(0, size) * t
    for _ in range(2):
        period = rng.uniform(8, 40)  # frames: a third of a second to a second and a half at 25 fps
        phase = rng.uniform(0, 2 * np.pi)
        curve = curve + rng.normal(0, size) * period / (2 * np.pi) * np.sin(2 * np.pi * t / period + phase)
    moved: np.ndarray = curve - curve[0]
    return moved


def random_trajectory(
    rng: np.random.Generator,
    length: int,
    centre: tuple[float, float],
    scale: float,
    speed: float,
    flip: bool = False,
    tilt: float = 0.0,
    stride: int = 1,
) -> Trajectory:
    """A trajectory of `length` frames around `centre` (x, y) and `scale`; `speed` in pixels per frame, 0 for no motion.

    `stride`: video frames between neighbouring frames.
    """
    return Trajectory(
        centre[0] + smooth_curve(rng, length, speed, stride),
        # people and cameras move sideways more than up and down
        centre[1] + smooth_curve(rng, length, speed / 3, stride),
        scale * np.exp(smooth_curve(rng, length, speed / 600, stride)),
        tilt + smooth_curve(rng, length, speed / 800, stride),
        flip,
    )


def place(picture: Tensor, trajectory: Trajectory, size: tuple[int, int], padding: str) -> Tensor:
    """Draw `picture` along `trajectory` into frames.

    Args:
        picture: (C, h, w) float; or (T, C, h, w), one for each frame.
        trajectory: of T frames.
        size: (H, W) of the frames.
        padding: padding beyond the picture's border, "zeros" for cutouts, "reflection" for backgrounds.

    Returns:
        (T, C, H, W).
    """
    h, w = picture.shape[-2:]
    height, width = size
    # bilinear sampling aliases below half size, so the picture is first reduced by a whole factor
    shrink = max(1, int(1 / max(float(trajectory.scale.max()), 1e-3)))
    pixels = [x.permute(1, 2, 0).numpy() for x in (picture if picture.ndim == 4 else picture[None])]
    if shrink > 1 and min(h, w) >= shrink:
        small = (w // shrink, h // shrink)
        pixels = [cv2.resize(x, small, interpolation=cv2.INTER_AREA) for x in pixels]
    rows, columns = pixels[0].shape[0] / h, pixels[0].shape[1] / w  # reduced pixels per picture pixel
    cos, sin = np.cos(trajectory.angle) / trajectory.scale, np.sin(trajectory.angle) / trajectory.scale
    mirror = -1.0 if trajectory.flip else 1.0
    # from the centres of frame pixels to the centres of picture pixels
    u, v = 0.5 - trajectory.x, 0.5 - trajectory.y
    across = np.stack([mirror * cos, -mirror * sin, w / 2 + mirror * (cos * u - sin * v)], 1) * columns
    down = np.stack([sin, cos, h / 2 + sin * u + cos * v], 1) * rows
    maps = np.stack([across, down], 1)
    maps[:, :, 2] -= 0.5
    border = {"zeros": cv2.BORDER_CONSTANT, "reflection": cv2.BORDER_REFLECT}[padding]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    each = pixels if len(pixels) > 1 else pixels * len(maps)
    frames = [
        cv2.warpAffine(x, m, (width, height), flags=flags, borderMode=border) for x, m in zip(each, maps, strict=True)
    ]
    return torch.from_numpy(np.stack(frames).reshape(len(frames), height, width, -1)).permute(0, 3, 1, 2)
