"""The settings of a training run; `modnetv train` saves them beside the checkpoint."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

import yaml

from ..data import ClipSpec
from ..errors import TrainingError

Stage = Literal["image", "video", "refine"]
SAVED = "train_config.json"


@dataclass(frozen=True)
class TrainConfig:
    """Settings of one stage.

    Attributes:
        stage: "image" (MODNet on single pictures), "video" (clips, B on) or "refine" (P alone, the rest frozen).
        steps: optimizer steps; over them the learning rate decays along a half cosine.
        clips: how batches are composed; `clips.batch_size` is per process.
        poison_prob: probability that a clip's memory is corrupted (`poison.py`).
        echo: use every batch for two steps, the second time over another clip's background (`data_echo.py`). This pays
            off if a GPU waits for the processes that compose batches.
        frozen_layers: number of frozen encoder layers, counted from the first. Freezing the first four, which detect
            edges and colours, saves a third of a step's time.
        frozen_parts: frozen parts of the model, such as encoder and semantic.
        frozen_norms: batch norms keep their running statistics. Batch statistics of a few pictures differ much from
            those of one picture, and the matte of a frame full of grass or cloth depends on them. Use it to continue
            training from good weights.
        lr: peak learning rate.
        warmup: steps over which the learning rate rises from 0.
        weight_decay: weight decay of AdamW, on kernels only.
        clip_norm: largest gradient norm; larger gradients are scaled down to it.
        ema_decay: decay of the exponential moving average of the weights, which a run exports.
        seed: seed of the data and of new layers.
        workers: processes that compose batches.
        checkpoint_minutes: minutes between checkpoints.
        validate_minutes: minutes between validations, if there are validation clips.
    """

    stage: Stage
    steps: int
    clips: ClipSpec
    poison_prob: float = 0.0
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
    validate_minutes: float = 15.0

    def with_changes(self, **changes: object) -> "TrainConfig":
        """A copy with the given settings changed; None leaves a setting as it is.

        `clips` may be a mapping of some settings of `ClipSpec`.

        """
        given = {name: value for name, value in changes.items() if value is not None}
        if isinstance(clips := given.get("clips"), Mapping):
            given["clips"] = replace(self.clips, **clips)
        return replace(self, **given)  # type: ignore[arg-type]


DEFAULTS: dict[Stage, TrainConfig] = {
    "image": TrainConfig("image", 20_000, ClipSpec(16, sizes=((192, 256), (224, 224), (256, 192)))),
    "video": TrainConfig(
        "video",
        10_000,
        ClipSpec(8, 3, ((224, 352), (288, 288), (352, 224), (256, 448)), shorter=(3, 2, 1), stride=12),
        lr=3e-4,
    ),
    "refine": TrainConfig("refine", 4_000, ClipSpec(4, sizes=((512, 512),), native_scale_prob=1.0), lr=1e-3),
}

RENAMED = {
    "arms": "raised_arm_prob",
    "gaps": "gap_prob",
    "sheer": "sheer_prob",
    "soft": "soft_prob",
    "hard": "hard_example_prob",
    "sharp": "native_scale_prob",
    "alike": "matching_background_prob",
    "cloth": "clothing_distractor_prob",
    "clutter": "distractor_prob",
    "static": "static_prob",
    "empty": "empty_prob",
    "second": "group_prob",
    "clip_length": "length",
}


def load_config(path: Path) -> dict[str, object]:
    """The settings in a YAML file: those of `TrainConfig`, with those of `ClipSpec` under `clips`.

    Raises:
        TrainingError: the file cannot be read, or names an unknown setting.
    """
    try:
        settings = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TrainingError(f"{path} is not a readable YAML file: {' '.join(str(error).split())}") from None
    if not isinstance(settings, dict):
        raise TrainingError(f"{path} holds no settings; write one `name: value` a line, as in configs/image.yaml")
    checked = _checked(settings, TrainConfig, str(path))
    if "clips" in checked:
        if not isinstance(checked["clips"], dict):
            raise TrainingError(f"{path}: clips must hold settings, one `name: value` a line")
        checked["clips"] = _checked(checked["clips"], ClipSpec, f"{path}, clips")
    return checked


def _checked(settings: dict[Any, Any], kind: type, where: str) -> dict[str, object]:
    """`settings` of the dataclass `kind`, with lists as tuples; raises TrainingError for a wrong name or value."""
    kinds = {field.name: field.type for field in fields(kind)}
    clip_settings = {field.name for field in fields(ClipSpec)}
    for name, value in settings.items():
        if name in RENAMED and name not in kinds:
            raise TrainingError(f"{where}: {name} is called {RENAMED[name]} now, a setting of clips")
        if name not in kinds:
            if name in clip_settings:
                raise TrainingError(f"{where}: {name} is a setting of clips; write it below `clips:`")
            raise TrainingError(f"{where} names an unknown setting: {name}; the settings are {', '.join(kinds)}")
        if kinds[name] is bool and not isinstance(value, bool):
            raise TrainingError(f"{where}: {name} must be true or false, not {value!r}")
        numbers: dict[object, tuple[type, ...]] = {int: (int,), float: (int, float)}
        if not isinstance(value, numbers.get(kinds[name], (object,))):
            # YAML reads 3e-4 as text; 3.0e-4 and 0.0003 are numbers
            raise TrainingError(f"{where}: {name} must be a number, not {value!r}")
    try:
        if "sizes" in settings:
            settings["sizes"] = tuple((int(height), int(width)) for height, width in settings["sizes"])
        if "shorter" in settings:
            settings["shorter"] = tuple(int(length) for length in settings["shorter"])
        if "frozen_parts" in settings:
            settings["frozen_parts"] = tuple(str(part) for part in settings["frozen_parts"])
    except (TypeError, ValueError):
        raise TrainingError(
            f"{where}: sizes is a list of [height, width], shorter a list of lengths, frozen_parts one of names"
        ) from None
    return settings


def saved_config(folder: Path) -> TrainConfig:
    """The settings of a run, from its train_config.json.

    Raises:
        TrainingError: the file is missing, or it comes from another version.
    """
    path = folder / SAVED
    try:
        settings = json.loads(path.read_text())
        settings.pop("revision", None)
        checked = _checked(settings, TrainConfig, str(path))
        checked["clips"] = ClipSpec(**_checked(settings["clips"], ClipSpec, str(path)))  # type: ignore[arg-type]
        return TrainConfig(**checked)  # type: ignore[arg-type]
    except FileNotFoundError:
        raise TrainingError(f"nothing to resume: {path} does not exist; start without --resume") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{path} cannot be read ({error!r}); start a new run in another folder, with --init"
        ) from None
