"""Small clips with true alpha on disk, and methods with given predictions."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from modnetv_kit.evaluation import ClipFiles, Prediction, list_clips, open_clip

OURS = {kind: kind for kind in ("frames", "alpha", "foreground", "background")}
RVM = {"frames": "com", "alpha": "pha", "foreground": "fgr", "background": "bgr"}


def person(index: int, height: int = 48, width: int = 64) -> np.ndarray:
    """The true alpha of frame `index`, float32 (H, W): a soft disc that walks to the right."""
    y, x = np.mgrid[0:height, 0:width]
    distance = np.hypot(y - height * 0.6, x - width * (0.3 + 0.03 * index))
    return np.clip((height * 0.3 - distance) / 3 + 0.5, 0, 1).astype(np.float32)


def texture(height: int = 48, width: int = 64, seed: int = 0) -> np.ndarray:
    """A background full of detail, uint8 (H, W, 3)."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3)).repeat(8, 0).repeat(8, 1)[:height, :width]
    return ((coarse + rng.integers(0, 256, (height, width, 3))) // 2).astype(np.uint8)


def write_clip(
    folder: Path, frames: int = 3, *, size: tuple[int, int] = (64, 48), names: dict[str, str] | None = None
) -> Path:
    """A red person before a texture at rest: frames/, alpha/, foreground/ and, of frame 0, background/.

    `names` renames the folders, or leaves out those that it does not name.
    """
    names = names or OURS
    background, red = texture(size[1], size[0]), np.array([200, 30, 30])
    for kind, name in names.items():
        (folder / name).mkdir(parents=True)
        for index in range(frames if kind != "background" else 1):
            alpha = person(index, size[1], size[0])
            picture = {
                "frames": alpha[..., None] * red + (1 - alpha[..., None]) * background,
                "alpha": alpha * 255,
                "foreground": np.broadcast_to(red, background.shape),
                "background": background,
            }[kind]
            Image.fromarray(np.rint(picture).astype(np.uint8)).save(folder / name / f"{index:04d}.png")
    return folder


def opened(folder: Path) -> ClipFiles:
    """The only clip in `folder`."""
    (clip,) = list_clips(folder)
    return open_clip(clip)


class Scripted:
    """A method whose alpha is the true alpha changed by a function of (index, alpha)."""

    def __init__(self, name: str = "scripted", change: Callable[[int, np.ndarray], np.ndarray] = lambda i, a: a):
        self.name = self.identity = name
        self.change = change
        self.clips: list[str] = []

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        self.clips.append(clip.name)
        for index, _ in enumerate(clip.read_frames()):
            yield Prediction(self.change(index, clip.read_alpha(index)).astype(np.float32))
