"""Distractors: objects with random outlines, cut from other pictures and placed beside or in front of people."""

import numpy as np
import torch
from torch import Tensor

from .cutouts import Placement


def cut_thing(rng: np.random.Generator, picture: Tensor) -> Tensor:
    """A window of a picture inside a random smooth outline.

    Without distractors in training, objects beside a person (a towel, a cushion, a picture frame) become false
    positives. The outline is a circle or a rounded square whose radius varies along a few waves, so it is as round,
    lobed or boxy as real objects.

    Args:
        rng: source of all random choices.
        picture: RGB in [0, 1], (3, h, w), h and w from 2 up.

    Returns:
        Premultiplied RGBA in [0, 1], (4, side, side) with side from 2 to the picture's shorter side.
    """
    h, w = picture.shape[-2:]
    side = max(2, int(min(h, w) * rng.uniform(0.2, 0.8)))
    top, left = rng.integers(h - side + 1), rng.integers(w - side + 1)
    window = picture[:, top : top + side, left : left + side]
    y, x = torch.meshgrid(*(torch.linspace(-1, 1, side),) * 2, indexing="ij")
    # sometimes as slim as a lamp, whose arm looks like a person's; horizontal or vertical
    y = y * float(rng.uniform(1, 2.5) if rng.random() < 0.7 else rng.uniform(4, 10))
    if rng.random() < 0.5:
        x, y = y, x
    power = 2 if rng.random() < 0.6 else 6  # round or boxy
    radius = (x.abs() ** power + y.abs() ** power) ** (1 / power)
    angle = torch.atan2(y, x)
    reach = torch.full_like(angle, 0.75)
    for waves in range(2, 6):
        reach = reach + float(rng.normal(0, 0.25 / waves)) * torch.sin(waves * angle + float(rng.uniform(0, 2 * np.pi)))
    soft = float(rng.uniform(1, 3)) / side  # an edge of one to three pixels
    alpha = ((reach.clamp(0.1, 0.95) - radius) / soft + 0.5).clamp(0, 1)[None]
    return torch.cat([window * alpha, alpha])


def find_cloth(rng: np.random.Generator, rgba: np.ndarray, box: Placement) -> np.ndarray | None:
    """A square of a person's clothes, to serve as background like clothes on a chair or a bed.

    If training shows cloth only on people, the network takes a towel beside a person for a sleeve.

    Args:
        rng: source of all random choices.
        rgba: a cutout, uint8 (h, w, 4).
        box: the person's placement.

    Returns:
        RGB, uint8 (side, side, 3), opaque; None if no opaque square was found.
    """
    upper = box.top + (box.bottom - box.top) // 3  # below most heads
    for _ in range(6):
        side = int(min(box.bottom - upper, box.right - box.left) * rng.uniform(0.2, 0.6))
        if side < 8:
            return None
        top, left = rng.integers(upper, box.bottom - side + 1), rng.integers(box.left, box.right - side + 1)
        window = rgba[top : top + side, left : left + side]
        if (window[..., 3] > 250).mean() > 0.98:
            return window[..., :3]
    return None
