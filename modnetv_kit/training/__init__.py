"""Training: losses, stages, and a small loop with callbacks (needs the extra `train`)."""

from .callbacks import Callback, JsonLog, ProgressBar
from .config import DEFAULTS, TrainConfig
from .trainer import Trainer

__all__ = ["DEFAULTS", "Callback", "JsonLog", "ProgressBar", "TrainConfig", "Trainer"]
