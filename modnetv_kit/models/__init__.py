"""The networks in pure torch, without files, devices or global state."""

from .background import BackgroundRestoration, BackgroundState
from .modnet import CoarseOutput, MattingBranches, MODNet
from .modnetv import MattingOutput, MODNetV
from .refine import PatchRefinement

__all__ = [
    "BackgroundRestoration",
    "BackgroundState",
    "CoarseOutput",
    "MODNet",
    "MODNetV",
    "MattingBranches",
    "MattingOutput",
    "PatchRefinement",
]
