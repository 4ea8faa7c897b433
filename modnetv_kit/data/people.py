"""People in composed clips: still cutouts with synthetic motion, and moving cutouts from footage."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from torch import Tensor

from ..errors import DataError
from .augment import gaussian_blur, recolour, smear
from .bend import bend
from .cutouts import Cut, Placement, cut_sides_outside, find_person
from .distractors import find_cloth
from .faces import blur_face
from .footage import FootageSource
from .gaps import cut_gaps
from .hands import Hands, premultiplied
from .motion import place, random_trajectory
from .patterns import draw_pattern
from .pictures import PictureFolder
from .raised_arms import raise_arm, skin_and_cloth
from .sheer import make_sheer
from .spec import ClipSpec
from .windows import draw_window

CLOSE_UP = 1 / 3  # sampling weight of a close-up, relative to other cutouts
FOOTAGE = -1  # index of a random moving cutout


class MovingPerson(NamedTuple):
    """A person in motion.

    Attributes:
        colours: premultiplied, (T, 3, H, W) in [0, 1].
        alpha: (T, 1, H, W) in [0, 1].
        name: file name.
    """

    colours: Tensor
    alpha: Tensor
    name: str


class People:
    """All people available for clips.

    Args:
        folder: the training data; holds cutouts/, and hands/ if the spec uses hands.
        spec: the settings for sampling.
        footage: clips and photos for moving cutouts.

    Raises:
        DataError: a folder is missing or holds no readable picture, or no cutout shows a person.
    """

    def __init__(self, folder: Path, spec: ClipSpec, footage: list[FootageSource]):
        self.spec = spec
        self.cutouts = PictureFolder(folder / "cutouts", "RGBA", spec.max_side)
        found = [find_person(picture) for picture in self.cutouts.pictures]
        # a person who is cut on all sides has no outline
        self.boxes = [None if box is not None and all(box.cut) else box for box in found]
        if not any(self.boxes):
            raise DataError(f"there is no person (alpha above one half) in any picture of {folder / 'cutouts'}")
        if all(picture[..., 3].min() == 255 for picture in self.cutouts.pictures):
            raise DataError(f"no picture in {folder / 'cutouts'} is transparent anywhere; cutouts are RGBA PNG or WebP")
        self.footage = footage
        self.hands = Hands(folder / "hands", spec.max_side) if spec.hand_prob else None

    def weights(self) -> np.ndarray:
        """Relative sampling weight of each cutout; close-ups, mostly of hair, get less.

        A cutout that is cut on two opposite sides has hardly any outline. Too many of them teach the network to take
        fur and bedding for people.
        """
        return np.array([0.0 if box is None else _weight(box.cut) for box in self.boxes])

    def draw(
        self, rng: np.random.Generator, size: tuple[int, int], length: int, stride: int, index: int, still: bool
    ) -> MovingPerson:
        """Cutout `index` in motion, or a random moving cutout for `FOOTAGE`.

        Args:
            rng: source of all random choices.
            size: (H, W).
            length: T.
            stride: video frames between neighbouring frames.
            index: index of a cutout that shows a person, or `FOOTAGE`.
            still: the person hardly moves within the frame, since the camera follows them.
        """
        if index == FOOTAGE:
            poses, box, name = self._moving_poses(rng, length, stride)
        else:
            poses, box, name = self._still_poses(rng, length, stride, index)
        pictures = np.stack(poses)
        n, h, w = pictures.shape[:3]
        colours = recolour(rng, np.ascontiguousarray(pictures[..., :3]).reshape(n * h, w, 3)).reshape(n, h, w, 3)
        drawn = self._place(rng, np.concatenate([colours, pictures[..., 3:]], -1), box, size, length, stride, still)
        if self.hands is not None and rng.random() < self.spec.hand_prob:
            skin, _ = skin_and_cloth(rng, poses[0])
            hand = self.hands.enter(rng, size, length, stride, skin)
            drawn = hand + (1 - hand[:, 3:]) * drawn
        if rng.random() < self.spec.soft_prob:
            blur = float(np.exp(rng.uniform(np.log(0.4), np.log(2.5)))) * max(1.0, size[1] / 512)
            drawn = gaussian_blur(drawn, blur) if rng.random() < 0.5 else smear(rng, drawn, 4 * blur)
        return MovingPerson(drawn[:, :3], drawn[:, 3:], name)

    def cloth(self, rng: np.random.Generator, index: int) -> np.ndarray | None:
        """A square of the clothes of cutout `index`, uint8 (side, side, 3); None if none was found."""
        box = self.boxes[index]
        return None if box is None else find_cloth(rng, self.cutouts.pictures[index], box)

    def _still_poses(
        self, rng: np.random.Generator, length: int, stride: int, index: int
    ) -> tuple[list[np.ndarray], Placement, str]:
        spec, cutout, box = self.spec, self.cutouts.pictures[index], self.boxes[index]
        assert box is not None  # cutouts without a person are never drawn
        if rng.random() < spec.pattern_prob:
            print_ = self.cutouts.pictures[rng.integers(len(self.cutouts))][..., :3]
            cutout = draw_pattern(rng, cutout, box, print_)
        if rng.random() < spec.face_blur_prob:
            cutout = blur_face(rng, cutout, box)
        if rng.random() < spec.raised_arm_prob:
            cutout, box = raise_arm(rng, cutout, box)
        if length > 1 and rng.random() < spec.gap_prob:
            cutout = cut_gaps(rng, cutout, box)
        if rng.random() < spec.sheer_prob:
            cutout = make_sheer(rng, cutout, box)
        name = self.cutouts.names[index]
        if rng.random() < spec.bend_prob:
            return bend(rng, cutout, box, length, stride), box, name
        return [cutout], box, name

    def _moving_poses(
        self, rng: np.random.Generator, length: int, stride: int
    ) -> tuple[list[np.ndarray], Placement, str]:
        for _ in range(20):
            footage, places = draw_window(rng, lambda: self.footage[rng.integers(len(self.footage))], length, stride)
            box = find_person(np.repeat(footage.alpha.max(0)[..., None], 4, -1))
            if box is not None and not all(box.cut):
                distinct = [footage.cutout(i) for i in range(footage.length)]
                return [distinct[i] for i in places], box, footage.name
        raise DataError("hardly any footage shows a person with an outline; check real/, keyed/ and pairs/")

    def _place(
        self,
        rng: np.random.Generator,
        pictures: np.ndarray,
        box: Placement,
        size: tuple[int, int],
        length: int,
        stride: int,
        still: bool,
    ) -> Tensor:
        """Place cutouts (T or 1, h, w, 4) along a trajectory; gives premultiplied RGBA, (T, 4, H, W)."""
        h, w = pictures.shape[1:3]
        height, width = size
        tall = box.bottom - box.top
        widest = 2 * width / (box.right - box.left)
        if box.cut.below and rng.random() < 0.3:  # close to the camera, so the head alone fills the frame
            scale = min(widest, height * rng.uniform(1.15, 2.0) / tall)
            bottom = height * rng.uniform(-0.1, 0.25) + tall * scale
        elif box.cut.below:  # the cut lies below the frame; otherwise the person would float
            scale = min(widest, height * rng.uniform(0.4, 1.15) / tall)
            bottom = height + rng.uniform(0, 0.2) * tall * scale
        elif rng.random() < 0.45:  # the whole figure
            scale = min(widest, height * rng.uniform(0.45, 1.0) / tall)
            bottom = height * rng.uniform(0.8, 1.05)
        else:  # a whole figure seen from closer: head and chest, or down to the knees
            scale = min(widest, height * rng.uniform(1.1, 2.6) / tall)
            bottom = height * rng.uniform(0.02, 0.3) + tall * scale
        outside = float(rng.uniform(0, 0.1))
        reach = 1.05 / (1 - 2 * outside)  # if two opposite sides are cut, both must lie beyond the frame
        if box.cut.over:
            scale = max(scale, reach * height / tall)
        if box.cut.across:
            # with background above; frames full of hair or cloth would teach that all texture filling a frame is a
            # person
            scale = max(scale, reach * width / (box.right - box.left))
            bottom = height * rng.uniform(0.1, 0.5) + tall * scale
        if scale > 1 and rng.random() < self.spec.native_scale_prob:
            # at the photo's own size, with any part of the person between head and feet near the middle
            scale = 1.0
            bottom = height * rng.uniform(0.3, 0.7) + tall * rng.uniform(0, 1)
        y = bottom - (box.bottom - h / 2) * scale
        flip = bool(rng.random() < 0.5)
        off_centre = ((box.left + box.right) / 2 - w / 2) * scale * (-1 if flip else 1)
        x = width * rng.uniform(0.12, 0.88) - off_centre
        speed = float(np.exp(rng.uniform(np.log(0.2), np.log(2 if still else 16)))) * width / 512
        tilt = rng.normal(0, 0.05)
        if not any(box.cut) and rng.random() < self.spec.turn_prob:
            tilt, y = float(rng.choice([-1, 1]) * rng.uniform(0.4, np.pi / 2)), height * rng.uniform(0.3, 0.8)
        trajectory = random_trajectory(rng, length, (x, y), scale, speed, flip, tilt, stride)
        trajectory = cut_sides_outside(trajectory, box, (h, w), size, outside)
        # resampled premultiplied, so colours hidden under alpha 0 do not bleed into the edges
        drawn = premultiplied(pictures)
        return place(drawn if len(drawn) == length else drawn[0], trajectory, size, "zeros").clamp(0, 1)


def _weight(cut: Cut) -> float:
    return CLOSE_UP if cut.over or cut.across else 1.0
