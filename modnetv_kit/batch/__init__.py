"""Many videos: planned, matted by one or many workers, and written down so that a run can go on after any end."""

from .cluster import Cluster
from .report import VideoReport
from .run import matte_videos

__all__ = ["Cluster", "VideoReport", "matte_videos"]
