"""Examples that work offline: short clips of a public-domain portrait that moves in a drawn room.

`python -m modnetv_kit.app.examples` regenerates the clips and the files in assets/ with the current weights.
"""

import atexit
import shutil
import tempfile
import threading
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from ..data import motion
from ..samples import CUTOUT, evening_sky, sample_clip
from ..video import VideoInfo, open_video, open_writer

ASSETS = Path(__file__).parent / "assets"
EXAMPLES = {"Camera at rest": sample_clip(), "Camera pans": sample_clip(pans=True)}
"""Clips composed by `compose_example`, 640 x 360, three seconds each."""
SHOWCASE = ASSETS / "showcase.mp4"
"""The first example and its result, side by side."""
SIZE = (360, 640)  # height, width
FRAMES, RATE = 72, 24

_lock = threading.Lock()


@cache
def poster(video: Path) -> Path:
    """The middle frame of an example as a small JPEG, cached after the first call."""
    path = folder() / f"{video.stem}.jpg"
    Image.fromarray(middle_frame(video)).save(path, quality=85)
    return path


def middle_frame(video: str | Path) -> np.ndarray:
    """A thumbnail of a video's middle frame: uint8 (H, W, 3), at most 480 pixels."""
    reader = open_video(video)
    image = Image.fromarray(reader[len(reader) // 2].image)
    image.thumbnail((480, 480))
    return np.asarray(image)


def example_background() -> Path:
    """The path of a picture of a drawn evening sky."""
    path = folder() / "evening_sky.jpg"
    with _lock:
        if not path.exists():
            Image.fromarray(evening_sky(720, 1280)).save(path, quality=90)
    return path


def compose_example(pans: bool, frames: int = FRAMES, size: tuple[int, int] = SIZE) -> np.ndarray:
    """The example clip, uint8 (T, H, W, 3), T = `frames` and (H, W) = `size`."""
    height, width = size
    t = np.arange(frames) / FRAMES * 2 * np.pi
    with Image.open(CUTOUT) as image:
        rgba = torch.from_numpy(np.array(image.convert("RGBA"))).permute(2, 0, 1).float() / 255
    scale = 0.92 * height / rgba.shape[1]
    x, y = width * (0.47 + 0.13 * np.sin(t)), height - rgba.shape[1] * scale * 0.47 + height * 0.008 * np.sin(3 * t)
    person = motion.Trajectory(x, y, scale * (1 + 0.02 * np.sin(t + 1)), 0.045 * np.sin(t + 0.6))
    premultiplied = torch.cat([rgba[:3] * rgba[3:], rgba[3:]])
    drawn = motion.place(premultiplied, person, size, "zeros")
    room = torch.from_numpy(draw_room(height, width * 4 // 3)).permute(2, 0, 1).float() / 255
    camera = motion.Trajectory(
        width / 2 + width * 0.12 * (np.sin(t * 0.7) if pans else 0 * t), 0 * t + height / 2, 0 * t + 1, 0 * t
    )
    behind = motion.place(room, camera, size, "reflection")
    clip = drawn[:, :3] + (1 - drawn[:, 3:]) * behind
    grain = torch.from_numpy(np.random.default_rng(0).normal(0, 0.008, clip.shape)).to(clip.dtype)  # camera noise
    return ((clip + grain).clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()


def draw_room(height: int, width: int) -> np.ndarray:
    """A wall with a window at dusk, bookshelves and a plant, slightly out of focus; uint8 (H, W, 3)."""
    oversampling = 2  # for smooth edges
    h, w = height * oversampling, width * oversampling
    y, x = np.mgrid[0 : 1 : h * 1j, 0 : 1 : w * 1j]
    light = np.exp(-((x - 0.28) ** 2 * 3 + (y - 0.35) ** 2 * 2))[..., None]
    wall = np.array([150, 146, 138.0]) + light * np.array([62, 56, 44.0])
    image = Image.fromarray(wall.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)

    def box(left: float, top: float, right: float, bottom: float, colour: tuple[int, int, int]) -> None:
        draw.rectangle((left * w, top * h, right * w, bottom * h), colour)

    box(0.10, 0.08, 0.34, 0.66, (236, 231, 222))
    view = evening_sky(round(0.52 * h), round(0.22 * w))
    image.paste(Image.fromarray(view), (round(0.11 * w), round(0.11 * h)))
    box(0.215, 0.10, 0.225, 0.64, (236, 231, 222))
    box(0.10, 0.355, 0.34, 0.375, (236, 231, 222))
    box(0.085, 0.66, 0.355, 0.69, (214, 206, 194))
    rng = np.random.default_rng(4)
    for shelf in (0.36, 0.66):
        box(0.66, shelf, 0.96, shelf + 0.025, (108, 80, 58))
        left = 0.67
        while left < 0.93:
            thick, tall = rng.uniform(0.010, 0.022), rng.uniform(0.13, 0.22)
            colours = ((74, 96, 112), (152, 112, 76), (98, 118, 96), (176, 160, 132), (92, 74, 84))
            if rng.random() < 0.8:
                box(left, shelf - tall, left + thick, shelf, colours[rng.integers(5)])
            left += thick + 0.003
    box(0.47, 0.80, 0.55, 1.0, (176, 112, 84))
    for lean in np.linspace(-0.10, 0.10, 9):
        tip = ((0.51 + lean) * w, (0.42 + 2.2 * abs(lean)) * h)
        draw.polygon([(0.50 * w, 0.81 * h), tip, (0.52 * w, 0.81 * h)], (70, round(104 + 200 * abs(lean)), 78))
    image = image.resize((width, height), Image.Resampling.LANCZOS)
    return np.array(image.filter(ImageFilter.GaussianBlur(height / 240)))


@cache
def folder() -> Path:
    """The folder for files made from the examples; deleted when the app exits."""
    path = Path(tempfile.mkdtemp(prefix="modnetv_examples_"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def write_examples() -> None:
    """Write the example clips and the files in assets/."""
    from .compositing import Results
    from .look import Look
    from .service import Service, request_folder

    for path in EXAMPLES.values():
        with open_writer(path, VideoInfo(SIZE[1], SIZE[0], Fraction(RATE)), crf=24) as writer:
            for index, frame in enumerate(compose_example(pans="pans" in path.name)):
                writer.write(frame, index, Fraction(1, RATE))
    with request_folder() as temporary:
        sky = temporary / "sky.jpg"
        Image.fromarray(evening_sky(720, 1280)).save(sky)
        look = Look("picture", file=sky)
        *_, results = Service().matte(next(iter(EXAMPLES.values())), look, folder=temporary)
        assert isinstance(results, Results)
        shutil.copyfile(results.preview, SHOWCASE)
    draw_link_picture().save(ASSETS / "og.jpg", quality=85)


def draw_link_picture() -> Image.Image:
    """The middle frame of the showcase, 1200 x 630 pixels: source on the left, result on the right."""
    pair = open_video(SHOWCASE)[FRAMES // 2].image
    half = pair.shape[1] // 2
    before, after = pair[:, :half], pair[:, half:]
    middle = half // 2
    picture = Image.fromarray(np.hstack([before[:, :middle], after[:, middle:]]))
    return ImageOps.fit(picture, (1200, 630), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    write_examples()
