"""Simulated prompts, drawn from the true alpha: clicks, boxes, masks and trimaps."""

import cv2
import numpy as np
import torch
from torch import Tensor

from ..prompt_maps import Point, draw_prompt

WHOLE = 0.7  # probability that a click on one person removes the others whole, as a session does where possible
LEAST = 0.005  # smallest share of the frame that a prompted person covers


def draw_true_prompt(rng: np.random.Generator, meant: Tensor, others: Tensor) -> Tensor | None:
    """K, R and g of a prompt for the target person, (3, H/4, W/4); None if the person is hardly visible.

    Args:
        rng: chooses kind and place.
        meant: visible alpha of the prompted person in the first frame, (H, W) in [0, 1].
        others: the alpha of everybody else, (H, W) in [0, 1].
    """
    alpha, rest = meant.numpy(), others.numpy()
    height, width = alpha.shape
    grid = -(-height // 4), -(-width // 4)
    if (alpha > 0.9).mean() < LEAST:
        return None
    long = max(height, width)
    kind = rng.random()
    if kind < 0.6:
        count = 1 if kind < 0.4 else int(rng.integers(2, 6))
        points: list[Point] = [(*inside(rng, alpha), "keep") for _ in range(count)]
        if (rest > 0.9).mean() > LEAST and rng.random() < 0.35:
            points.append((*inside(rng, rest), "remove"))
        kept, removed = draw_prompt((height, width), grid, points=points)
        if rng.random() < WHOLE:
            others_cells = cv2.resize((rest > 0.5).astype(np.float32), grid[::-1], interpolation=cv2.INTER_AREA) > 0.5
            removed = np.maximum(removed, (others_cells & (kept == 0)).astype(np.float32))
        maps = kept, removed
    elif kind < 0.75:
        rows, columns = np.flatnonzero((alpha > 0.5).any(1)), np.flatnonzero((alpha > 0.5).any(0))
        slack = rng.uniform(-0.01, 0.04, 4) * long
        left, top = max(0.0, columns[0] - slack[0]), max(0.0, rows[0] - slack[1])
        right, bottom = min(width, columns[-1] + 1 + slack[2]), min(height, rows[-1] + 1 + slack[3])
        maps = draw_prompt((height, width), grid, boxes=[(left, top, right - left, bottom - top)])
    elif kind < 0.9:
        mask = _careless(rng, alpha > 0.5)
        if not mask.any():
            return None
        maps = draw_prompt((height, width), grid, mask=mask)
    else:
        reach = 2 * round(long * rng.uniform(0.008, 0.04)) + 1
        ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        sure = cv2.erode((alpha > 0.95).astype(np.uint8), ellipse)
        possible = cv2.dilate((alpha > 0.05).astype(np.uint8), ellipse)
        if possible.all() and sure.all():
            return None
        maps = draw_prompt((height, width), grid, trimap=np.where(sure > 0, 1.0, np.where(possible > 0, 0.5, 0.0)))
    keep, remove = (torch.from_numpy(x) for x in maps)
    return torch.stack([keep, remove, torch.ones_like(keep)])


def inside(rng: np.random.Generator, alpha: np.ndarray) -> tuple[float, float]:
    """A point (x, y) inside `alpha` (H, W), away from the edges, like a user's click."""
    depth = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    rows, columns = np.nonzero(depth >= depth.max() * rng.uniform(0.3, 0.9))
    i = rng.integers(len(rows))
    return float(columns[i]), float(rows[i])


def _careless(rng: np.random.Generator, mask: np.ndarray) -> np.ndarray:
    """An imprecise mask, as from a segmentation network: a rounded edge, moved by up to 1 % of the long side."""
    sigma = float(rng.uniform(0.5, 0.01 * max(mask.shape)))
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma)
    return soft > rng.uniform(0.3, 0.7)
