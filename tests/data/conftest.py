"""Training data with every folder that a recipe can use."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from drawn_footage import training_folder

from modnetv_kit.data import ClipDataset, ClipSpec, clips


@pytest.fixture(scope="session")
def whole_folder(picture_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every folder that a recipe can use, and SOURCES.tsv; nobody changes it."""
    return training_folder(picture_folder, tmp_path_factory.mktemp("whole"))


@pytest.fixture
def make_data(picture_folder: Path) -> Callable[..., ClipDataset]:
    """Makes a data set of small clips without distractors; settings of `ClipSpec` override this."""

    def make(seed: int = 0, **spec: object) -> ClipDataset:
        settings: dict[str, object] = {
            "batch_size": 2,
            "length": 3,
            "sizes": ((32, 40),),
            "max_side": 96,
            "distractor_prob": 0,
        } | spec
        return ClipDataset(picture_folder, ClipSpec(**settings), seed)  # type: ignore[arg-type]

    return make


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No shadow, no lighting drift, a perfect camera: only the matting equation remains."""
    monkeypatch.setattr(clips, "cast_shadow", lambda rng, background, alpha: background)
    monkeypatch.setattr(clips, "lighting_drift", lambda rng, length: torch.ones(length, 1, 1, 1))
    monkeypatch.setattr(clips, "camera", lambda rng, frames: frames)
