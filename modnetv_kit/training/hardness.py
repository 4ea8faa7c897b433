"""Finds the training pictures that a model still gets wrong, so that they can be drawn more often."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..data import ClipDataset, Hardness
from ..models import MODNetV
from ..whole_files import replace_file

SIZE = (256, 256)


@torch.inference_mode()
def measure_hardness(model: nn.Module, dataset: ClipDataset) -> Hardness:
    """Mean absolute alpha error of `model`, without memory, on one view of every picture of `dataset`.

    A background is looked at without a person: whatever the model finds there is wrong. A cutout is put on a drawn
    background. The views are the same at every call.

    Args:
        model: a MODNet or MODNetV in eval mode, on any device.
        dataset: what the pictures are composed by.
    """
    device = next(model.parameters()).device

    def error(rng_seed: int, background: int | None, people: list[int]) -> float:
        clip = dataset.compose(np.random.default_rng((1, rng_seed)), SIZE, 1, background, people)
        frame = clip.frames.to(device, memory_format=torch.channels_last)
        output = model(frame)[0] if isinstance(model, MODNetV) else model(frame)
        return float((output.alpha.float().cpu() - clip.alpha).abs().mean())

    backgrounds = {name: error(i, i, []) for i, name in enumerate(dataset.backgrounds.names)}
    people = [i for i, person in enumerate(dataset.people) if person is not None]
    return Hardness({dataset.cutouts.names[i]: error(i, None, [i]) for i in people}, backgrounds)


def save_hardness(hardness: Hardness, path: Path) -> None:
    """Write it as JSON."""
    text = json.dumps(hardness._asdict(), indent=1) + "\n"
    replace_file(path, lambda temporary: temporary.write_text(text))


def load_hardness(path: Path) -> Hardness:
    """Read what `save_hardness` wrote."""
    return Hardness(**json.loads(path.read_text()))
