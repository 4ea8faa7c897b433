"""A folder of images is read as a video."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from video_clips import picture

from modnetv_kit.errors import BrokenVideoError, VideoError
from modnetv_kit.video import FolderReader


def _fill(folder: Path, names: list[str]) -> Path:
    for index, name in enumerate(names):
        Image.fromarray(picture(index)).save(folder / name)
    return folder


def test_images_come_in_natural_order_at_the_given_rate(tmp_path: Path):
    reader = FolderReader(_fill(tmp_path, ["f1.png", "f2.png", "f10.png", "F11.PNG"]), rate=10)
    frames = list(reader)
    assert len(reader) == reader.info.frames == 4
    assert [frame.time for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3])
    for index, frame in enumerate(frames):
        assert np.array_equal(frame.image, picture(index))
    assert reader[-1].index == 3


def test_start_and_end_select_images(tmp_path: Path):
    folder = _fill(tmp_path, [f"{i}.png" for i in range(10)])
    part = FolderReader(folder, rate=10, start=0.2, end=0.5)
    assert [(frame.index, frame.pts) for frame in part] == [(0, 2), (1, 3), (2, 4)]
    with pytest.raises(VideoError, match="between the given start and end"):
        FolderReader(folder, rate=10, start=7)


def test_other_files_and_hidden_ones_are_ignored(tmp_path: Path):
    _fill(tmp_path, ["a.png", ".hidden.png"])
    (tmp_path / "readme.txt").write_text("hello")
    assert len(FolderReader(tmp_path)) == 1


def test_transparency_is_ignored(tmp_path: Path):
    rgba = np.dstack([picture(0), np.full((64, 96), 7, np.uint8)])
    Image.fromarray(rgba).save(tmp_path / "0.png")
    assert np.array_equal(FolderReader(tmp_path)[0].image, picture(0))


def test_an_image_of_another_size_ends_the_video_with_an_error_that_names_it(tmp_path: Path):
    _fill(tmp_path, ["0.png", "1.png"])
    Image.fromarray(picture(2, (64, 64))).save(tmp_path / "2.png")
    with pytest.raises(BrokenVideoError, match=r"2\.png has 64x64") as caught:
        list(FolderReader(tmp_path))
    assert caught.value.frame == 2


def test_an_unreadable_image_ends_the_video_with_an_error_that_names_it(tmp_path: Path):
    _fill(tmp_path, ["0.png"])
    (tmp_path / "1.png").write_text("no image")
    with pytest.raises(BrokenVideoError, match=r"1\.png cannot be read as a picture"):
        list(FolderReader(tmp_path))


def test_small_images_and_missing_folders_are_refused(tmp_path: Path):
    with pytest.raises(VideoError, match="no such folder"):
        FolderReader(tmp_path / "nothing")
    Image.fromarray(picture(0, (31, 64))).save(tmp_path / "0.png")
    with pytest.raises(VideoError, match="31x64"):
        FolderReader(tmp_path)
