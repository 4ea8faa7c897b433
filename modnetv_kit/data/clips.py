"""Training clips composed on the fly: `I = alpha F + (1 - alpha) B` is exact whatever the cutout's quality."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ..errors import DataError
from .arms import raise_arm
from .augment import camera, cast_shadow, gaussian_blur, lighting_drift, recolour, smear, tint_like
from .clutter import cut_thing, find_cloth
from .cutouts import Cut, cut_sides_outside, find_person
from .gaps import cut_gaps
from .motion import moving_path, place
from .pictures import PictureFolder
from .sheer import make_sheer
from .spec import Clip, ClipSpec, Hardness

CLOSE_UP = 1 / 3  # how often a close-up is drawn, of what others are


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
        found = [find_person(picture) for picture in self.cutouts.pictures]
        # what is cut on all sides can only fill a frame
        self.people = [None if person is not None and all(person.cut) else person for person in found]
        if not any(self.people):
            raise DataError(f"there is no person (alpha above one half) in any picture of {folder / 'cutouts'}")
        if all(picture[..., 3].min() == 255 for picture in self.cutouts.pictures):
            raise DataError(f"no picture in {folder / 'cutouts'} is transparent anywhere; cutouts are RGBA PNG or WebP")
        self.draw_by(Hardness({}, {}))

    def draw_by(self, hardness: Hardness) -> None:
        """Draw the share `spec.hard` of the pictures in proportion to `hardness` from now on."""
        shown = np.array([0.0 if person is None else _share(person.cut) for person in self.people])
        self._cutout_odds = _odds(self.cutouts.names, shown, hardness.cutouts, self.spec.hard)
        every = np.ones(len(self.backgrounds))
        self._background_odds = _odds(self.backgrounds.names, every, hardness.backgrounds, self.spec.hard)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Clip:
        """Batch `index`: tensors with a leading batch axis, (B, T, C, H, W)."""
        rng = np.random.default_rng((self.seed, index))
        size = self.spec.sizes[rng.integers(len(self.spec.sizes))]
        lengths = (self.spec.length, *self.spec.shorter)
        length = lengths[rng.integers(len(lengths))]
        count = self.spec.batch_size * self.spec.length // length
        clips = [self.compose(rng, size, length) for _ in range(count)]
        frames, alpha, background = (torch.stack(maps) for maps in list(zip(*clips, strict=True))[:3])
        return Clip(frames, alpha, background, [name for clip in clips for name in clip.names])

    def compose(
        self,
        rng: np.random.Generator,
        size: tuple[int, int],
        length: int,
        background: int | None = None,
        people: Sequence[int] | None = None,
    ) -> Clip:
        """One clip of `length` frames of `size` = (H, W).

        Args:
            rng: draws everything.
            size: (H, W).
            length: T.
            background: index of the background; by default drawn.
            people: indices of the cutouts, none for an empty scene; by default drawn.
        """
        spec = self.spec
        if background is None:
            background = int(np.searchsorted(self._background_odds, rng.random(), side="right"))
        if people is None:
            count = 0 if rng.random() < spec.empty else 2 if rng.random() < spec.second else 1
            people = np.searchsorted(self._cutout_odds, rng.random(count), side="right").tolist()
        stride = int((1 + spec.stride) ** rng.random())
        drawn = [self._person(rng, size, length, stride, i) for i in people]
        picture = _as_tensor(recolour(rng, self.backgrounds.pictures[background]))
        if people and rng.random() < spec.alike:
            picture = tint_like(rng, picture, *drawn[0])
        # half of the empty scenes are seen from near: or whatever fills a frame, as a head close up does, is a person
        plate = self._plate(rng, size, length, stride, picture, near=0.2 if people else 0.6)
        frames, alpha = plate, torch.zeros(length, 1, *size)
        names = [self.backgrounds.names[background]]
        cluttered = rng.random() < spec.clutter
        if cluttered:
            for _ in range(rng.integers(1, 4)):
                plate = _over(self._thing(rng, size, length, stride, spec.cloth), plate)
            frames = plate
        for i, (rgb, person) in zip(people, drawn, strict=True):
            if rng.random() < 0.3:
                frames = cast_shadow(rng, frames, person)
            frames = rgb + (1 - person) * frames
            alpha = person + (1 - person) * alpha
            names.append(self.cutouts.names[i])
        if cluttered and rng.random() < 0.4:  # something before the person: what shows of it is background
            thing = self._thing(rng, size, length, stride)
            before = thing[:, 3:]
            rest = thing[:, :3] + (1 - before) * (1 - alpha) * plate  # all of the frame but the person
            frames, alpha = _over(thing, frames), (1 - before) * alpha
            plate = torch.where(alpha < 1, rest / (1 - alpha).clamp_min(1e-6), plate)
        drift = lighting_drift(rng, length) if rng.random() < 0.3 else torch.ones(length, 1, 1, 1)
        frames, plate = (frames * drift).clamp(0, 1), (plate * drift).clamp(0, 1)
        return Clip(camera(rng, frames), alpha, plate, names)

    def _plate(
        self, rng: np.random.Generator, size: tuple[int, int], length: int, stride: int, picture: Tensor, near: float
    ) -> Tensor:
        """`picture` (3, h, w) seen by a camera at rest or in motion, (T, 3, H, W); a share `near` of them from near."""
        closeness = rng.random() / near if near else 1.0
        if closeness < 0.6:  # a piece of it, mirrored over and over: grass, gravel, cloth
            side = int(rng.integers(24, 128))
            top, left = (int(rng.integers(max(1, edge - side))) for edge in picture.shape[-2:])
            picture = picture[:, top : top + side, left : left + side]
        h, w = picture.shape[-2:]
        height, width = size
        scale = max(height / h, width / w) * rng.uniform(1.0, 1.8)
        if closeness < 0.6:
            scale = float(np.exp(rng.uniform(np.log(0.7), np.log(3))))
        elif closeness < 1:  # close to a wall or a heap of things
            scale *= rng.uniform(1.5, 5.0)
        if rng.random() < self.spec.sharp:  # the picture is mirrored at its borders where it does not fill the frame
            scale = min(scale, 1.0)
        # the camera looks somewhere inside the picture
        room_x, room_y = max(0.0, w * scale - width) / 2, max(0.0, h * scale - height) / 2
        centre = (width / 2 + rng.uniform(-room_x, room_x), height / 2 + rng.uniform(-room_y, room_y))
        moves = rng.random() >= self.spec.static
        speed = float(np.exp(rng.uniform(np.log(0.2), np.log(6)))) * width / 512 if moves else 0.0
        path = moving_path(rng, length, centre, scale, speed, bool(rng.random() < 0.5), rng.normal(0, 0.03), stride)
        plate = place(picture, path, size, "reflection")
        if rng.random() < 0.2:  # out of focus behind the person
            plate = gaussian_blur(plate, float(rng.uniform(0.7, 4)))
        return plate

    def _thing(
        self, rng: np.random.Generator, size: tuple[int, int], length: int, stride: int, cloth: float = 0.0
    ) -> Tensor:
        """A piece of another background, or with a chance of `cloth` of clothes: premultiplied RGBA, (T, 4, H, W)."""
        i = int(np.searchsorted(self._background_odds, rng.random(), side="right"))
        picture = self.backgrounds.pictures[i]
        if rng.random() < cloth:
            i = int(np.searchsorted(self._cutout_odds, rng.random(), side="right"))
            box = self.people[i]
            assert box is not None  # cutouts without a person are never drawn
            found = find_cloth(rng, self.cutouts.pictures[i], box)
            picture = picture if found is None else found
        thing = cut_thing(rng, _as_tensor(recolour(rng, picture)))
        height, width = size
        centre = (width * rng.uniform(-0.05, 1.05), height * rng.uniform(0.1, 1.1))
        scale = min(size) * float(np.exp(rng.uniform(np.log(0.12), np.log(0.7)))) / max(thing.shape[-2:])
        speed = float(np.exp(rng.uniform(np.log(0.2), np.log(6)))) * width / 512 if rng.random() < 0.5 else 0.0
        path = moving_path(rng, length, centre, scale, speed, False, rng.normal(0, 0.3), stride)
        return place(thing, path, size, "zeros").clamp(0, 1)

    def _person(
        self, rng: np.random.Generator, size: tuple[int, int], length: int, stride: int, i: int
    ) -> tuple[Tensor, Tensor]:
        """Cutout `i` in motion: premultiplied colours (T, 3, H, W) and alpha (T, 1, H, W)."""
        box = self.people[i]
        assert box is not None  # cutouts without a person are never drawn
        cutout = self.cutouts.pictures[i]
        if rng.random() < self.spec.arms:
            cutout, box = raise_arm(rng, cutout, box)
        if length > 1 and rng.random() < self.spec.gaps:
            cutout = cut_gaps(rng, cutout, box)
        if rng.random() < self.spec.sheer:
            cutout = make_sheer(rng, cutout, box)
        h, w = cutout.shape[:2]
        height, width = size
        tall = box.bottom - box.top
        widest = 2 * width / (box.right - box.left)
        if box.cut.below and rng.random() < 0.3:  # close to the camera: the head alone fills the frame
            scale = min(widest, height * rng.uniform(1.15, 2.0) / tall)
            bottom = height * rng.uniform(-0.1, 0.25) + tall * scale
        elif box.cut.below:  # the cut lies below the frame, or the person would float
            scale = min(widest, height * rng.uniform(0.4, 1.15) / tall)
            bottom = height + rng.uniform(0, 0.2) * tall * scale
        elif rng.random() < 0.45:  # the whole figure
            scale = min(widest, height * rng.uniform(0.45, 1.0) / tall)
            bottom = height * rng.uniform(0.8, 1.05)
        else:  # a whole figure from closer: head and chest, or down to the knees
            scale = min(widest, height * rng.uniform(1.1, 2.6) / tall)
            bottom = height * rng.uniform(0.02, 0.3) + tall * scale
        outside = float(rng.uniform(0, 0.1))
        reach = 1.05 / (1 - 2 * outside)  # of what is cut on two opposite sides: both must lie beyond the frame
        if box.cut.over:
            scale = max(scale, reach * height / tall)
        if box.cut.across:
            # with background above: frames that are all hair or cloth would teach that whatever fills one is a person
            scale = max(scale, reach * width / (box.right - box.left))
            bottom = height * rng.uniform(0.1, 0.5) + tall * scale
        if scale > 1 and rng.random() < self.spec.sharp:
            # the photo's own size, with a part of the person, anywhere between head and feet, about the middle
            scale = 1.0
            bottom = height * rng.uniform(0.3, 0.7) + tall * rng.uniform(0, 1)
        y = bottom - (box.bottom - h / 2) * scale
        flip = bool(rng.random() < 0.5)
        off_centre = ((box.left + box.right) / 2 - w / 2) * scale * (-1 if flip else 1)
        x = width * rng.uniform(0.12, 0.88) - off_centre
        speed = float(np.exp(rng.uniform(np.log(0.2), np.log(16)))) * width / 512
        path = moving_path(rng, length, (x, y), scale, speed, flip, rng.normal(0, 0.05), stride)
        path = cut_sides_outside(path, box, (h, w), size, outside)
        # premultiplied while it is resampled, so that hidden colours stay out of the rim
        colours, alpha = _as_tensor(recolour(rng, cutout[..., :3])), _as_tensor(cutout[..., 3:])
        drawn = place(torch.cat([colours * alpha, alpha]), path, size, "zeros").clamp(0, 1)
        if rng.random() < self.spec.soft:
            blur = float(np.exp(rng.uniform(np.log(0.4), np.log(2.5)))) * max(1.0, width / 512)
            drawn = gaussian_blur(drawn, blur) if rng.random() < 0.5 else smear(rng, drawn, 4 * blur)
        return drawn[:, :3], drawn[:, 3:]


def _as_tensor(picture: np.ndarray) -> Tensor:
    """uint8 (H, W, C) -> (C, H, W) in [0, 1]."""
    return torch.from_numpy(picture).permute(2, 0, 1).float() / 255


def _over(thing: Tensor, frames: Tensor) -> Tensor:
    """Premultiplied RGBA (T, 4, H, W) drawn over frames (T, 3, H, W)."""
    return thing[:, :3] + (1 - thing[:, 3:]) * frames


def _share(cut: Cut) -> float:
    """How often a person is drawn, from how the photo cuts them: close-ups, mostly of hair, less often.

    What is cut on two opposite sides has no outline to speak of. Many such teach that fur and bedding are people.
    """
    return CLOSE_UP if cut.over or cut.across else 1.0


def _odds(names: list[str], usable: np.ndarray, hardness: dict[str, float], hard: float) -> np.ndarray:
    """Cumulative odds of being drawn: by `usable`, a share `hard` of them in proportion to hardness as well."""
    odds = usable / usable.sum()
    wrong = usable * np.array([hardness.get(name, 0.0) for name in names])
    if wrong.sum():
        odds = (1 - hard) * odds + hard * wrong / wrong.sum()
    total = np.cumsum(odds)
    cumulative: np.ndarray = total / total[-1]
    return cumulative
