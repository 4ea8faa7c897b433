"""Inference: sessions, foreground colours, composites, whole videos."""

from .group import GroupSession
from .matte import MatteSummary, matte_video
from .prompt import Prompt
from .results import FrameResult
from .session import MattingSession

__all__ = ["FrameResult", "GroupSession", "MatteSummary", "MattingSession", "Prompt", "matte_video"]
