"""The networks in pure torch, without files, devices or global state."""

from .background import BackgroundRestoration, BackgroundState
from .modnet import CoarseOutput, MODNet
from .modnetv import MattingOutput, MODNetV
from .refine import PatchRefinement

__all__ = [
    "BackgroundRestoration",
    "BackgroundState",
    "CoarseOutput",
    "MODNet",
    "MODNetV",
    "MattingOutput",
    "PatchRefinement",
]
