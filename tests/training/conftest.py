"""Trainers small enough for a test: drawn pictures, frames of 64 x 64, on the CPU."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import nn
from torch.utils.data import Dataset

from modnetv_kit.data import Clip, ClipDataset, ClipSpec
from modnetv_kit.models import MODNet, MODNetV
from modnetv_kit.training import Callback, TrainConfig, Trainer, video_stage
from modnetv_kit.training.config import Stage
from modnetv_kit.training.trainer import precision


@pytest.fixture
def accelerator() -> Iterator[Accelerator]:
    """The CPU, as `Trainer` would choose without a GPU; Accelerate's global state does not outlive the test."""
    AcceleratorState._reset_state(reset_partial_state=True)
    yield Accelerator(mixed_precision=precision(cpu=True), cpu=True)
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture
def whole_memories(monkeypatch: pytest.MonkeyPatch) -> None:
    """The video stage does not empty any region of a memory on purpose."""
    monkeypatch.setattr(video_stage, "FORGOTTEN", 0.0)


@pytest.fixture
def make_trainer(picture_folder: Path, tmp_path: Path, accelerator: Accelerator) -> Callable[..., Trainer]:
    def make(
        stage: Stage = "image",
        *,
        folder: Path = tmp_path / "run",
        model: nn.Module | None = None,
        dataset: Dataset[Clip] | None = None,
        callbacks: Sequence[Callback] = (),
        export: Callable[[nn.Module, Path], None] | None = None,
        weights_seed: int = 0,
        log_every: int = 1,
        **changes: object,
    ) -> Trainer:
        sizes = ((128, 128),) if stage == "refine" else ((64, 64),)  # P's stage shrinks its crops up to four times
        clips = ClipSpec(2, 2 if stage == "video" else 1, sizes, max_side=96)
        config = TrainConfig(stage, steps=6, clips=clips, warmup=2, workers=0).with_changes(**changes)
        torch.manual_seed(weights_seed)
        if model is None:
            # theta: all is background, so that B has something to restore
            model = MODNet() if stage == "image" else MODNetV(theta=1.0)
        if dataset is None:
            dataset = ClipDataset(picture_folder, config.clips, config.seed)
        trainer = Trainer(model, dataset, config, folder, callbacks, export, accelerator)
        trainer.log_every = log_every
        return trainer

    return make
