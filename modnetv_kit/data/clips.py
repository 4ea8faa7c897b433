"""Training clips composed on the fly: `I = alpha F + (1 - alpha) B` is exact whatever the cutout's quality."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ..errors import DataError
from .augment import camera, cast_shadow, gaussian_blur, lighting_drift, recolour
from .motion import moving_path, place
from .pictures import PictureFolder


class Clip(NamedTuple):
    """A composed clip, or a batch of them with a leading axis.

    Attributes:
        frames: (T, 3, H, W) in [0, 1].
        alpha: (T, 1, H, W) in [0, 1].
        background: (T, 3, H, W) in [0, 1], the true plate of every frame.
        names: the files it was made from.
    """

    frames: Tensor
    alpha: Tensor
    background: Tensor
    names: list[str]


class Placement(NamedTuple):
    """What of a cutout must be known to put it into a frame: the person's box and which sides the photo cut off."""

    top: int
    bottom: int
    left: int
    right: int
    cut_below: bool


def find_person(rgba: np.ndarray) -> Placement | None:
    """The box of alpha > 0.5 of a uint8 HxWx4 cutout and whether the picture's lower edge cuts it; None if empty."""
    solid = rgba[..., 3] > 127
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if not len(rows):
        return None
    left, right = int(columns[0]), int(columns[-1]) + 1
    cut = solid[-2:].any(0).sum() > 0.15 * (right - left)
    return Placement(int(rows[0]), int(rows[-1]) + 1, left, right, bool(cut))


@dataclass(frozen=True)
class ClipSpec:
    """What a batch of composed clips looks like.

    Attributes:
        batch_size: clips a batch.
        length: frames a clip, T.
        sizes: (height, width) choices; one is drawn for each batch.
        static: share of clips with the camera at rest.
        empty: share of clips without a person.
        second: share of clips with two people.
        max_side: pictures are kept in memory at this long side.
    """

    batch_size: int
    length: int = 1
    sizes: tuple[tuple[int, int], ...] = ((224, 288), (256, 256), (288, 224))
    static: float = 0.5
    empty: float = 0.05
    second: float = 0.12
    max_side: int = 576


class ClipDataset(Dataset[Clip]):
    """Batches of composed clips; batch i depends on (seed, i) alone, so that a resumed run sees what it would have.

    Args:
        folder: holds cutouts/ (RGBA, straight alpha) and backgrounds/.
        spec: what to compose.
        seed: of all random choices.
        length: number of batches.

    Raises:
        DataError: a folder is missing or holds no readable picture, or no cutout shows anyone.
    """

    def __init__(self, folder: Path, spec: ClipSpec, seed: int = 0, length: int = 1_000_000):
        self.spec = spec
        self.seed = seed
        self.length = length
        self.cutouts = PictureFolder(folder / "cutouts", "RGBA", spec.max_side)
        self.backgrounds = PictureFolder(folder / "backgrounds", "RGB", spec.max_side)
        self.people = [find_person(picture) for picture in self.cutouts.pictures]
        if not any(self.people):
            raise DataError(f"there is no person (alpha above one half) in any picture of {folder / 'cutouts'}")
        if all(picture[..., 3].min() == 255 for picture in self.cutouts.pictures):
            raise DataError(f"no picture in {folder / 'cutouts'} is transparent anywhere; cutouts are RGBA PNG or WebP")

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Clip:
        """Batch `index`: tensors with a leading batch axis, (B, T, C, H, W)."""
        rng = np.random.default_rng((self.seed, index))
        size = self.spec.sizes[rng.integers(len(self.spec.sizes))]
        clips = [self.compose(rng, size) for _ in range(self.spec.batch_size)]
        frames, alpha, background = (torch.stack(maps) for maps in list(zip(*clips, strict=True))[:3])
        return Clip(frames, alpha, background, [name for clip in clips for name in clip.names])

    def compose(self, rng: np.random.Generator, size: tuple[int, int]) -> Clip:
        """One clip of `size` = (H, W)."""
        spec = self.spec
        plate, names = self._plate(rng, size)
        frames, alpha = plate, torch.zeros(spec.length, 1, *size)
        people = 0 if rng.random() < spec.empty else 2 if rng.random() < spec.second else 1
        for _ in range(people):
            rgb, person, name = self._person(rng, size)
            if rng.random() < 0.3:
                frames = cast_shadow(rng, frames, person)
            frames = rgb + (1 - person) * frames
            alpha = person + (1 - person) * alpha
            names.append(name)
        drift = lighting_drift(rng, spec.length) if rng.random() < 0.3 else torch.ones(spec.length, 1, 1, 1)
        frames, plate = (frames * drift).clamp(0, 1), (plate * drift).clamp(0, 1)
        return Clip(camera(rng, frames), alpha, plate, names)

    def _plate(self, rng: np.random.Generator, size: tuple[int, int]) -> tuple[Tensor, list[str]]:
        """A background seen by a camera at rest or in motion, (T, 3, H, W)."""
        i = int(rng.integers(len(self.backgrounds)))
        picture = torch.from_numpy(self.backgrounds.pictures[i]).permute(2, 0, 1).float() / 255
        h, w = picture.shape[-2:]
        height, width = size
        scale = max(height / h, width / w) * rng.uniform(1.0, 1.8)
        # the camera looks somewhere inside the picture
        room_x, room_y = max(0.0, w * scale - width) / 2, max(0.0, h * scale - height) / 2
        centre = (width / 2 + rng.uniform(-room_x, room_x), height / 2 + rng.uniform(-room_y, room_y))
        moves = rng.random() >= self.spec.static
        speed = float(np.exp(rng.uniform(np.log(0.2), np.log(6)))) * width / 512 if moves else 0.0
        path = moving_path(rng, self.spec.length, centre, scale, speed, bool(rng.random() < 0.5), rng.normal(0, 0.03))
        plate = recolour(rng, place(picture, path, size, "reflection"))
        if rng.random() < 0.2:  # out of focus behind the person
            plate = gaussian_blur(plate, float(rng.uniform(0.7, 4)))
        return plate, [self.backgrounds.names[i]]

    def _person(self, rng: np.random.Generator, size: tuple[int, int]) -> tuple[Tensor, Tensor, str]:
        """A person in motion: premultiplied colours (T, 3, H, W) and alpha (T, 1, H, W)."""
        i = int(rng.integers(len(self.cutouts)))
        while (box := self.people[i]) is None:
            i = int(rng.integers(len(self.cutouts)))
        rgba = torch.from_numpy(self.cutouts.pictures[i]).permute(2, 0, 1).float() / 255
        h, w = rgba.shape[-2:]
        height, width = size
        tall = box.bottom - box.top
        widest = 2 * width / (box.right - box.left)
        if box.cut_below and rng.random() < 0.3:  # close to the camera: the head alone fills the frame
            scale = min(widest, height * rng.uniform(1.15, 2.0) / tall)
            bottom = height * rng.uniform(-0.1, 0.25) + tall * scale
        elif box.cut_below:  # the cut must lie below the frame, or the person would float
            scale = min(widest, height * rng.uniform(0.4, 1.15) / tall)
            bottom = height + rng.uniform(0, 0.2) * tall * scale
        elif rng.random() < 0.45:  # the whole figure
            scale = min(widest, height * rng.uniform(0.45, 1.0) / tall)
            bottom = height * rng.uniform(0.8, 1.05)
        else:  # a whole figure from closer: head and chest, or down to the knees
            scale = min(widest, height * rng.uniform(1.1, 2.6) / tall)
            bottom = height * rng.uniform(0.02, 0.3) + tall * scale
        y = bottom - (box.bottom - h / 2) * scale
        flip = bool(rng.random() < 0.5)
        off_centre = ((box.left + box.right) / 2 - w / 2) * scale * (-1 if flip else 1)
        x = width * rng.uniform(0.12, 0.88) - off_centre
        speed = float(np.exp(rng.uniform(np.log(0.2), np.log(16)))) * width / 512
        path = moving_path(rng, self.spec.length, (x, y), scale, speed, flip, rng.normal(0, 0.05))
        # premultiplied while it is resampled, so that hidden colours stay out of the rim
        drawn = place(torch.cat([rgba[:3] * rgba[3:], rgba[3:]]), path, size, "zeros").clamp(0, 1)
        alpha = drawn[:, 3:]
        straight = (drawn[:, :3] / alpha.clamp_min(1e-3)).clamp(0, 1)
        return recolour(rng, straight) * alpha, alpha, self.cutouts.names[i]
