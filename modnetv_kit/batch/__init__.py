"""Batches of videos: planned, matted by one or more workers, and recorded so that an interrupted run can resume."""

from .cluster import Cluster
from .report import VideoReport, VideoReports
from .run import matte_videos

__all__ = ["Cluster", "VideoReport", "VideoReports", "matte_videos"]
