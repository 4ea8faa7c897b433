"""Finds the training pictures that a model still gets wrong, so they can be sampled more often."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from ..data import ClipDataset, Hardness
from ..files import replace_file
from ..models import MODNetV
from .image_stage import layout
from .trainer import one_thread

SIZE = (224, 384)


class _Views(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """One composed frame for each of `asked`: (seed, background or None, people)."""

    def __init__(self, dataset: ClipDataset, asked: list[tuple[int, int | None, list[int]]]):
        self.dataset, self.asked = dataset, asked

    def __len__(self) -> int:
        return len(self.asked)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        """Frame, true alpha, and the mask of the pixels to measure; for a background, those without a person."""
        seed, background, people = self.asked[index]
        clip = self.dataset.compose(np.random.default_rng((1, seed)), SIZE, 1, background, people)
        frame, alpha = clip.frames[0], clip.alpha[0]
        return frame, alpha, torch.ones_like(alpha) if background is None else (alpha == 0).to(alpha.dtype)


@torch.inference_mode()
def measure_hardness(model: nn.Module, dataset: ClipDataset, workers: int = 0) -> Hardness:
    """Mean absolute alpha error of `model`, without memory, on views of every picture of `dataset`.

    Each background is measured twice, empty and behind a person; there, only false positives beside the person count.
    Each cutout is composited over a random background. Every call uses the same views.

    Args:
        model: a MODNet or MODNetV in eval mode, on any device.
        dataset: composes the views.
        workers: processes that compose the views.
    """
    device = next(model.parameters()).device
    people = [i for i, box in enumerate(dataset.people.boxes) if box is not None]
    places = range(len(dataset.backgrounds))
    asked: list[tuple[int, int | None, list[int]]] = [(i, None, [i]) for i in people]
    asked += [(i, i, []) for i in places]
    asked += [(i, i, [people[i % len(people)]]) for i in places]
    errors: list[float] = []
    batch_size = 1 if device.type == "cpu" else 32  # a larger batch outgrows a CPU's cache and takes twice as long
    generator = torch.Generator()  # otherwise starting the loader would draw from the global generator used by training
    for frames, alpha, counts in DataLoader(
        _Views(dataset, asked), batch_size, num_workers=workers, worker_init_fn=one_thread, generator=generator
    ):
        frames, alpha, counts = (
            frames.to(device, memory_format=layout(device)),
            alpha.to(device),
            counts.to(device),
        )
        output = model(frames)[0] if isinstance(model, MODNetV) else model(frames)
        wrong = (output.alpha.float() - alpha).abs() * counts
        errors += (wrong.sum((1, 2, 3)) / counts.sum((1, 2, 3)).clamp_min(1)).tolist()
    empty, beside = errors[len(people) : -len(places)], errors[-len(places) :]
    return Hardness(
        {dataset.people.cutouts.names[i]: error for i, error in zip(people, errors[: len(people)], strict=True)},
        {name: (a + b) / 2 for name, a, b in zip(dataset.backgrounds.names, empty, beside, strict=True)},
    )


def save_hardness(hardness: Hardness, path: Path) -> None:
    """Write `hardness` as JSON."""
    text = json.dumps(hardness._asdict(), indent=1) + "\n"
    replace_file(path, lambda temporary: temporary.write_text(text))


def load_hardness(path: Path) -> Hardness:
    """Read a file written by `save_hardness`."""
    return Hardness(**json.loads(path.read_text()))
