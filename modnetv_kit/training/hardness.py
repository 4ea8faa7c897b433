"""Finds the training pictures that a model still gets wrong, so that they can be drawn more often."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..data import ClipDataset, Hardness
from ..models import MODNetV
from ..whole_files import replace_file
from .losses import masked_mean

SIZE = (224, 384)


@torch.inference_mode()
def measure_hardness(model: nn.Module, dataset: ClipDataset) -> Hardness:
    """Mean absolute alpha error of `model`, without memory, on views of every picture of `dataset`.

    A background is looked at without anybody and behind somebody: whatever the model finds there, beside the person,
    is wrong. A cutout is put on a drawn background. The views are the same at every call.

    Args:
        model: a MODNet or MODNetV in eval mode, on any device.
        dataset: what the pictures are composed by.
    """
    device = next(model.parameters()).device
    people = [i for i, person in enumerate(dataset.people) if person is not None]

    def view(seed: int, background: int | None, shown: list[int]) -> tuple[Tensor, Tensor]:
        """The absolute error of every pixel, and where nobody is."""
        clip = dataset.compose(np.random.default_rng((1, seed)), SIZE, 1, background, shown)
        frame = clip.frames.to(device, memory_format=torch.channels_last)
        output = model(frame)[0] if isinstance(model, MODNetV) else model(frame)
        return (output.alpha.float().cpu() - clip.alpha).abs(), clip.alpha == 0

    def found(i: int) -> float:
        """What the model finds in background i, though it is not there."""
        empty, _ = view(i, i, [])
        beside, nobody = view(i, i, [people[i % len(people)]])
        return float(empty.mean() + masked_mean(beside, nobody)) / 2

    return Hardness(
        {dataset.cutouts.names[i]: float(view(i, None, [i])[0].mean()) for i in people},
        {name: found(i) for i, name in enumerate(dataset.backgrounds.names)},
    )


def save_hardness(hardness: Hardness, path: Path) -> None:
    """Write it as JSON."""
    text = json.dumps(hardness._asdict(), indent=1) + "\n"
    replace_file(path, lambda temporary: temporary.write_text(text))


def load_hardness(path: Path) -> Hardness:
    """Read what `save_hardness` wrote."""
    return Hardness(**json.loads(path.read_text()))
