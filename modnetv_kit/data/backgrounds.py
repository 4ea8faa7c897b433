"""Backgrounds seen by a static or moving camera, and objects cut from them."""

from pathlib import Path

import numpy as np
from torch import Tensor

from ..errors import DataError, InputError
from ..files import PICTURE_SUFFIXES
from .augment import gaussian_blur, recolour
from .distractors import cut_thing
from .motion import place, random_trajectory
from .objects import draw_object
from .pictures import PictureFolder, as_tensor, pictures_in, read_picture
from .published import training_parts
from .spec import ClipSpec
from .windows import TRIES, warn_once

HARD = "hard_"  # file name prefix of backgrounds that cause false positives


class Backgrounds:
    """All backgrounds and their sampling.

    Pictures directly in the folder are decoded once and kept in memory; those of data sets in its sub-folders stay on
    disk until they are drawn.

    Args:
        folder: pictures without people.
        spec: the settings for sampling.

    Attributes:
        names: of the pictures, relative to the folder.
        weights: relative sampling weight of each background, before hardness is known.
        odds: cumulative sampling probabilities.

    Raises:
        DataError: no folder, no readable pictures in it, or a sub-folder without pictures.
    """

    def __init__(self, folder: Path, spec: ClipSpec):
        self.spec = spec
        self._files = _set_pictures(folder)
        kept = PictureFolder(folder, "RGB", spec.max_side) if not self._files or pictures_in(folder) else None
        self._kept = kept.pictures if kept else []
        self.names = [*(kept.names if kept else []), *(path.relative_to(folder).as_posix() for path in self._files)]
        hard = np.array([Path(name).name.startswith(HARD) for name in self.names])
        self.weights = np.ones(len(self))
        if spec.hard_background_prob and 0 < hard.sum() < len(self):
            self.weights = np.where(
                hard, spec.hard_background_prob / hard.sum(), (1 - spec.hard_background_prob) / (~hard).sum()
            )
        self.odds = np.cumsum(self.weights / self.weights.sum())

    def __len__(self) -> int:
        return len(self.names)

    def read(self, rng: np.random.Generator, index: int) -> tuple[np.ndarray, str]:
        """Background `index`, uint8 (h, w, 3), and its name; another one if its file is damaged.

        Raises:
            DataError: hardly any background can be read.
        """
        for _ in range(TRIES):
            if index < len(self._kept):
                return self._kept[index], self.names[index]
            try:
                picture = read_picture(self._files[index - len(self._kept)], "RGB", self.spec.max_side)
                return picture, self.names[index]
            except InputError as error:
                warn_once(f"skipped: {error}")
                index = self.draw(rng)
        raise DataError("hardly any picture in backgrounds/ can be read; check the files")

    def draw(self, rng: np.random.Generator) -> int:
        """Draw the index of a background."""
        return min(int(np.searchsorted(self.odds, rng.random(), side="right")), len(self) - 1)

    def plate(
        self,
        rng: np.random.Generator,
        size: tuple[int, int],
        length: int,
        stride: int,
        picture: Tensor,
        near: float,
        follow: bool,
    ) -> Tensor:
        """The plate of every frame, (T, 3, H, W): a picture or video seen by a camera.

        Args:
            rng: source of all random choices.
            size: (H, W).
            length: T.
            stride: video frames between neighbouring frames.
            picture: (3, h, w) in [0, 1], or (T, 3, h, w), one for each frame.
            near: probability of a close-up view.
            follow: whether the camera follows a person, so the background moves past.
        """
        closeness = rng.random() / near if near else 1.0
        if closeness < 0.6:  # a small piece tiled by mirroring, such as grass, gravel or cloth
            side = int(rng.integers(24, 128))
            top, left = (int(rng.integers(max(1, edge - side))) for edge in picture.shape[-2:])
            picture = picture[..., top : top + side, left : left + side]
        h, w = picture.shape[-2:]
        height, width = size
        scale = max(height / h, width / w) * rng.uniform(1.0, 1.8)
        if closeness < 0.6:
            scale = float(np.exp(rng.uniform(np.log(0.7), np.log(3))))
        elif closeness < 1:  # close to a wall or a pile of objects
            scale *= rng.uniform(1.5, 5.0)
        if rng.random() < self.spec.native_scale_prob:  # mirrored at its borders if it does not fill the frame
            scale = min(scale, 1.0)
        # the frame lies anywhere inside the picture
        room_x, room_y = max(0.0, w * scale - width) / 2, max(0.0, h * scale - height) / 2
        centre = (width / 2 + rng.uniform(-room_x, room_x), height / 2 + rng.uniform(-room_y, room_y))
        moves = follow or rng.random() >= self.spec.static_prob
        slowest = 3.0 if follow else 0.2
        speed = float(np.exp(rng.uniform(np.log(slowest), np.log(6)))) * width / 512 if moves else 0.0
        trajectory = random_trajectory(
            rng, length, centre, scale, speed, bool(rng.random() < 0.5), rng.normal(0, 0.03), stride
        )
        plate = place(picture, trajectory, size, "reflection")
        if rng.random() < 0.2:  # an out-of-focus background
            plate = gaussian_blur(plate, float(rng.uniform(0.7, 4)))
        return plate

    def distractor(
        self, rng: np.random.Generator, size: tuple[int, int], length: int, stride: int, cloth: np.ndarray | None
    ) -> Tensor:
        """A distractor: a drawn object, or a random outline cut from another background or `cloth`, uint8 (h, w, 3).

        Returns:
            Premultiplied RGBA, (T, 4, H, W).
        """
        picture = recolour(rng, self.read(rng, self.draw(rng))[0] if cloth is None else cloth)
        prob = self.spec.object_distractor_prob
        # nothing is drawn by chance at 0, so seeds give the clips they always gave
        drawn = prob > 0 and cloth is None and rng.random() < prob
        thing = draw_object(rng, picture) if drawn else cut_thing(rng, as_tensor(picture))
        height, width = size
        centre = (width * rng.uniform(-0.05, 1.05), height * rng.uniform(0.1, 1.1))
        scale = min(size) * float(np.exp(rng.uniform(np.log(0.12), np.log(0.7)))) / max(thing.shape[-2:])
        speed = float(np.exp(rng.uniform(np.log(0.2), np.log(6)))) * width / 512 if rng.random() < 0.5 else 0.0
        trajectory = random_trajectory(rng, length, centre, scale, speed, False, rng.normal(0, 0.3), stride)
        return place(thing, trajectory, size, "zeros").clamp(0, 1)


def _set_pictures(folder: Path) -> list[Path]:
    """The pictures of the data sets in a folder, sorted by name."""
    found = []
    for part in training_parts(folder):
        pictures = sorted(path for path in part.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
        if not pictures:
            raise DataError(f"{part} holds no pictures ({', '.join(PICTURE_SUFFIXES)}); add them, or remove the folder")
        found += pictures
    return found
