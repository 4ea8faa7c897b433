"""What a training run is made of; `modnetv train` saves it beside the checkpoint."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal

import yaml

from ..errors import TrainingError

Stage = Literal["image", "video", "refine"]


@dataclass(frozen=True)
class TrainConfig:
    """Settings of one stage.

    Attributes:
        stage: "image" (MODNet on single pictures), "video" (clips, B on) or "refine" (P alone, the rest frozen).
        steps: optimizer steps; the learning rate falls over them along a half cosine.
        batch_size: clips a step and process.
        clip_length: frames a clip, T.
        shorter: further lengths; a batch of a shorter one holds more clips.
        stride: frames of a video from one of a clip's to the next, at most.
        sizes: (height, width) of the frames; one is drawn for each batch.
        sharp: share of pictures that are never magnified, so that edges are as sharp as a camera gives them.
        clutter: share of clips with things from other places in them, beside and before the person.
        cloth: share of the things beside people that are of what others wear.
        alike: share of clips whose background is tinted like the person.
        arms: share of people with a raised arm drawn to them.
        gaps: share of people in clips of several frames with gaps cut into them, for B to tell from cloth.
        sheer: share of people with parts through which the place shows.
        soft: share of people out of focus or blurred by their movement.
        hard: share of pictures drawn in proportion to how wrong the starting weights are on them.
        echo: every batch is used for two steps, the second time with the people in each other's places (`echo.py`):
            where a GPU waits for the processes that compose.
        frozen_layers: of the encoder, from the first on, that no longer learn: a third of a step's time for the first
            four, which see edges and colours.
        frozen_parts: of the model, that do not learn at all, such as encoder and semantic.
        frozen_norms: batch norms keep their statistics. Those of a few pictures are far from those of one, and what a
            network makes of a frame full of grass or cloth hangs on them: for training on from good weights.
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
    shorter: tuple[int, ...] = ()
    stride: int = 1
    sizes: tuple[tuple[int, int], ...] = ((192, 256), (224, 224), (256, 192))
    sharp: float = 0.0
    clutter: float = 0.3
    cloth: float = 0.0
    alike: float = 0.0
    arms: float = 0.0
    gaps: float = 0.0
    sheer: float = 0.0
    soft: float = 0.0
    hard: float = 0.0
    echo: bool = False
    frozen_layers: int = 0
    frozen_parts: tuple[str, ...] = ()
    frozen_norms: bool = False
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
        batch_size=8,
        clip_length=3,
        shorter=(3, 2, 1),
        stride=12,
        lr=3e-4,
        sizes=((224, 352), (288, 288), (352, 224), (256, 448)),
    ),
    "refine": TrainConfig("refine", steps=4_000, batch_size=4, lr=1e-3, sizes=((512, 512),), sharp=1.0),
}


def load_config(path: Path) -> dict[str, object]:
    """The settings in a YAML file, one `name: value` a line with the names of `TrainConfig`.

    Raises:
        TrainingError: the file cannot be read, or names what is not a setting.
    """
    try:
        settings = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TrainingError(f"{path} is not a readable YAML file: {' '.join(str(error).split())}") from None
    if not isinstance(settings, dict):
        raise TrainingError(f"{path} holds no settings; write one `name: value` a line, as in configs/image.yaml")
    kinds = {field.name: field.type for field in fields(TrainConfig)}
    if unknown := sorted(str(name) for name in settings if name not in kinds):
        raise TrainingError(f"{path} names what is no setting: {', '.join(unknown)}; there are {', '.join(kinds)}")
    for name in (name for name, kind in kinds.items() if kind is bool and name in settings):
        if not isinstance(settings[name], bool):
            raise TrainingError(f"{path}: {name} must be true or false, not {settings[name]!r}")
    numbers: dict[object, tuple[type, ...]] = {int: (int,), float: (int, float)}
    for name, value in settings.items():
        if not isinstance(value, numbers.get(kinds[name], (object,))):
            # YAML takes 3e-4 for text; 3.0e-4 and 0.0003 are numbers
            raise TrainingError(f"{path}: {name} must be a number, not {value!r}")
    try:
        if "sizes" in settings:
            settings["sizes"] = tuple((int(height), int(width)) for height, width in settings["sizes"])
        if "shorter" in settings:
            settings["shorter"] = tuple(int(length) for length in settings["shorter"])
        if "frozen_parts" in settings:
            settings["frozen_parts"] = tuple(str(part) for part in settings["frozen_parts"])
    except (TypeError, ValueError):
        raise TrainingError(
            f"{path}: sizes is a list of [height, width], shorter a list of lengths, frozen_parts one of names"
        ) from None
    return settings
