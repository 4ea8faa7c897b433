"""Runtimes for the networks: PyTorch, compiled PyTorch, ONNX Runtime, OpenVINO."""

from .choose import (
    ENGINES,
    ON_CPU,
    engines_for,
    faster_extra,
    fastest,
    installed_engines,
    is_installed,
    open_engine,
    open_engine_for_video,
)
from .interface import Engine

__all__ = [
    "ENGINES",
    "ON_CPU",
    "Engine",
    "engines_for",
    "faster_extra",
    "fastest",
    "installed_engines",
    "is_installed",
    "open_engine",
    "open_engine_for_video",
]
