"""PNG images: exact, numbered from 0, never mixed with others."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from video_clips import picture

from modnetv_kit.errors import OutputError, VideoError
from modnetv_kit.video import FolderReader, VideoInfo, open_writer, read_alpha

INFO = VideoInfo(96, 64, Fraction(25))


def _write(path: str | Path, alpha: bool = False) -> None:
    with open_writer(path, INFO, alpha=alpha) as writer:
        for index in range(3):
            image = picture(index)
            image = np.dstack([image, np.full((64, 96), 40 * index, np.uint8)]) if alpha else image
            writer.write(image, index, Fraction(1, 25))


def test_a_folder_gets_images_numbered_from_zero(tmp_path: Path):
    _write(f"{tmp_path}/take.1/")  # the slash makes it a folder, whatever the name
    assert sorted(p.name for p in (tmp_path / "take.1").iterdir()) == ["000000.png", "000001.png", "000002.png"]
    for index, frame in enumerate(FolderReader(tmp_path / "take.1")):
        assert np.array_equal(frame.image, picture(index))
    with pytest.raises(VideoError, match="no alpha"):
        list(read_alpha(tmp_path / "take.1"))


def test_a_name_without_a_suffix_is_a_folder(tmp_path: Path):
    _write(tmp_path / "frames")
    assert len(list((tmp_path / "frames").iterdir())) == 3


def test_transparent_images_keep_every_bit(tmp_path: Path):
    _write(tmp_path / "frames", alpha=True)
    for index, alpha in enumerate(read_alpha(tmp_path / "frames")):
        assert (alpha == 40 * index).all()
    with Image.open(tmp_path / "frames" / "000000.png") as image:  # also the colour of transparent pixels
        assert np.array_equal(np.array(image)[..., :3], picture(0))


def test_a_pattern_names_the_images(tmp_path: Path):
    _write(tmp_path / "new" / "cut_%03d.png")
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["cut_000.png", "cut_001.png", "cut_002.png"]


def test_a_pattern_may_share_a_folder_but_not_names(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("kept")
    _write(tmp_path / "a_%03d.png")
    _write(tmp_path / "b_%03d.png")
    assert len(list(tmp_path.iterdir())) == 7
    with pytest.raises(OutputError, match="exist already; choose another name"):
        _write(tmp_path / "a_%03d.png")
    assert len(list(tmp_path.iterdir())) == 7


def test_a_folder_with_anything_in_it_is_refused(tmp_path: Path):
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "old.png").touch()
    with pytest.raises(OutputError, match="choose another name"):
        _write(tmp_path / "frames")
    assert [p.name for p in (tmp_path / "frames").iterdir()] == ["old.png"]


def test_an_empty_folder_is_filled(tmp_path: Path):
    (tmp_path / "frames").mkdir()
    _write(tmp_path / "frames")
    assert sorted(p.name for p in (tmp_path / "frames").iterdir()) == ["000000.png", "000001.png", "000002.png"]


def test_a_file_of_that_name_is_refused(tmp_path: Path):
    (tmp_path / "frames").write_text("a file")
    with pytest.raises(OutputError, match="frames is a file"):
        _write(tmp_path / "frames")


def test_a_full_disk_gives_a_one_line_error_and_leaves_nothing(tmp_path: Path):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full, which fails every write as if the disk were full")
    writer = open_writer(tmp_path / "frames", INFO)
    writer.write(picture(0), 0, Fraction(1, 25))
    hidden = next(tmp_path.iterdir())
    (hidden / "000001.png").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="disk is full"):
        writer.write(picture(1), 1, Fraction(1, 25))
    assert list(tmp_path.iterdir()) == []
