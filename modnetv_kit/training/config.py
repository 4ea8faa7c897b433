"""What a training run is made of; `modnetv train` saves it beside the checkpoint."""

from dataclasses import dataclass, replace
from typing import Literal

Stage = Literal["image", "video", "refine"]


@dataclass(frozen=True)
class TrainConfig:
    """Settings of one stage.

    Attributes:
        stage: "image" (MODNet on single pictures), "video" (clips, B on) or "refine" (P alone, the rest frozen).
        steps: optimizer steps; the learning rate falls over them along a half cosine.
        batch_size: clips a step and process.
        clip_length: frames a clip, T.
        sizes: (height, width) of the frames; one is drawn for each batch.
        lr: peak learning rate.
        warmup: steps over which it rises from 0.
        weight_decay: of AdamW, on kernels only.
        clip_norm: gradients are scaled down to this norm.
        ema_decay: of the exponential moving average of the weights, which is what a run hands out.
        seed: of the data and of new layers.
        workers: processes that compose batches.
        checkpoint_minutes: time between checkpoints.
    """

    stage: Stage
    steps: int
    batch_size: int
    clip_length: int = 1
    sizes: tuple[tuple[int, int], ...] = ((192, 256), (224, 224), (256, 192))
    lr: float = 1e-3
    warmup: int = 100
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    ema_decay: float = 0.998
    seed: int = 0
    workers: int = 1
    checkpoint_minutes: float = 3.0

    def with_changes(self, **changes: object) -> "TrainConfig":
        """A copy in which the given settings, those that are not None, replace the defaults."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]


DEFAULTS: dict[Stage, TrainConfig] = {
    "image": TrainConfig("image", steps=20_000, batch_size=16),
    "video": TrainConfig(
        "video",
        steps=10_000,
        batch_size=4,
        clip_length=4,
        lr=3e-4,
        sizes=((224, 352), (288, 288), (352, 224), (256, 448)),
    ),
    "refine": TrainConfig("refine", steps=4_000, batch_size=4, lr=1e-3, sizes=((512, 512),)),
}
