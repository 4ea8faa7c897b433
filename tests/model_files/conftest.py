"""A saved model."""

from pathlib import Path

import pytest
from model_helpers import ARGUMENTS, awake

from modnetv_kit.hub import save_model
from modnetv_kit.models import MODNetV


@pytest.fixture(scope="module")
def model() -> MODNetV:
    """With random values where a new model has zeros."""
    return awake(MODNetV(**ARGUMENTS))


@pytest.fixture(scope="module")
def saved(model: MODNetV, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that nobody changes."""
    folder = tmp_path_factory.mktemp("saved")
    save_model(model, folder)
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A copy of `saved` that a test may spoil."""
    for file in saved.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path
