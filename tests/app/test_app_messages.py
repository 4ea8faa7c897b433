"""Every kind of bad file in every input gives a one-line error without server paths."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from app_clips import real_clip, sound_only
from PIL import Image

from modnetv_kit.app import inspection
from modnetv_kit.app.limits import Limits
from modnetv_kit.app.live import LiveSession
from modnetv_kit.app.look import Look
from modnetv_kit.app.messages import UNEXPECTED, guarded, without_folders
from modnetv_kit.app.service import Service, request_folder
from modnetv_kit.app.waiting_line import WaitingLine
from modnetv_kit.engines import open_engine
from modnetv_kit.errors import InputError, MattingError
from modnetv_kit.hub import load_model


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return real_clip(tmp_path_factory.mktemp("good") / "good.mp4", 2)


def _torn_video(path: Path) -> Path:
    data = real_clip(path.with_name("whole.mp4"), 4).read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def _torn_picture(path: Path) -> Path:
    whole = path.with_name("whole.png")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 90, 3), np.uint8)).save(whole)
    path.write_bytes(whole.read_bytes()[:9000])
    return path


def _bomb(path: Path) -> Path:
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)))
    return path


def _text(path: Path) -> Path:
    path.write_text("nothing to see\n" * 40)
    return path


def _playlist(path: Path) -> Path:
    path.write_text("ffconcat version 1.0\nfile /etc/passwd\n")
    return path


BAD: dict[str, Callable[[Path], Path]] = {
    "torn.mp4": _torn_video,
    "torn.png": _torn_picture,
    "bomb.png": _bomb,
    "text.mp4": _text,
    "text.png": _text,
    "sound.m4a": sound_only,
    "list.mp4": _playlist,
    "gone.mp4": lambda path: path,
    "gone.png": lambda path: path,
}


@pytest.fixture(params=BAD)
def bad(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "private_folder"
    folder.mkdir()
    return BAD[request.param](folder / request.param)


def test_no_error_reveals_where_the_server_keeps_files(bad: Path, good: Path) -> None:
    service = Service(Limits())
    frame = np.zeros((64, 64, 3), np.uint8)
    live = LiveSession(open_engine(load_model(device="cpu"), "torch", "cpu"), Limits())

    def picture(folder: Path) -> None:
        service.picture(bad, background="transparent", colour=None, file=None, folder=folder)

    inputs: dict[str, Callable[[Path], object]] = {
        "video": lambda folder: list(service.matte(bad, Look("blur"), folder=folder)),
        "picture behind": lambda folder: list(service.matte(good, Look("picture", file=bad), folder=folder)),
        "video behind": lambda folder: list(service.matte(good, Look("video", file=bad), folder=folder)),
        "picture": picture,
        "inside": lambda folder: list(inspection.record_clip(bad, None, None, Limits(), WaitingLine(1, 1))),
        "live, picture behind": lambda folder: live.step(frame, "picture", None, bad),
        "live, video behind": lambda folder: live.step(frame, "video", None, bad),
    }
    for name, use in inputs.items():
        with request_folder() as folder, pytest.raises(MattingError) as error:
            use(folder)
        line = str(error.value)
        assert "\n" not in line, name
        for private in (bad.parent, bad.parent.parent, folder, folder.parent):
            assert str(private) not in line, (name, line)
        assert "private_folder" not in line, (name, line)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("the background /tmp/gradio/ab12/sea.png cannot be read", "the background sea.png cannot be read"),
        ("No such file: '/tmp/x/y.png'", "No such file: 'y.png'"),
        ("C:\\data\\me.mp4 breaks off", "me.mp4 breaks off"),
        ("at 1/25 s and/or 3840 / 2160", "at 1/25 s and/or 3840 / 2160"),
        ("see https://example.org/a/b for more", "see https://example.org/a/b for more"),
        ("two\nlines", "two lines"),
    ],
)
def test_only_folders_are_removed_from_messages(line: str, kept: str) -> None:
    assert without_folders(line) == kept


def test_unexpected_errors_are_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(MattingError) as error, guarded():
        raise RuntimeError("secret detail")
    assert str(error.value) == UNEXPECTED
    assert "secret detail" in caplog.text
    with pytest.raises(InputError, match="as it is"), guarded():
        raise InputError("as it is")
