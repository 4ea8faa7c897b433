"""Real footage and photos, used as they are, with a teacher's alpha."""

import math

import numpy as np
import torch
from torch import Tensor

from .augment import recolour
from .footage import FootageSource
from .motion import place, random_trajectory
from .windows import draw_window


def real_clip(
    rng: np.random.Generator, footage: list[FootageSource], size: tuple[int, int], length: int, stride: int
) -> tuple[Tensor, Tensor, str]:
    """A window of a clip or photo, mirrored and recoloured at random.

    In a clip of several frames, the window of a photo moves like a camera.

    Args:
        rng: source of all random choices.
        footage: the clips and photos to draw from.
        size: (H, W).
        length: T.
        stride: largest distance between neighbouring frames.

    Returns:
        Frames (T, 3, H, W) and alpha (T, 1, H, W) in [0, 1], and the clip's name.
    """
    height, width = size

    def choose() -> FootageSource:
        """Of three, the one whose aspect ratio is closest to the frame's, to crop less."""
        drawn = [footage[int(i)] for i in rng.integers(len(footage), size=3)]
        return min(drawn, key=lambda f: abs(math.log(f.aspect * height / width)))

    chosen, places = draw_window(rng, choose, length, stride)
    n, h, w = chosen.alpha.shape
    still = n == 1
    colours = recolour(rng, chosen.frames.reshape(n * h, w, 3), 0.7).reshape(n, h, w, 3)
    rgba = np.concatenate([colours, chosen.alpha[..., None]], -1)
    pictures = torch.from_numpy(rgba).movedim(-1, 1).float() / 255
    pictures = pictures[places]
    scale = max(height / h, width / w) * float(np.exp(rng.uniform(0, np.log(1.4))))
    room_x, room_y = (w * scale - width) / 2, (h * scale - height) / 2
    # the window is centred near the person, so most windows show them
    solid = chosen.alpha[places[0]] > 127
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    flip = bool(rng.random() < 0.5)
    x, y = width / 2, height / 2
    if len(rows):
        mirror = -1 if flip else 1
        x += mirror * (w / 2 - rng.uniform(columns[0], columns[-1] + 1)) * scale
        y += (h / 2 - rng.uniform(rows[0], rows[-1] + 1)) * scale
    speed = 0.0
    if length > 1 and (still or rng.random() < 0.2):
        speed = float(np.exp(rng.uniform(np.log(0.3), np.log(6)))) * width / 512
    trajectory = random_trajectory(rng, length, (x, y), scale, speed, flip, 0.0, stride)
    inside_x = trajectory.x.clip(width / 2 - room_x, width / 2 + room_x)
    inside_y = trajectory.y.clip(height / 2 - room_y, height / 2 + room_y)
    trajectory = type(trajectory)(inside_x, inside_y, np.full(length, scale), np.zeros(length), flip)
    frames = place(pictures, trajectory, size, "reflection").clamp(0, 1)
    return frames[:, :3], frames[:, 3:], chosen.name
