"""One training stage: sets up model, data and callbacks."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import torch
from torch import nn

from ..data import ClipDataset, Hardness
from ..errors import TrainingError
from ..hub import load_weights_into, save_model
from ..models import MODNet, MODNetV
from .callbacks import Callback, JsonLog, ProgressBar
from .config import DEFAULTS, Stage, TrainConfig, saved_config
from .hardness import load_hardness, measure_hardness, save_hardness
from .trainer import CHECKPOINT, Trainer
from .validate import Figures, Validate

Measurement = tuple[Callable[[nn.Module], Figures], Callable[[Figures], float]]


def train_stage(
    stage: str | None,
    data: Path,
    out: Path,
    *,
    init: str | None = None,
    resume: bool = False,
    validation: Measurement | None = None,
    **changes: object,
) -> None:
    """Train one stage and write checkpoint, log (`log.jsonl`) and weights to `out`.

    Args:
        stage: "image", "video" or "refine"; for a resumed run, None or the run's stage.
        data: folder with cutouts/ (RGBA), backgrounds/, and whatever else the settings need.
        out: the run's folder.
        init: weights to start from; without it the network starts untrained.
        resume: continue from the checkpoint in `out` instead, with the settings of that run.
        validation: evaluates the averaged weights every `validate_minutes` ("video" only); gives figures and a score.
        changes: settings of `TrainConfig` that override the stage's defaults, or those of the resumed run; None keeps
            them.

    Raises:
        TrainingError: an unknown stage, a folder that holds another run, a checkpoint that does not fit, or hard
            examples without initial weights to measure them.
        DataError: unusable training data.
        WeightsError: `init` cannot be read or does not fit.
    """
    config = saved_config(out) if resume else default_config(stage)
    if stage is not None and stage != config.stage:
        raise TrainingError(f"{out} holds a run of stage {config.stage!r}, not {stage!r}; use --init for it")
    if not resume and (out / CHECKPOINT).exists():
        raise TrainingError(f"{out} already holds a run; add --resume to go on with it, or choose another folder")
    config = config.with_changes(**changes)
    torch.manual_seed(config.seed)
    model = MODNet() if config.stage == "image" else MODNetV()
    if init is not None and not resume:
        load_weights_into(model, init)
    dataset = ClipDataset(data, config.clips, config.seed)
    callbacks: list[Callback] = [JsonLog(out / "log.jsonl"), ProgressBar()]
    if validation is not None and config.stage == "video":
        callbacks.append(Validate(*validation, out, config.validate_minutes, save_model))
    trainer = Trainer(model, dataset, config, out, callbacks, save_model)
    if resume:
        trainer.resume()
    if config.clips.hard_example_prob:
        if init is None and not resume:
            raise TrainingError(
                "`hard_example_prob` needs initial weights to measure the pictures with: name them with --init"
            )
        dataset.draw_by(_find_hardness(trainer, dataset))
    trainer.fit()


def default_config(stage: str | None) -> TrainConfig:
    """The defaults of a stage.

    Raises:
        TrainingError: no such stage, or none at all.
    """
    stages = ", ".join(get_args(Stage))
    if stage is None:
        raise TrainingError(f"which stage? Name one with --stage ({stages}) or in the file given with --config")
    if stage not in get_args(Stage):
        raise TrainingError(f"there is no stage {stage!r}; choose {stages}")
    return DEFAULTS[stage]  # type: ignore[index]  # a Stage, as was just checked


def _find_hardness(trainer: Trainer, dataset: ClipDataset) -> Hardness:
    """The hardness of the pictures, measured once per run and saved, so a resumed run samples as before."""
    path = trainer.folder / "hardness.json"
    with trainer.accelerator.main_process_first():  # the other processes wait for its file
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            save_hardness(measure_hardness(trainer.ema.module, dataset, trainer.config.workers), path)
        return load_hardness(path)
