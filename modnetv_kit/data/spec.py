"""What composed clips are, and what they are asked to look like."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor


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
        clutter: share of clips with things from other backgrounds in them, beside and before the person.
        cloth: share of the things beside people that are of what others wear.
        max_side: pictures are kept in memory at this long side.
        hard: share of pictures drawn in proportion to their `Hardness` instead of evenly.
        shorter: further lengths; a batch of a shorter one holds more clips, so that every batch holds about as many
            frames. Many different short clips teach what a person is, long ones what the memory is worth.
        sharp: share of pictures that are never magnified, so that edges are as sharp as a camera gives them.
        stride: from one frame of a clip to the next, at most this many of the video's pass; drawn for each clip, low
            strides more often. With frames far apart, a memory has much to hold after few of them.
        alike: share of clips with people whose background is tinted like them.
        arms: share of people with a raised arm drawn to them.
        gaps: share of people in clips of several frames with gaps cut into them.
        sheer: share of people with parts through which the place shows.
        soft: share of people out of focus or blurred by their movement.
    """

    batch_size: int
    length: int = 1
    sizes: tuple[tuple[int, int], ...] = ((224, 288), (256, 256), (288, 224))
    static: float = 0.5
    empty: float = 0.12
    second: float = 0.15
    clutter: float = 0.3
    max_side: int = 576
    hard: float = 0.0
    shorter: tuple[int, ...] = ()
    sharp: float = 0.0
    stride: int = 1
    alike: float = 0.0
    arms: float = 0.0
    gaps: float = 0.0
    sheer: float = 0.0
    soft: float = 0.0
    cloth: float = 0.0


class Hardness(NamedTuple):
    """How wrong a model is on each picture, by file name: mean absolute alpha error, in [0, 1]."""

    cutouts: dict[str, float]
    backgrounds: dict[str, float]
