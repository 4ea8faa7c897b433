"""Training data: pictures in memory, composed into clips with exact truth."""

from .clips import Clip, ClipDataset, ClipSpec, Hardness

__all__ = ["Clip", "ClipDataset", "ClipSpec", "Hardness"]
