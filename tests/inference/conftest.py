"""A model whose answer is known: it takes red for the person."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch.nn.functional as F
from matting_clips import write_clip
from torch import Tensor

from modnetv_kit.models import BackgroundState, CoarseOutput, MODNetV


class RedIsThePerson(MODNetV):
    """Alpha is the red channel, whatever the frame; the state counts frames in bgF."""

    def step(
        self, frame: Tensor, state: BackgroundState, with_detail: bool = False
    ) -> tuple[CoarseOutput, BackgroundState]:
        alpha = frame[:, :1] * 1
        return CoarseOutput(alpha, F.avg_pool2d(alpha, 16), None), BackgroundState(state.bgF + 1, state.bgM * 1)


@pytest.fixture(scope="session")
def red_model() -> MODNetV:
    return RedIsThePerson().eval()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 frames, 96 x 64, 25 frames a second with sound: a red square wanders over blue."""
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", frames=20, sound=True)


@pytest.fixture
def scene() -> Iterator[np.ndarray]:
    """A frame with texture, uint8 (64, 96, 3), without red."""
    rng = np.random.default_rng(0)
    frame = rng.integers(60, 200, (64, 96, 3), dtype=np.uint8)
    frame[..., 0] = 0
    return frame
