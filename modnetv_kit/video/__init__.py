"""Video in and out: frames with their timestamps, sound kept, memory that does not grow with length."""

from modnetv_kit.video.alpha import read_alpha
from modnetv_kit.video.folder import FolderReader
from modnetv_kit.video.frames import Frame, VideoInfo, VideoReader
from modnetv_kit.video.output import Writer
from modnetv_kit.video.random_access import RandomReader
from modnetv_kit.video.reader import StreamReader, open_video
from modnetv_kit.video.source import probe
from modnetv_kit.video.writer import open_writer

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
