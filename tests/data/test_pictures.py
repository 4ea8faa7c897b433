"""Reading folders of pictures: kept files, skipped files, and messages."""

import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modnetv_kit.data.pictures import PictureFolder, list_pictures, read_picture
from modnetv_kit.errors import DataError


def save(path: Path, size: tuple[int, int] = (20, 10), colour: tuple[int, ...] = (10, 20, 30)) -> None:
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(path)


def test_pictures_are_listed_by_name_and_other_files_are_left_out(tmp_path: Path) -> None:
    for name in ("b.png", "a.JPG", "c.webp"):
        save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("not a picture")
    assert [path.name for path in list_pictures(tmp_path)] == ["a.JPG", "b.png", "c.webp"]


def test_unreadable_pictures_are_skipped_counted_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save(tmp_path / "a.png")
    save(tmp_path / "cut.png", (200, 200))
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:60])
    (tmp_path / "text.jpg").write_text("not a picture")
    save(tmp_path / "z.png", colour=(1, 2, 3))
    with caplog.at_level(logging.WARNING):
        folder = PictureFolder(tmp_path, "RGB", 64)
    assert folder.names == ["a.png", "z.png"]
    assert len(folder) == len(folder.pictures) == 2
    assert folder.unreadable == 2
    assert [picture[0, 0].tolist() for picture in folder.pictures] == [[10, 20, 30], [1, 2, 3]]
    assert "cut.png" in caplog.text
    assert "text.jpg" in caplog.text


def test_missing_empty_and_unreadable_folders_are_errors_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.png").write_text("not a picture")
    for name, message in (("none", "is not a folder"), ("empty", "holds no pictures"), ("broken", "none of the 1")):
        with pytest.raises(DataError, match=message) as error:
            PictureFolder(tmp_path / name, "RGB", 64)
        assert str(tmp_path / name) in str(error.value)
        assert "\n" not in str(error.value)


def test_large_pictures_are_shrunk_and_small_ones_are_not_enlarged(tmp_path: Path) -> None:
    save(tmp_path / "large.png", (300, 150))
    save(tmp_path / "large.jpg", (300, 150))
    save(tmp_path / "small.png", (20, 10))
    sizes = {path.name: read_picture(path, "RGB", 100).shape for path in list_pictures(tmp_path)}
    assert sizes == {"large.png": (50, 100, 3), "large.jpg": (50, 100, 3), "small.png": (10, 20, 3)}


def test_pictures_come_in_the_mode_asked_for(tmp_path: Path) -> None:
    save(tmp_path / "rgba.png", colour=(10, 20, 30, 128))
    Image.new("L", (4, 4), 77).save(tmp_path / "grey.png")
    assert read_picture(tmp_path / "rgba.png", "RGBA", 64)[0, 0].tolist() == [10, 20, 30, 128]
    assert read_picture(tmp_path / "grey.png", "RGB", 64)[0, 0].tolist() == [77, 77, 77]


def test_pictures_of_a_turned_camera_come_upright(tmp_path: Path) -> None:
    turned = Image.new("RGB", (20, 10))
    turned.paste((255, 255, 255), (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees: the left side is the top
    turned.save(tmp_path / "a.png", exif=exif)
    upright = read_picture(tmp_path / "a.png", "RGB", 64)
    assert upright.shape == (20, 10, 3)
    assert (upright[:10] == 255).all()
    assert (upright[10:] == 0).all()


def test_hidden_colours_stay_out_of_the_rim_when_a_cutout_is_shrunk(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, :33] = (200, 0, 0, 255)  # the edge falls inside a pixel of the smaller picture
    pixels[:, 33:] = (0, 255, 0, 0)  # green, but fully transparent
    Image.fromarray(pixels).save(tmp_path / "a.png")
    small = read_picture(tmp_path / "a.png", "RGBA", 16)
    rim = (small[..., 3] > 8) & (small[..., 3] < 250)
    assert rim.any()
    assert small[rim][:, 1].max() < 10
    assert small[rim][:, 0].min() > 150
