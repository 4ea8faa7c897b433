"""Runtimes that compute the networks: PyTorch, compiled PyTorch, ONNX Runtime, OpenVINO."""

from .choose import ENGINES, faster_extra, fastest, installed_engines, is_installed, open_engine, open_engine_for_video
from .engine import Engine

__all__ = [
    "ENGINES",
    "Engine",
    "faster_extra",
    "fastest",
    "installed_engines",
    "is_installed",
    "open_engine",
    "open_engine_for_video",
]
