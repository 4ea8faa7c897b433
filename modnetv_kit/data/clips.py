"""Training clips: composed on the fly, so `I = alpha F + (1 - alpha) B` is exact, or real footage as it is."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ..errors import DataError
from .augment import camera, cast_shadow, lighting_change, lighting_drift, recolour, tint_like
from .background_videos import BackgroundVideos
from .backgrounds import Backgrounds
from .footage import FootageSource, read_footage, read_pairs
from .people import FOOTAGE, MovingPerson, People
from .pictures import as_tensor
from .prompts import draw_true_prompt
from .real import real_clip
from .spec import Clip, ClipSpec, Hardness

PHOTOS = 0.55  # probability that a real clip of one frame is a photo; a quarter of it for longer clips


class ClipDataset(Dataset[Clip]):
    """Batches of clips. Batch i depends only on (seed, i), so a resumed run sees the same batches.

    Args:
        folder: holds cutouts/ (RGBA, straight alpha) and backgrounds/, and, if the spec uses them, real/ and keyed/
            (clips with alpha), pairs/ (photos with alpha), background_videos/ and hands/. Published data sets are
            sub-folders of these; they stay on disk, and each clip decodes the frames that it shows.
        spec: the settings of the clips.
        seed: seed of all random choices.
        length: number of batches.

    Raises:
        DataError: a folder is missing or holds nothing readable, or no cutout shows anyone.
    """

    def __init__(self, folder: Path, spec: ClipSpec, seed: int = 0, length: int = 1_000_000):
        self.spec = spec
        self.seed = seed
        self.length = length
        self.videos: list[FootageSource] = []
        self.photos: list[FootageSource] = []
        keyed: list[FootageSource] = []
        there = {name for name in ("real", "pairs", "keyed") if (folder / name).exists()}
        if spec.moving_cutout_prob and not there:
            raise DataError(f"{folder} holds none of real/, pairs/ and keyed/; moving_cutout_prob needs one of them")
        if spec.real_prob or (spec.moving_cutout_prob and "real" in there):
            self.videos = read_footage(folder / "real", spec.max_side)
        if spec.real_prob or (spec.moving_cutout_prob and "pairs" in there):
            self.photos = read_pairs(folder / "pairs", spec.max_side)
        if spec.moving_cutout_prob and "keyed" in there:
            keyed = read_footage(folder / "keyed", spec.max_side, solved=True)
        # keyed clips have exact alpha, so they are sampled as often as all others together
        others = [footage for footage in self.videos + self.photos if footage.good]
        moving = keyed * max(1, len(others) // max(1, 2 * len(keyed))) + others
        self.people = People(folder, spec, moving)
        self.backgrounds = Backgrounds(folder / "backgrounds", spec)
        self.background_videos: BackgroundVideos | None = None
        if spec.background_video_prob:
            self.background_videos = BackgroundVideos(folder / "background_videos", spec.max_side)
        self.draw_by(Hardness({}, {}))

    def draw_by(self, hardness: Hardness) -> None:
        """From now on, sample `spec.hard_example_prob` of the pictures in proportion to `hardness`."""
        names, prob = self.people.cutouts.names, self.spec.hard_example_prob
        self._cutout_odds = odds(names, self.people.weights(), hardness.cutouts, prob)
        self.backgrounds.odds = odds(self.backgrounds.names, self.backgrounds.weights, hardness.backgrounds, prob)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Clip:
        """Batch `index`, with tensors (B, T, C, H, W)."""
        rng = np.random.default_rng((self.seed, index))
        size = self.spec.sizes[rng.integers(len(self.spec.sizes))]
        lengths = (self.spec.length, *self.spec.shorter)
        length = lengths[rng.integers(len(lengths))]
        count = max(1, self.spec.batch_size * self.spec.length // length)
        clips = [self.draw(rng, size, length) for _ in range(count)]
        return Clip(
            torch.stack([clip.frames for clip in clips]),
            torch.stack([clip.alpha for clip in clips]),
            torch.stack([clip.background for clip in clips]),
            torch.stack([clip.known for clip in clips]),
            torch.stack([clip.prompt for clip in clips]),
            [name for clip in clips for name in clip.names],
        )

    def draw(self, rng: np.random.Generator, size: tuple[int, int], length: int) -> Clip:
        """One clip of `length` frames of `size` = (H, W), real or composed."""
        return (self.real if rng.random() < self.spec.real_prob else self.compose)(rng, size, length)

    def real(self, rng: np.random.Generator, size: tuple[int, int], length: int) -> Clip:
        """One clip of real footage with an unknown background."""
        photos = rng.random() < (PHOTOS if length == 1 else PHOTOS / 4)
        source = self.photos if photos else self.videos
        frames, alpha, name = real_clip(rng, source, size, length, self.spec.stride)
        if rng.random() < self.spec.lighting_prob:
            frames = (frames * lighting_change(rng, length)).clamp(0, 1)
        frames = camera(rng, frames)
        return Clip(frames, alpha, frames, torch.zeros(1), no_prompt(size), [name])

    def compose(
        self,
        rng: np.random.Generator,
        size: tuple[int, int],
        length: int,
        background: int | None = None,
        people: Sequence[int] | None = None,
    ) -> Clip:
        """One composed clip of `length` frames of `size` = (H, W).

        Args:
            rng: source of all random choices.
            size: (H, W).
            length: T.
            background: index of the background; drawn by default.
            people: indices of the cutouts, empty for an empty scene; drawn by default.
        """
        spec = self.spec
        videos = self.background_videos if background is None else None
        if background is None:
            background = self.backgrounds.draw(rng)
        if videos and rng.random() >= spec.background_video_prob:
            videos = None
        prompted = people is None and rng.random() < spec.prompted_prob
        if people is None:
            people = self._cast(rng, prompted)
        stride = int((1 + spec.stride) ** rng.random())
        follow = length > 1 and rng.random() < spec.follow_prob
        drawn = [self.people.draw(rng, size, length, stride, i, follow) for i in people]
        if videos:
            shown, place_name = videos.draw(rng, length, stride)
        else:
            shown, place_name = self.backgrounds.read(rng, background)
        h, w = shown.shape[-3:-1]
        # the frames of a video below each other, so that all are changed alike
        picture = as_tensor(recolour(rng, shown.reshape(-1, w, 3)))
        if drawn and rng.random() < spec.matching_background_prob:
            picture = tint_like(rng, picture, drawn[0].colours, drawn[0].alpha)
        if videos:
            picture = picture.unflatten(1, (length, h)).movedim(1, 0)
        # many empty scenes are close-ups; otherwise the network takes everything that fills the frame for a person
        plate = self.backgrounds.plate(rng, size, length, stride, picture, 0.2 if drawn else 0.6, follow)
        names = [place_name, *(person.name for person in drawn)]
        cluttered = rng.random() < spec.distractor_prob
        if cluttered:
            for _ in range(rng.integers(1, 4)):
                plate = over(self._distractor(rng, size, length, stride, spec.clothing_distractor_prob), plate)
        meant = self._meant(rng, drawn) if prompted else None
        frames, plate, alpha = self._stack(rng, plate, drawn, meant)
        prompt = None
        if meant is not None:
            everybody = 1 - torch.stack([1 - person.alpha[0, 0] for person in drawn]).prod(0)
            prompt = draw_true_prompt(rng, alpha[0, 0], (everybody - alpha[0, 0]).clamp_min(0))
            if prompt is None:  # the person is hardly visible, so the clip has no prompt
                frames, plate, alpha = self._stack(rng, plate, drawn, None)
        if cluttered and rng.random() < 0.4:  # an object in front of the person counts as background
            frames, plate, alpha = self._occlude(rng, frames, plate, alpha, stride)
        light = lighting_drift(rng, length) if rng.random() < 0.3 else torch.ones(length, 1, 1, 1)
        if rng.random() < spec.lighting_prob:
            light = light * lighting_change(rng, length)
        frames, plate = (frames * light).clamp(0, 1), (plate * light).clamp(0, 1)
        prompt = no_prompt(size) if prompt is None else prompt
        return Clip(camera(rng, frames), alpha, plate, torch.ones(1), prompt, names)

    def _cast(self, rng: np.random.Generator, prompted: bool) -> list[int]:
        """Draw the people of a clip: indices of cutouts, or `FOOTAGE`."""
        spec = self.spec
        if prompted:
            count = int(rng.choice([1, 2, 2, 2, 3]))
        elif rng.random() < spec.empty_prob:
            count = 0
        else:
            count = int(rng.choice([2, 2, 3, 4])) if rng.random() < spec.group_prob else 1
        moving = rng.random(count) < spec.moving_cutout_prob
        still = np.searchsorted(self._cutout_odds, rng.random(count), side="right")
        return [FOOTAGE if moves else int(i) for moves, i in zip(moving, still, strict=True)]

    def _meant(self, rng: np.random.Generator, drawn: list[MovingPerson]) -> int | None:
        """Draw the target person among those who are visible enough; None if there are none."""
        seen = [float(person.alpha[0].mean()) for person in drawn]
        fit = [i for i, share in enumerate(seen) if share > 0.02]
        return int(rng.choice(fit)) if fit else None

    def _stack(
        self, rng: np.random.Generator, plate: Tensor, drawn: list[MovingPerson], meant: int | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Composite people over each other: frames, the plate behind the target person, and the alpha.

        If `meant` is None, everybody is foreground. Otherwise the alpha is `person_k prod(1 - those in front)`, and the
        plate is the scene without person k.
        """
        frames, alpha = plate, torch.zeros_like(plate[:, :1])
        for i, person in enumerate(drawn):
            if rng.random() < 0.3:
                frames = cast_shadow(rng, frames, person.alpha)
            frames = person.colours + (1 - person.alpha) * frames
            alpha = (1 - person.alpha) * alpha
            if meant is None or i == meant:
                alpha = alpha + person.alpha
            else:
                plate = person.colours + (1 - person.alpha) * plate
        return frames, plate, alpha

    def _occlude(
        self, rng: np.random.Generator, frames: Tensor, plate: Tensor, alpha: Tensor, stride: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Composite a distractor in front of everything: frames, plate and alpha."""
        size = (frames.shape[-2], frames.shape[-1])
        thing = self._distractor(rng, size, len(frames), stride, 0.0)
        before = thing[:, 3:]
        rest = thing[:, :3] + (1 - before) * (1 - alpha) * plate  # the frame without the person
        frames, alpha = over(thing, frames), (1 - before) * alpha
        return frames, torch.where(alpha < 1, rest / (1 - alpha).clamp_min(1e-6), plate), alpha

    def _distractor(
        self, rng: np.random.Generator, size: tuple[int, int], length: int, stride: int, clothing_prob: float
    ) -> Tensor:
        """A distractor cut from another background or from clothes: premultiplied RGBA, (T, 4, H, W)."""
        cloth = None
        if rng.random() < clothing_prob:
            i = int(np.searchsorted(self._cutout_odds, rng.random(), side="right"))
            cloth = self.people.cloth(rng, i)
        return self.backgrounds.distractor(rng, size, length, stride, cloth)


def no_prompt(size: tuple[int, int]) -> Tensor:
    """K, R and g of a clip without a prompt, (3, H/4, W/4)."""
    return torch.zeros(3, -(-size[0] // 4), -(-size[1] // 4))


def over(thing: Tensor, frames: Tensor) -> Tensor:
    """Premultiplied RGBA (T, 4, H, W) composited over frames (T, 3, H, W)."""
    return thing[:, :3] + (1 - thing[:, 3:]) * frames


def odds(names: list[str], weights: np.ndarray, hardness: dict[str, float], hard_prob: float) -> np.ndarray:
    """Cumulative sampling probabilities by `weights` and, with probability `hard_prob`, also by hardness."""
    even = weights / weights.sum()
    wrong = weights * np.array([hardness.get(name, 0.0) for name in names])
    if wrong.sum():
        even = (1 - hard_prob) * even + hard_prob * wrong / wrong.sum()
    total: np.ndarray = np.cumsum(even)
    return np.asarray(total / total[-1])
