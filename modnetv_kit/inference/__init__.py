"""Inference: sessions, foreground colours, composites, whole videos."""

from .matte import MatteSummary, matte_video
from .session import FrameResult, MattingSession

__all__ = ["FrameResult", "MatteSummary", "MattingSession", "matte_video"]
