"""Reading and writing video: frames with timestamps, sound, and memory that does not grow with length."""

from .alpha import read_alpha
from .folder import FolderReader
from .frames import Frame, VideoInfo, VideoReader
from .output import Writer
from .random_access import RandomReader
from .reader import StreamReader, open_video
from .source import probe
from .writer import open_writer

__all__ = [
    "FolderReader",
    "Frame",
    "RandomReader",
    "StreamReader",
    "VideoInfo",
    "VideoReader",
    "Writer",
    "open_video",
    "open_writer",
    "probe",
    "read_alpha",
]
