"""Calibrate the int8 engine for the bundled weights: `python -m modnetv_kit.training.calibrate --data DATA`.

It composes 300 frames like those of training and keeps the range of every convolution's input beside the weights.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from torch import Tensor

from ..data import ClipDataset
from ..data.spec import ClipSpec
from ..engines.int8 import CALIBRATION, measure_ranges, save_calibration
from ..errors import MattingError
from ..hub import load_model

CLIPS, LENGTH = 50, 6
SIZES = ((288, 512), (512, 288), (384, 512))


def composed_clips(folder: Path) -> Iterator[Tensor]:
    """Fifty composed clips of six frames, (6, 3, H, W) in [0, 1], always the same."""
    dataset = ClipDataset(folder, ClipSpec(1, LENGTH, lighting_prob=0.2), seed=300)
    rng = np.random.default_rng(300)
    for i in range(CLIPS):
        yield dataset.compose(rng, SIZES[i % len(SIZES)], LENGTH).frames


def main(words: list[str] | None = None) -> None:
    """The command, with `words` in place of the command line's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="training data, as for modnetv train")
    arguments = parser.parse_args(words)
    model = load_model(device="cpu")
    try:
        ranges = measure_ranges(model, composed_clips(arguments.data))
    except MattingError as error:
        parser.error(str(error))
    save_calibration(model, ranges, CALIBRATION)
    print(f"wrote {CALIBRATION}")


if __name__ == "__main__":
    main()
