"""Pictures and videos in a notebook's output."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from matting_clips import write_clip
from PIL import Image

from modnetv_kit.errors import VideoError
from modnetv_kit.models.background import BackgroundRestoration
from modnetv_kit.notebooks import inline_video, shrink_video, side_by_side, source_of
from modnetv_kit.video import open_video, probe


def test_pictures_and_maps_stand_side_by_side() -> None:
    red = np.full((40, 60, 3), (255, 0, 0), np.uint8)
    pictures = {"frame": red, "alpha": np.ones((40, 60), np.float32), "mask": np.zeros((40, 60), bool)}
    with Image.open(io.BytesIO(side_by_side(pictures, height=80, columns=2).data)) as image:
        sheet = np.array(image.convert("RGB")).astype(int)
    assert sheet.shape[1] == 240
    height = sheet.shape[0] // 2
    middles = {"frame": sheet[height // 2, 60], "alpha": sheet[height // 2, 180], "mask": sheet[height * 3 // 2, 60]}
    assert np.abs(middles["frame"] - (254, 0, 0)).max() < 8
    assert middles["alpha"].min() > 250
    assert middles["mask"].max() < 5


def test_no_pictures_are_an_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        side_by_side({})


def test_a_video_that_is_small_enough_is_itself(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "small.mp4", 3)
    assert shrink_video(path, 96) == path


def test_a_smaller_copy_keeps_times_colours_and_sound(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "large.mp4", 10, sound=True)
    copy = shrink_video(path, 48)
    info = probe(copy)
    assert (info.width, info.height, info.has_audio) == (48, 32, True)
    before, after = list(open_video(path)), list(open_video(copy))
    assert [frame.time for frame in after] == pytest.approx([frame.time for frame in before], abs=1e-3)
    assert np.abs(after[5].image[2, 2].astype(int) - before[5].image[4, 4]).max() < 25


def test_a_smaller_copy_can_stop_early(tmp_path: Path) -> None:
    copy = shrink_video(write_clip(tmp_path / "long.mp4", 20, sound=True), 48, end=0.4)
    assert len(open_video(copy)) == 10


def test_videos_are_embedded_at_the_players_width(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", 3, size=(128, 96))
    html = inline_video(path, path, width=64).data
    sources = re.findall(r"data:video/mp4;base64,([\w+/=]+)", html)
    assert len(sources) == 2
    (tmp_path / "embedded.mp4").write_bytes(base64.b64decode(sources[0]))
    assert (probe(tmp_path / "embedded.mp4").width, probe(tmp_path / "embedded.mp4").height) == (64, 48)


def test_what_is_no_video_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("no video")
    with pytest.raises(VideoError, match=r"notes\.mp4"):
        inline_video(tmp_path / "notes.mp4")


def test_source_code_stands_at_the_margin_in_a_fence() -> None:
    lines = source_of(BackgroundRestoration.enrich).data.splitlines()
    assert lines[0] == "```python"
    assert lines[1].startswith("def enrich(")
    assert lines[-1] == "```"
