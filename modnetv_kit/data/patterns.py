"""Strong patterns on clothes, which cause holes in mattes: stripes, plaid, dots, prints and lettering."""

import cv2
import numpy as np

from .cutouts import Placement
from .skin import skin_mask


def draw_pattern(rng: np.random.Generator, rgba: np.ndarray, box: Placement, picture: np.ndarray) -> np.ndarray:
    """Draw a pattern on a cutout's clothes and keep folds and shadows.

    Everything below the head that is not skin-coloured counts as clothes.

    Args:
        rng: source of all random choices.
        rgba: uint8 (h, w, 4), straight alpha; not modified.
        box: the person's placement.
        picture: RGB, uint8; a random part may become a print.
    """
    h, w = rgba.shape[:2]
    tall, wide = box.bottom - box.top, box.right - box.left
    top = box.top + int(tall * rng.uniform(0.2, 0.45))
    clothes = (rgba[..., 3] > 0) & ~skin_mask(rgba[..., :3])
    clothes[: max(0, top)] = False
    if clothes.mean() < 0.01:
        return rgba
    drawn = _pattern(rng, (h, w), wide, picture)
    weight = cv2.GaussianBlur(clothes.astype(np.float32), (0, 0), max(1.0, wide / 120))[..., None]
    weight = weight * rng.uniform(0.6, 1)
    colours = rgba[..., :3].astype(np.float32)
    grey = cv2.cvtColor(rgba[..., :3], cv2.COLOR_RGB2GRAY).astype(np.float32)
    shading = (grey / max(8.0, float(grey[clothes].mean()))).clip(0.2, 1.8)[..., None]
    mixed = colours * (1 - weight) + drawn * shading * weight
    return np.dstack([mixed.clip(0, 255).astype(np.uint8), rgba[..., 3]])


def _pattern(rng: np.random.Generator, size: tuple[int, int], wide: int, picture: np.ndarray) -> np.ndarray:
    """A pattern that fills `size` = (H, W), float32 (H, W, 3) in [0, 255]."""
    ink, cloth = rng.uniform(0, 255, (2, 3)).astype(np.float32)
    if rng.random() < 0.4:  # black and white, the strongest contrast
        ink, cloth = np.full(3, rng.uniform(0, 40), np.float32), np.full(3, rng.uniform(200, 255), np.float32)
    kind = rng.random()
    period = wide * float(np.exp(rng.uniform(np.log(0.02), np.log(0.25))))
    angle = float(rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)]))
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    stripes = np.sin(2 * np.pi * along / max(3.0, period)) > rng.uniform(-0.5, 0.5)
    if kind < 0.35:
        share = stripes.astype(np.float32)
    elif kind < 0.6:  # plaid
        share = (stripes.astype(np.float32) + (np.sin(2 * np.pi * across / max(3.0, period)) > 0)) / 2
    elif kind < 0.7:  # dots
        share = (
            (np.sin(2 * np.pi * along / max(3.0, period)) * np.sin(2 * np.pi * across / max(3.0, period))) > 0.3
        ).astype(np.float32)
    elif kind < 0.85:  # a print
        side = int(min(picture.shape[:2]) * rng.uniform(0.3, 1))
        row, column = (int(rng.integers(edge - side + 1)) for edge in picture.shape[:2])
        window = picture[row : row + side, column : column + side]
        return cv2.resize(window, size[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    else:  # lettering on plain cloth
        letters = np.zeros(size, np.uint8)
        for _ in range(int(rng.integers(1, 5))):
            text = "".join(rng.choice(list("ABCDEFGHKLMNOPRSTUVWXY0123456789"), int(rng.integers(2, 9))))
            place = (int(rng.uniform(0, 0.7) * size[1]), int(rng.uniform(0.3, 1) * size[0]))
            scale = wide * float(rng.uniform(0.003, 0.012))
            cv2.putText(letters, text, place, cv2.FONT_HERSHEY_DUPLEX, scale, 255, max(1, int(2 * scale)), cv2.LINE_AA)
        share = letters.astype(np.float32) / 255
    drawn: np.ndarray = cloth + share[..., None] * (ink - cloth)
    return drawn
