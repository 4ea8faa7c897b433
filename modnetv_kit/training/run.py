"""One stage from the command line's words: model, data and callbacks put together."""

from pathlib import Path
from typing import get_args

import torch

from ..data import ClipDataset, ClipSpec
from ..errors import TrainingError
from ..hub import load_weights_into, save_model
from ..models import MODNet, MODNetV
from .callbacks import JsonLog, ProgressBar
from .config import DEFAULTS, Stage
from .trainer import Trainer


def train_stage(
    stage: str, data: Path, out: Path, *, init: str | None = None, resume: bool = False, **changes: object
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
        TrainingError: an unknown stage, a folder that holds another run, a checkpoint that does not fit.
        DataError: the training data cannot be used.
        WeightsError: `init` cannot be read or does not fit.
    """
    if stage not in get_args(Stage):
        raise TrainingError(f"there is no stage {stage!r}; choose {', '.join(get_args(Stage))}")
    if not resume and (out / "checkpoint.pt").exists():
        raise TrainingError(f"{out} already holds a run; add --resume to go on with it, or choose another folder")
    config = DEFAULTS[stage].with_changes(**changes)  # type: ignore[index]
    torch.manual_seed(config.seed)
    model = MODNet() if stage == "image" else MODNetV()
    if init is not None and not resume:
        load_weights_into(model, init)
    dataset = ClipDataset(data, ClipSpec(config.batch_size, config.clip_length, config.sizes), config.seed)
    trainer = Trainer(model, dataset, config, out, [JsonLog(out / "log.jsonl"), ProgressBar()], save_model)
    if resume:
        trainer.resume()
    trainer.fit()
