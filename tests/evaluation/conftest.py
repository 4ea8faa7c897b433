"""The engine that "auto" means is PyTorch's here: converting each drawn model would take seconds."""

import pytest


@pytest.fixture(autouse=True)
def _auto_is_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modnetv_kit.engines.choose.fastest", lambda device: "torch")
