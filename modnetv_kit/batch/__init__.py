"""Many videos: planned, matted by one or many workers, and written down so that a run can go on after any end."""

from .report import VideoReport
from .run import matte_videos

__all__ = ["VideoReport", "matte_videos"]
