"""Clips and frames for a model whose alpha is the red channel."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matting_clips import write_clip


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
