"""Training data: pictures in memory, composed into clips with exact ground truth."""

from .clips import ClipDataset
from .spec import Clip, ClipSpec, Hardness

__all__ = ["Clip", "ClipDataset", "ClipSpec", "Hardness"]
