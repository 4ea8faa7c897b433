"""Training clips, and the settings that say how they are composed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor


class Clip(NamedTuple):
    """A training clip, or a batch of them with a leading axis.

    Attributes:
        frames: (T, 3, H, W) in [0, 1].
        alpha: (T, 1, H, W) in [0, 1]; of a prompted clip, the alpha of the person who is meant.
        background: (T, 3, H, W) in [0, 1], the true plate of every frame; of real footage, the frames themselves.
        known: (1,), 1 where `background` is the true plate, 0 where it is unknown.
        prompt: (3, H/4, W/4) in [0, 1], K, R and g for the first frame; 0 without a prompt.
        names: names of its source files.
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
    """What a batch of training clips looks like.

    Attributes:
        batch_size: clips a batch.
        length: frames a clip, T.
        sizes: (height, width) choices; one is drawn for each batch.
        shorter: further lengths. A batch of a shorter one holds more clips, so that every batch holds about as many
            frames; a longer one is allowed, too, and holds fewer. Many short clips teach what a person is, long ones
            what the memory is worth.
        stride: largest distance of a clip's neighbouring frames, in frames of a video; drawn for each clip, low
            strides more often. With frames far apart, a memory has much to hold after few of them.
        max_side: pictures are kept in memory at this long side.
        real_prob: probability that a clip is real footage or a photo with a teacher's alpha (real/, pairs/), used as
            it is.
        prompted_prob: probability that a composed clip is prompted: one of its people is meant.
        static_prob: probability that the camera is at rest.
        follow_prob: probability that the camera follows a person, who stays in place while the background streams.
        empty_prob: probability that nobody is in the clip.
        group_prob: probability of two to four people, who may overlap.
        moving_cutout_prob: probability that a person is cut from real or keyed footage, with their own motion.
        bend_prob: probability that a still cutout is bent over time, so that its limbs swing.
        turn_prob: probability that a whole figure is turned by up to 90 degrees, as if lying or crouching.
        raised_arm_prob: probability that a raised arm is drawn to a still cutout.
        hand_prob: probability that a photographed hand enters the frame before a person or joins their body.
        pattern_prob: probability that a strong pattern is drawn on a person's clothes.
        face_blur_prob: probability that a person's face is blurred, as for privacy.
        gap_prob: probability that gaps are cut into a person of a clip of several frames.
        sheer_prob: probability that parts of a person let the background through.
        soft_prob: probability that a person is out of focus or blurred by motion.
        distractor_prob: probability that objects of other pictures stand beside and before the people.
        clothing_distractor_prob: probability that a distractor is cut from another person's clothes.
        matching_background_prob: probability that the background is tinted like the person.
        hard_example_prob: probability that a picture is drawn in proportion to its `Hardness` instead of evenly.
        hard_background_prob: probability that the background is one whose name starts with "hard_".
        native_scale_prob: probability that a picture is never magnified, so that its edges are as sharp as a camera's.
        lighting_prob: probability of coloured or low light, of a fade, or of a jump of the exposure.
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
    matching_background_prob: float = 0.0
    hard_example_prob: float = 0.0
    hard_background_prob: float = 0.0
    native_scale_prob: float = 0.0
    lighting_prob: float = 0.0


class Hardness(NamedTuple):
    """How wrong a model is on each picture, by file name: mean absolute alpha error, in [0, 1]."""

    cutouts: dict[str, float]
    backgrounds: dict[str, float]
