"""A few training steps with recorded losses, alone or as one of several processes of a launcher."""

import json
import os
import sys
from pathlib import Path

import torch
from accelerate import Accelerator
from torch.utils.data import Dataset

from modnetv_kit.data import Clip, ClipSpec
from modnetv_kit.models import MODNet
from modnetv_kit.training import TrainConfig, Trainer

STEPS, BATCH = 3, 2


class Drawn(Dataset[Clip]):
    """Batches of noise with one and the same alpha: a loss that is a mean over its edge averages over batches, too."""

    def __getitem__(self, index: int) -> Clip:
        noise = torch.Generator().manual_seed(index)
        frames, background = (torch.rand(BATCH, 1, 3, 64, 64, generator=noise) for _ in range(2))
        y, x = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
        alpha = ((20 - torch.hypot(y - 32.0, x - 32.0)) / 4 + 0.5).clamp(0, 1).expand(BATCH, 1, 1, 64, 64)
        known, prompt = torch.ones(BATCH, 1), torch.zeros(BATCH, 3, 16, 16)
        return Clip(frames, alpha, background, known, prompt, [f"noise{index}"] * BATCH)


class Pairs(Dataset[Clip]):
    """Batches of twice the size: two neighbouring ones together."""

    def __init__(self, single: Dataset[Clip]):
        self.single = single

    def __getitem__(self, index: int) -> Clip:
        first, second = self.single[2 * index], self.single[2 * index + 1]
        pictures = (torch.cat(pair) for pair in zip(first[:-1], second[:-1], strict=True))
        return Clip(*pictures, [*first.names, *second.names])


class Noting(Trainer):
    """A trainer that remembers the loss of every step of its own process."""

    losses: list[float]

    def _step(self, batch: Clip) -> dict[str, torch.Tensor]:
        terms = super()._step(batch)
        self.losses.append(terms["loss"].item())
        return terms


def losses_of(folder: Path, doubled: bool) -> list[float]:
    """Train, in fp32, and with batch norms at rest, since what those measure depends on which frames are together."""
    clips = ClipSpec(BATCH, 1, ((64, 64),))
    config = TrainConfig("image", steps=STEPS, clips=clips, warmup=1, workers=0, frozen_norms=True)
    torch.manual_seed(0)
    accelerator = Accelerator(mixed_precision="no", cpu=True)
    trainer = Noting(MODNet(), Pairs(Drawn()) if doubled else Drawn(), config, folder, accelerator=accelerator)
    trainer.losses = []
    trainer.fit()
    return trainer.losses


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    losses = losses_of(folder, doubled=False)
    (folder / f"losses{os.environ['RANK']}.json").write_text(json.dumps(losses))
