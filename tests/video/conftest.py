from pathlib import Path

import pytest
from video_clips import RATE, write_clip


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One clip of 24 frames for each common kind of file."""
    folder = tmp_path_factory.mktemp("clips")
    return {
        "h264": write_clip(folder / "h264.mp4", sound=["aac"]),
        "h264_silent": write_clip(folder / "silent.mp4"),
        "hevc_10bit": write_clip(folder / "hevc.mp4", codec="libx265", pixel_format="yuv420p10le"),
        "vp9": write_clip(folder / "vp9.webm", codec="libvpx-vp9", sound=["libopus"]),
        "mkv": write_clip(folder / "h264.mkv", sound=["aac"]),
        "ts": write_clip(folder / "h264.ts", sound=["aac"]),
        "avi": write_clip(folder / "h264.avi", time_base=1 / RATE, pts=range(24)),
        "odd": write_clip(folder / "odd.webm", codec="libvpx-vp9", size=(95, 63)),
        "prores": write_clip(folder / "prores.mov", codec="prores", pixel_format="yuv422p10le"),
    }
