"""Training data with every folder that a recipe can use."""

from pathlib import Path

import pytest
from drawn_footage import training_folder


@pytest.fixture(scope="session")
def whole_folder(picture_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every folder that a recipe can use, and SOURCES.tsv; nobody changes it."""
    return training_folder(picture_folder, tmp_path_factory.mktemp("whole"))
