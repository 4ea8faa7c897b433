"""Training data: pictures in memory, composed into clips with exact truth."""

from .clips import Clip, ClipDataset, ClipSpec

__all__ = ["Clip", "ClipDataset", "ClipSpec"]
