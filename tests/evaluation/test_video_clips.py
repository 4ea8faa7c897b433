"""Clips whose frames and alpha are videos."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from drawn_footage import walker, write_footage

from modnetv_kit.errors import DataError
from modnetv_kit.evaluation import list_clips
from modnetv_kit.evaluation.video_clip import VideoClip, open_any_clip


def opened(folder: Path) -> VideoClip:
    (folder,) = list_clips(folder)
    clip = open_any_clip(folder)
    assert isinstance(clip, VideoClip)
    return clip


def test_a_clip_of_two_videos_is_read_like_one_of_pictures(tmp_path: Path) -> None:
    write_footage(tmp_path / "set/walk", 4)
    clip = opened(tmp_path)
    assert (clip.name, clip.size, len(clip)) == ("set/walk", (64, 48), 4)
    frames = list(clip.read_frames())
    assert len(frames) == 4
    for index, frame in enumerate(frames):
        rgb, alpha = walker(index)
        read = clip.read_alpha(index)
        assert (read.shape, read.dtype) == ((48, 64), np.float32)
        assert 0 <= read.min() <= read.max() <= 1
        assert np.abs(255 * read - alpha).mean() < 4
        assert np.abs(frame.astype(int) - rgb).mean() < 12


@pytest.mark.parametrize("spoil", ["length", "size", "alpha", "rgb", "small"])
def test_videos_that_do_not_fit_are_one_line_that_names_the_file(spoil: str, tmp_path: Path) -> None:
    write_footage(tmp_path / "walk", 3, (24, 24) if spoil == "small" else (64, 48), 2 if spoil == "length" else None)
    if spoil == "size":
        write_footage(tmp_path / "walk2", 3, (48, 64))
        (tmp_path / "walk2/alpha.mp4").replace(tmp_path / "walk/alpha.mp4")
        shutil.rmtree(tmp_path / "walk2")
    if spoil in ("alpha", "rgb"):
        (tmp_path / f"walk/{spoil}.mp4").write_bytes(b"no video")
    with pytest.raises(DataError, match=r"rgb\.mp4" if spoil in ("rgb", "small") else r"alpha\.mp4") as error:
        opened(tmp_path)
    assert "\n" not in str(error.value)
