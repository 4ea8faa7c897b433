"""Frames that are decoded when they are drawn: the right ones, in any order, from every kind of file."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from drawn_footage import walker, write_pictures, write_video
from PIL import Image

from modnetv_kit.data.frame_files import FrameFiles
from modnetv_kit.errors import DataError, InputError, VideoError
from modnetv_kit.video import open_video


@pytest.mark.parametrize("rate", [25, Fraction(30000, 1001), Fraction(24000, 1001)])
def test_frames_of_a_video_are_those_of_a_whole_pass(rate: Fraction | int, tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", [walker(i % 12)[0] for i in range(40)], rate, b_frames=3)
    whole = [frame.image for frame in open_video(tmp_path / "a.mp4")]
    files = FrameFiles(tmp_path / "a.mp4")
    assert (files.length, files.size) == (40, (64, 48))
    for places in ([0], [39], [7, 3, 5], [21, 25, 29, 33], [38, 39, 38]):
        read = files.read(places, 96)
        assert all(np.array_equal(frame, whole[i]) for frame, i in zip(read, places, strict=True)), places
    assert files.read([2, 1], 32, grey=True).shape == (2, 24, 32)


def test_a_folder_is_read_by_number_and_a_picture_is_one_frame(tmp_path: Path) -> None:
    frames = [np.full((24, 32, 3), 10 * i, np.uint8) for i in range(11)]
    for i, frame in enumerate(frames):
        (tmp_path / "clip").mkdir(exist_ok=True)
        Image.fromarray(frame).save(tmp_path / f"clip/{i}.png")
    files = FrameFiles(tmp_path / "clip")
    assert (files.length, files.size) == (11, (32, 24))
    assert files.read([10, 2], 96)[:, 0, 0, 0].tolist() == [100, 20]
    assert files.read([1], 16, grey=True).shape == (1, 12, 16)
    photo = FrameFiles(tmp_path / "clip/3.png")
    assert (photo.length, photo.size) == (1, (32, 24))
    assert photo.read([0, 0], 96).shape == (2, 24, 32, 3)


def test_files_that_break_off_or_change_size_are_one_line(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", [walker(i % 12)[0] for i in range(30)])
    files = FrameFiles(tmp_path / "a.mp4")
    assert files.length == 30
    write_video(tmp_path / "a.mp4", [walker(i)[0] for i in range(5)])  # shorter than it was
    with pytest.raises((DataError, VideoError), match=r"a\.mp4") as error:
        files.read([2, 20], 96)
    assert "\n" not in str(error.value)
    write_pictures(tmp_path / "clip", [np.zeros((24, 32, 3), np.uint8), np.zeros((32, 24, 3), np.uint8)])
    with pytest.raises(DataError, match="different sizes"):
        FrameFiles(tmp_path / "clip").read([0, 1], 96)
    (tmp_path / "clip/00001.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"00001\.png"):
        FrameFiles(tmp_path / "clip").read([1], 96)
