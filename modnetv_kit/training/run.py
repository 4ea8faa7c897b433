"""One stage from the command line's words: model, data and callbacks put together."""

from dataclasses import fields
from pathlib import Path
from typing import get_args

import torch

from ..data import ClipDataset, ClipSpec, Hardness
from ..errors import TrainingError
from ..hub import load_weights_into, save_model
from ..models import MODNet, MODNetV
from .callbacks import JsonLog, ProgressBar
from .config import DEFAULTS, Stage
from .hardness import load_hardness, measure_hardness, save_hardness
from .trainer import CHECKPOINT, Trainer


def train_stage(
    stage: str | None, data: Path, out: Path, *, init: str | None = None, resume: bool = False, **changes: object
) -> None:
    """Train one stage and leave checkpoint, log (`log.jsonl`) and weights in `out`.

    Args:
        stage: "image", "video" or "refine".
        data: folder with cutouts/ (RGBA) and backgrounds/.
        out: the run's folder.
        init: weights to start from; without it the network starts untrained.
        resume: go on from the checkpoint in `out` instead.
        changes: settings of `TrainConfig` that replace the stage's defaults; None keeps a default.

    Raises:
        TrainingError: an unknown stage, a folder that holds another run, a checkpoint that does not fit, hard
            pictures asked for without weights that could find them.
        DataError: the training data cannot be used.
        WeightsError: `init` cannot be read or does not fit.
    """
    stages = ", ".join(get_args(Stage))
    if stage is None:
        raise TrainingError(f"which stage? Name one with --stage ({stages}) or in the file given with --config")
    if stage not in get_args(Stage):
        raise TrainingError(f"there is no stage {stage!r}; choose {stages}")
    if not resume and (out / CHECKPOINT).exists():
        raise TrainingError(f"{out} already holds a run; add --resume to go on with it, or choose another folder")
    config = DEFAULTS[stage].with_changes(**changes)  # type: ignore[index]
    torch.manual_seed(config.seed)
    model = MODNet() if stage == "image" else MODNetV()
    if init is not None and not resume:
        load_weights_into(model, init)
    names = {field.name for field in fields(config)} & {field.name for field in fields(ClipSpec)}
    spec = ClipSpec(length=config.clip_length, **{name: getattr(config, name) for name in names})
    dataset = ClipDataset(data, spec, config.seed)
    trainer = Trainer(model, dataset, config, out, [JsonLog(out / "log.jsonl"), ProgressBar()], save_model)
    if resume:
        trainer.resume()
    if config.hard:
        if init is None and not resume:
            raise TrainingError("`hard` draws pictures on which the starting weights are wrong: name them with --init")
        dataset.draw_by(_find_hardness(trainer, dataset))
    trainer.fit()


def _find_hardness(trainer: Trainer, dataset: ClipDataset) -> Hardness:
    """Measured once a run and kept in its folder, so that a resumed run draws as before."""
    path = trainer.folder / "hardness.json"
    with trainer.accelerator.main_process_first():  # the others wait for its file
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            save_hardness(measure_hardness(trainer.ema.model, dataset, trainer.config.workers), path)
        return load_hardness(path)
