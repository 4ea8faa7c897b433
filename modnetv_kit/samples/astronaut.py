"""Eileen Collins, photographed by NASA and in the public domain, cut out twice; and places without people.

The files in assets/ come with the kit and are for examples. `sample_person` cuts the photo that scikit-image brings
by an outline drawn by hand: truth to train and measure on, in which no matting model had a part.
"""

from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from ..errors import InputError
from .clips import ASSETS

PORTRAIT = ASSETS / "astronaut.jpg"
CUTOUT = ASSETS / "astronaut.webp"
"""The portrait cut out: RGBA with straight alpha."""

# the outline of the astronaut, (x, y), by hand, down to where her helmet begins
OUTLINE = (
    *(
        (20, 390),
        (26, 345),
        (32, 330),
        (42, 278),
        (55, 264),
        (71, 242),
        (92, 225),
        (112, 207),
        (113, 188),
        (121, 185),
        (126, 170),
    ),
    *((137, 157), (156, 149), (172, 148), (185, 149), (183, 135), (176, 130), (171, 119), (161, 108), (156, 99)),
    *((154, 84), (154, 68), (161, 55), (176, 44), (190, 35), (201, 24), (216, 18), (233, 16), (249, 19), (267, 27)),
    *((284, 38), (295, 55), (300, 73), (301, 88), (297, 106), (289, 121), (280, 129), (275, 136), (267, 137)),
    *((262, 154), (258, 165), (255, 175), (267, 179), (282, 192), (295, 209), (302, 223), (305, 236), (319, 242)),
    *((333, 255), (346, 273), (353, 293), (359, 315), (363, 333), (364, 345), (366, 390)),
)
HEAD, RADII = np.array([227.0, 72.0]), np.array([72.0, 56.0])  # of an ellipse that fits the hair
HAIR = (128, 104, 62)  # RGB


def sample_person(scale: int = 1, strands: int = 0) -> np.ndarray:
    """Head and shoulders of an astronaut, cut off below: RGBA with straight alpha, uint8 (345 scale, 390 scale, 4).

    The outline was drawn by hand; no matting model was involved. It is drawn anew at every scale, so that an enlarged
    cutout has a sharp edge, though no more detail inside.

    Args:
        scale: factor by which to enlarge the picture.
        strands: number of strands of loose hair around the head; they are the same in every call.

    Raises:
        InputError: scikit-image is not installed.
    """
    picture = Image.fromarray(_skimage().astronaut()[:345, :390])
    size = picture.width * scale, picture.height * scale
    points = np.array(OUTLINE, float)
    for _ in range(3):  # Chaikin's corner cutting: a smooth curve after a few rounds
        after = np.roll(points, -1, 0)
        points = np.stack([0.75 * points + 0.25 * after, 0.25 * points + 0.75 * after], 1).reshape(-1, 2)
    fine = 4  # drawn finer, then reduced: soft edges of one pixel
    drawn = Image.new("L", (size[0] * fine, size[1] * fine))
    ImageDraw.Draw(drawn).polygon([(x, y) for x, y in points * scale * fine], fill=255)
    alpha = np.asarray(drawn.reduce(fine).filter(ImageFilter.GaussianBlur(0.7)))
    rgb = np.asarray(picture.resize(size, Image.Resampling.LANCZOS))
    hair = _loose_hair(size, scale, strands)
    rgb = np.where((alpha < 128)[..., None] & (hair > 0)[..., None], np.array(HAIR, np.uint8), rgb)
    return np.dstack([rgb, np.maximum(alpha, hair)])


def _loose_hair(size: tuple[int, int], scale: int, strands: int) -> np.ndarray:
    """The coverage of each pixel by strands of hair, uint8 (H, W) for `size` = (W, H)."""
    rng = np.random.default_rng(0)
    fine = 2
    canvas = Image.new("L", (size[0] * fine, size[1] * fine))
    draw = ImageDraw.Draw(canvas)
    along = np.linspace(0, 1, 12)[:, None]
    for _ in range(strands):
        angle = rng.uniform(0.95, 2.05) * np.pi
        outward = np.array([np.cos(angle), np.sin(angle)])
        sideways = outward[::-1] * (-1, 1) * rng.normal(0, 0.5)
        curve = HEAD + RADII * outward * 0.85 + rng.uniform(6, 22) * (outward * along + sideways * along**2)
        width = max(1, round(rng.uniform(0.2, 0.4) * scale * fine))
        draw.line([(x, y) for x, y in curve * scale * fine], fill=int(rng.uniform(110, 255)), width=width)
    return np.asarray(canvas.reduce(fine))


def sample_places() -> dict[str, np.ndarray]:
    """Places without people: "garage", uint8 (500, 741, 3), and "launch pad", uint8 (427, 640, 3).

    Raises:
        InputError: scikit-image is not installed.
    """
    pictures = _skimage()
    return {"garage": pictures.stereo_motorcycle()[0], "launch pad": pictures.rocket()}


def _skimage() -> Any:
    try:
        from skimage import data
    except ImportError:
        raise InputError('the sample pictures come with scikit-image: pip install "modnetv-kit[notebooks]"') from None
    return data
