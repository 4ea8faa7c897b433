"""Half-transparent parts of a person, such as a veil, a wide brim or a net."""

import cv2
import numpy as np

from .cutouts import Placement


def make_sheer(rng: np.random.Generator, rgba: np.ndarray, box: Placement) -> np.ndarray:
    """Make one or two parts of a cutout half-transparent: an end of the person, an oval, or a strip.

    Transparency varies within a part, and its edges are sharp to very soft. Elsewhere in the training data, alpha is
    fractional only at edges, so without sheer parts the network would take sheer cloth for opaque.

    Args:
        rng: source of all random choices.
        rgba: uint8 (h, w, 4), straight alpha; not modified.
        box: the person's placement.
    """
    rows, columns = np.nonzero(rgba[..., 3] > 127)
    wide = box.right - box.left
    size = rgba.shape[0], rgba.shape[1]
    parts = [_part(rng, size, rows, columns, wide) for _ in range(rng.integers(1, 3))]
    part = cv2.GaussianBlur(
        np.maximum.reduce(parts), (0, 0), max(0.3, wide * float(np.exp(rng.uniform(np.log(0.003), np.log(0.06)))))
    )
    coarse = rng.normal(0, rng.uniform(0, 0.3), (rng.integers(2, 9), rng.integers(2, 9))).astype(np.float32)
    waves = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)
    through = part * (rng.uniform(0.1, 0.95) + waves).clip(0, 1)
    return np.dstack([rgba[..., :3], (rgba[..., 3] * (1 - through)).round().astype(np.uint8)])


def _part(
    rng: np.random.Generator, shape: tuple[int, int], rows: np.ndarray, columns: np.ndarray, wide: int
) -> np.ndarray:
    """A mask with 1 inside one part, float32 of `shape`; `rows` and `columns` are the person's pixels."""
    kind, angle = rng.random(), rng.uniform(0, 2 * np.pi)
    along = np.array([np.sin(angle), np.cos(angle)])
    if kind < 0.35:  # everything beyond a line: the outermost 3 to 25 % of the person
        beyond = np.quantile(rows * along[0] + columns * along[1], 1 - rng.uniform(0.03, 0.25))
        y, x = np.ogrid[: shape[0], : shape[1]]
        end_part: np.ndarray = (y * along[0] + x * along[1] > beyond).astype(np.float32)
        return end_part
    part = np.zeros(shape, np.float32)
    i = rng.integers(len(rows))
    middle = np.array([columns[i], rows[i]])
    if kind < 0.8:
        axes = tuple(max(2, round(wide * rng.uniform(0.04, 0.35))) for _ in range(2))
        cv2.ellipse(part, tuple(map(int, middle)), axes, np.degrees(angle), 0, 360, 1, -1)
    else:
        reach = wide * rng.uniform(0.2, 1.0) / 2 * along[::-1]
        start, end = (tuple(map(int, middle + sign * reach)) for sign in (-1, 1))
        cv2.line(part, start, end, 1, max(2, round(wide * rng.uniform(0.02, 0.1))))
    return part
