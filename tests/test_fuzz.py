"""Truncated and bit-flipped files: one line or a result, never a traceback, never a hang."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from matting_clips import red_square, write_clip
from PIL import Image

from modnetv_kit.app.limits import Limits
from modnetv_kit.app.uploads import check_picture, open_picture, validate_upload
from modnetv_kit.errors import MattingError
from modnetv_kit.inference.composite import open_background
from modnetv_kit.video import Frame, open_video, open_writer

FILES = 300
SECONDS = 60  # for all of them; no single one may take longer either
SIZE = (64, 48)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A small file of every kind."""
    folder = tmp_path_factory.mktemp("whole")
    videos = [
        write_clip(folder / f"a.{suffix}", frames=6, sound=True, size=SIZE)
        for suffix in ("mp4", "mov", "mkv", "ts", "flv")
    ]
    frames = [Image.fromarray(red_square(index, SIZE)) for index in range(6)]
    animated = [folder / "a.gif", folder / "a.apng"]
    for path in animated:
        kind = "GIF" if path.suffix == ".gif" else "PNG"
        frames[0].save(path, kind, save_all=True, append_images=frames[1:], duration=40)
    pictures = [folder / f"a.{suffix}" for suffix in ("png", "jpg", "webp", "tiff", "bmp")]
    for path in pictures:
        exif = frames[0].getexif()
        exif[0x0112] = 6
        frames[0].save(path, exif=exif)
    return [*videos, *animated, *pictures]


def _damaged(whole: list[Path], folder: Path) -> Iterator[Path]:
    rng = random.Random(0)
    for number in range(FILES):
        original = whole[number % len(whole)]
        data = bytearray(original.read_bytes())
        if rng.random() < 0.3:
            del data[rng.randrange(len(data)) :]
        else:
            # headers matter most
            reach = len(data) if rng.random() < 0.5 else min(len(data), 600)
            for _ in range(rng.choice((1, 3, 20))):
                data[rng.randrange(reach)] ^= 1 << rng.randrange(8)
        path = folder / f"{number}{original.suffix}"
        path.write_bytes(data)
        yield path


def _read(path: Path) -> None:
    for _ in open_video(path, max_pixels=1_000_000):
        pass


def _copy(path: Path) -> None:
    reader = open_video(path, max_pixels=1_000_000)
    with open_writer(path.with_name(f"copy{path.stem}.mov"), reader.info, audio_from=path) as writer:
        for frame in reader:
            writer.write(frame.image, frame.pts, frame.time_base, frame.duration)


def _in_a_folder(path: Path) -> None:
    folder = path.with_name(f"frames{path.stem}")
    folder.mkdir()
    Image.fromarray(red_square(0, SIZE)).save(folder / "0.png")
    path.replace(folder / f"1{path.suffix}")
    for _ in open_video(folder):
        pass


def _behind(path: Path) -> None:
    background = open_background(str(path))
    assert background is not None
    for index in range(0, 40, 8):
        image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        background.draw(Frame(image, index, index, Fraction(1, 25)), None)  # type: ignore[arg-type]


def _uploaded(path: Path) -> None:
    limits = Limits()
    if path.suffix in (".png", ".jpg", ".webp", ".tiff", ".bmp"):
        check_picture(path, limits)
        open_picture(path, limits)
    else:
        validate_upload(path, limits)


USES: list[Callable[[Path], None]] = [_read, _copy, _behind, _uploaded, _in_a_folder]


def test_damage_of_any_kind_is_one_line_or_a_result(whole: list[Path], tmp_path: Path) -> None:
    def use(numbered: tuple[int, Path]) -> str | None:
        number, path = numbered
        how = USES[number % len(USES)]
        try:
            how(path)
        except MattingError as error:
            return f"{number} {how.__name__}: more than a line: {error}" if "\n" in str(error) else None
        except Exception as error:
            return f"{number} {how.__name__} {path.suffix}: {error!r}"
        return None

    # in a thread: a hang is then a failure, and not a test that never ends
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(lambda: [use(each) for each in enumerate(_damaged(whole, tmp_path))])
        failures = [failure for failure in done.result(timeout=20 * SECONDS) if failure]
    assert not failures, "\n".join(failures)
