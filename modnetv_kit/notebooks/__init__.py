"""Notebook helpers: inline pictures and videos, a file picker, and retries when memory runs out."""

from .folder import into_outputs
from .memory import retry_smaller
from .pick import VideoPicker
from .show import inline_video, shrink_video, side_by_side, source_of

__all__ = ["VideoPicker", "inline_video", "into_outputs", "retry_smaller", "shrink_video", "side_by_side", "source_of"]
