"""Training clips and the settings for composing them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor


class Clip(NamedTuple):
    """A training clip, or a batch of them with a leading axis.

    Attributes:
        frames: (T, 3, H, W) in [0, 1].
        alpha: (T, 1, H, W) in [0, 1]; in a prompted clip, the alpha of the target person.
        background: (T, 3, H, W) in [0, 1], the true plate of every frame; for real footage, the frames themselves.
        known: (1,), 1 if `background` is the true plate, 0 if the plate is unknown.
        prompt: (3, H/4, W/4) in [0, 1], K, R and g for the first frame; 0 without a prompt.
        names: names of the source files.
    """

    frames: Tensor
    alpha: Tensor
    background: Tensor
    known: Tensor
    prompt: Tensor
    names: list[str]

    def map(self, change: Callable[[Tensor], Tensor]) -> "Clip":
        """The clip with `change` applied to each of its tensors."""
        frames, alpha, background, known, prompt = map(change, self[:-1])
        return Clip(frames, alpha, background, known, prompt, self.names)


@dataclass(frozen=True)
class ClipSpec:
    """The settings for a batch of training clips.

    Attributes:
        batch_size: clips per batch.
        length: frames per clip, T.
        sizes: choices of (height, width); each batch draws one.
        shorter: other clip lengths. A batch of shorter clips holds more clips, so all batches hold about the same
            number of frames. Longer lengths are allowed, too, with fewer clips. Many short clips train semantics; long
            clips train the use of the memory.
        stride: largest distance between neighbouring frames, in video frames; each clip draws a stride, small ones more
            often. With frames far apart, few frames fill the memory.
        max_side: long side of pictures in memory.
        real_prob: probability that a clip is real footage or a photo with a teacher's alpha (real/, pairs/), as it is.
        prompted_prob: probability that a composed clip has a prompt for one target person.
        static_prob: probability of a static camera.
        follow_prob: probability that the camera follows a person, who stays in place while the background moves past.
        empty_prob: probability of a clip without people.
        group_prob: probability of two to four people, who may overlap.
        moving_cutout_prob: probability that a person is cut from real or keyed footage, with their own motion.
        bend_prob: probability that a still cutout bends over time, so its limbs swing.
        turn_prob: probability that a whole figure is rotated by up to 90 degrees, as if lying or crouching.
        raised_arm_prob: probability that a still cutout gets a drawn raised arm.
        hand_prob: probability that a photographed hand enters the frame in front of a person or joins their body.
        pattern_prob: probability that a strong pattern is drawn on a person's clothes.
        face_blur_prob: probability that a person's face is blurred, as for anonymity.
        gap_prob: probability that gaps are cut into a person, in clips of several frames.
        sheer_prob: probability that parts of a person are half-transparent.
        soft_prob: probability that a person is out of focus or motion-blurred.
        distractor_prob: probability that objects from other pictures stand beside or in front of the people.
        clothing_distractor_prob: probability that a distractor is cut from another person's clothes.
        object_distractor_prob: probability that any other distractor is drawn: a jointed arm as of a lamp, or a box.
        matching_background_prob: probability that the background is tinted like the person.
        hard_example_prob: probability that a picture is sampled in proportion to its `Hardness` instead of uniformly.
        hard_background_prob: probability that the background is one whose name starts with "hard_".
        background_video_prob: probability that the background is one of background_videos/, with its own motion.
        native_scale_prob: probability that a picture is never upscaled, so its edges stay sharp.
        lighting_prob: probability of coloured light, low light, a fade, or an exposure jump.
    """

    batch_size: int
    length: int = 1
    sizes: tuple[tuple[int, int], ...] = ((224, 288), (256, 256), (288, 224))
    shorter: tuple[int, ...] = ()
    stride: int = 1
    max_side: int = 576
    real_prob: float = 0.0
    prompted_prob: float = 0.0
    static_prob: float = 0.5
    follow_prob: float = 0.0
    empty_prob: float = 0.12
    group_prob: float = 0.15
    moving_cutout_prob: float = 0.0
    bend_prob: float = 0.0
    turn_prob: float = 0.0
    raised_arm_prob: float = 0.0
    hand_prob: float = 0.0
    pattern_prob: float = 0.0
    face_blur_prob: float = 0.0
    gap_prob: float = 0.0
    sheer_prob: float = 0.0
    soft_prob: float = 0.0
    distractor_prob: float = 0.3
    clothing_distractor_prob: float = 0.0
    object_distractor_prob: float = 0.0
    matching_background_prob: float = 0.0
    hard_example_prob: float = 0.0
    hard_background_prob: float = 0.0
    background_video_prob: float = 0.0
    native_scale_prob: float = 0.0
    lighting_prob: float = 0.0


class Hardness(NamedTuple):
    """A model's mean absolute alpha error on each picture, in [0, 1], by file name."""

    cutouts: dict[str, float]
    backgrounds: dict[str, float]
