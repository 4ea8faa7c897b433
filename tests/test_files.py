"""Files are complete or absent, and unreadable pictures give one line."""

import contextlib
import os
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modnetv_kit.errors import InputError, MattingError, OutputError
from modnetv_kit.files import check_parent, image_size, read_image, replace_file
from modnetv_kit.inference.composite import ImageBackground, VideoBackground
from modnetv_kit.video import open_video


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(temporary: Path) -> None:
        temporary.write_text("ne")
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011
        replace_file(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def bad_pictures(folder: Path) -> dict[str, Path]:
    """One file for each kind of exception that Pillow raises."""
    picture = folder / "good.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)).save(picture)
    whole = picture.read_bytes()
    header = struct.pack(">II", 30_000, 30_000) + bytes([8, 2, 0, 0, 0])
    chunk = b"IHDR" + header
    huge = whole[:8] + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + whole[33:]
    contents = {
        "empty.png": b"",
        "text.jpg": b"not a picture",
        "cut.png": whole[: len(whole) // 2],
        "broken_chunk.png": whole[:40] + b"\xff" * 8 + whole[48:],
        "huge.png": huge,
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "folder.png").mkdir()
    return {name: folder / name for name in (*contents, "folder.png", "missing.png")}


def test_a_picture_that_cannot_be_read_is_one_line_that_names_it(tmp_path: Path) -> None:
    for path in bad_pictures(tmp_path).values():
        with pytest.raises(InputError) as error:
            read_image(path)
        line = str(error.value)
        assert line.startswith(f"{path} cannot be read as a picture (")
        assert line.count(path.name) == 1
        assert "\n" not in line


@pytest.mark.parametrize("suffix", ["avif", "dds", "jp2", "tiff", "webp", "gif", "bmp"])
def test_damage_to_a_header_of_any_format_is_an_error_of_the_kit_or_a_picture(tmp_path: Path, suffix: str) -> None:
    whole, path = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    Image.linear_gradient("L").convert("RGB").resize((96, 64)).save(whole)
    rng = random.Random(1)
    for _ in range(60):
        data = bytearray(whole.read_bytes())
        for _ in range(3):
            data[rng.randrange(min(len(data), 200))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        with contextlib.suppress(InputError):
            read_image(path)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["pipe.png", "pipe.webp", "pipe.mp4", "pipe"])
@pytest.mark.parametrize("read", [read_image, image_size, open_video, ImageBackground, VideoBackground])
def test_a_pipe_is_refused_in_one_line_instead_of_waited_for(
    tmp_path: Path, name: str, read: Callable[[Path], object]
) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(MattingError, match=r"is a pipe or a device.*save it to a file first") as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_pipe_as_an_output_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", Path(os.devnull)):
        with pytest.raises(OutputError, match=r"is a pipe or a device; give the name of a file$"):
            check_parent(path)
    check_parent(tmp_path / "new.png")


def test_a_picture_is_turned_upright_and_its_size_is_known_from_the_header(tmp_path: Path) -> None:
    sideways = Image.new("RGB", (64, 32), (0, 0, 200))
    sideways.paste((200, 0, 0), (0, 0, 8, 32))  # the left edge as stored
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by 90 degrees
    for suffix in ("jpg", "png", "webp"):
        path = tmp_path / f"turned.{suffix}"
        sideways.save(path, exif=exif, quality=95)
        image = read_image(path)
        assert image.shape == (64, 32, 3)
        assert image[4, 16, 0] > 150  # the left edge is the top now
        assert image_size(path) == (32, 64)
