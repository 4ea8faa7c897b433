"""Evaluation: the error and the temporal coherence of mattes (needs the extra `eval`)."""

from .benchmark import Evaluation, evaluate, evaluate_clip, group_means
from .clip_files import ClipFiles, open_clip
from .clip_folders import list_clips
from .clip_metrics import ClipMetrics, clip_means
from .methods import open_method
from .metrics import conn, dtssd, grad, mad, mse
from .prediction import Method, Prediction

__all__ = [
    "ClipFiles",
    "ClipMetrics",
    "Evaluation",
    "Method",
    "Prediction",
    "clip_means",
    "conn",
    "dtssd",
    "evaluate",
    "evaluate_clip",
    "grad",
    "group_means",
    "list_clips",
    "mad",
    "mse",
    "open_clip",
    "open_method",
]
