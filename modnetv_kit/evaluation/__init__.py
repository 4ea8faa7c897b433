"""Evaluation: how far mattes are from the truth, and how steady they are."""

from .evaluate import evaluate, evaluate_clip, group_means
from .metrics import ClipMetrics, dtssd, mad, mse

__all__ = ["ClipMetrics", "dtssd", "evaluate", "evaluate_clip", "group_means", "mad", "mse"]
