"""Validation of numbers from the environment, and of files from untrusted users."""

import struct
import zlib
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from app_clips import sound_only
from matting_clips import write_clip
from PIL import Image

from modnetv_kit.app.limits import Limits
from modnetv_kit.app.times import parse_time
from modnetv_kit.app.uploads import (
    check_picture,
    choose_background,
    open_picture,
    parse_colour,
    plays_in_browsers,
    validate_upload,
)
from modnetv_kit.errors import InputError, MattingError
from modnetv_kit.inference.composite import VideoBackground

LIMITS = Limits()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("limits") / "clip.mp4", frames=20, sound=True)


def refused(path: Path, limits: Limits = LIMITS, start: float | None = None, end: float | None = None) -> str:
    with pytest.raises(MattingError) as error:
        validate_upload(path, limits, start, end)
    line = str(error.value)
    assert "\n" not in line
    assert str(path.parent) not in line
    return line


def test_the_environment_overrides_every_limit_and_bad_numbers_are_named() -> None:
    limits = Limits.from_environment({"MODNETV_APP_SECONDS": "7.5", "MODNETV_APP_AT_ONCE": "3", "HOME": "/"})
    assert limits == replace(LIMITS, seconds=7.5, at_once=3)
    for value in ("many", "0", "-1", "inf", "2.5", ""):
        with pytest.raises(InputError, match="MODNETV_APP_AT_ONCE"):
            Limits.from_environment({"MODNETV_APP_AT_ONCE": value})


def test_a_good_clip_is_measured_by_its_packets(clip: Path) -> None:
    found = validate_upload(clip, LIMITS, start=0.2, end=0.6)
    assert (found.width, found.height, found.frames, found.has_audio) == (96, 64, 10, True)
    assert found.seconds == pytest.approx(0.4)
    assert validate_upload(clip, LIMITS).frames == 20


def test_an_animated_webp_is_a_clip_and_a_background(tmp_path: Path) -> None:
    first, *others = (Image.fromarray(np.full((64, 96, 3), 50 * index, np.uint8)) for index in range(4))
    first.save(tmp_path / "a.webp", save_all=True, append_images=others, duration=200)
    found = validate_upload(tmp_path / "a.webp", LIMITS, start=0.2)
    assert (found.width, found.height, found.rate, found.frames, found.has_audio) == (96, 64, 5, 3, False)
    assert "96 x 64" in refused(tmp_path / "a.webp", replace(LIMITS, pixels=96 * 64 - 1))
    assert isinstance(choose_background("video", None, tmp_path / "a.webp", LIMITS), VideoBackground)


def test_limits_on_size_pixels_length_and_frames_are_reported(clip: Path) -> None:
    assert "choose a start and an end" in refused(clip, replace(LIMITS, frames=10))
    assert "choose a start and an end" in refused(clip, replace(LIMITS, seconds=0.5))
    assert "96 x 64" in refused(clip, replace(LIMITS, pixels=96 * 64 - 1))
    assert "MB" in refused(clip, replace(LIMITS, megabytes=0))
    # only the selected part counts
    assert validate_upload(clip, replace(LIMITS, seconds=0.5, frames=10), start=0.2, end=0.6).frames == 10


def test_an_end_before_the_start_and_a_part_beyond_the_clip_are_refused(clip: Path) -> None:
    assert "later" in refused(clip, start=2, end=1)
    assert "0.8 s" in refused(clip, start=100)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12", 12),
        ("1:05.5", 65.5),
        ("1:02:03", 3723),
        (" 2,5 ", 2.5),
        (".5", 0.5),
        (0.4, 0.4),
        ("", None),
        (None, None),
    ],
)
def test_times_are_parsed_in_all_common_notations(text: str | float | None, seconds: float | None) -> None:
    assert parse_time(text, "start") == seconds


@pytest.mark.parametrize("text", ["-1", "1:", "one", "1:2:3:4", "1e9", "nan", "1.5:20"])
def test_an_invalid_time_is_quoted(text: str) -> None:
    with pytest.raises(InputError, match=f"the end '{text}' is not a time"):
        parse_time(text, "end")


def test_empty_and_zero_times_select_the_whole_clip(clip: Path) -> None:
    for end in (None, "", "0", 0.0, "0:00"):
        assert validate_upload(clip, LIMITS, start=end, end=end).frames == 20


def test_files_that_are_not_videos_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video at all\n" * 100)
    (tmp_path / "empty.mp4").touch()
    for name in ("text.mp4", "empty.mp4"):
        assert "not a video" in refused(tmp_path / name)
    assert "sound but no picture" in refused(sound_only(tmp_path / "sound.m4a"))


def test_lists_of_other_files_are_never_followed(clip: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner.mp4"
    inner.write_bytes(clip.read_bytes())
    lists = {
        "concat.mp4": "ffconcat version 1.0\nfile inner.mp4\n",
        "hls.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{inner.as_uri()}\n#EXT-X-ENDLIST\n",
        "hls.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\ninner.mp4\n#EXT-X-ENDLIST\n",
    }
    for name, text in lists.items():
        (tmp_path / name).write_text(text)
        assert "not a video" in refused(tmp_path / name), name
        with pytest.raises(InputError, match="not a video"):
            choose_background("video", None, tmp_path / name, LIMITS)


def test_the_track_that_is_matted_decides_whether_browsers_can_play_a_file(tmp_path: Path) -> None:
    for codec, plays in (("libx264", True), ("mpeg4", False)):
        path = tmp_path / f"{codec}.mov"
        with av.open(str(path), "w") as container:
            tracks = []
            for name, size in (("mjpeg" if plays else "libx264", (48, 32)), (codec, (96, 64))):
                stream = container.add_stream(name, rate=25)
                stream.width, stream.height = size
                stream.pix_fmt = "yuvj420p" if name == "mjpeg" else "yuv420p"
                stream.disposition = int(name == codec and size == (96, 64))  # the default track, which is matted
                tracks.append(stream)
            for stream in tracks:
                black = np.zeros((stream.height, stream.width, 3), np.uint8)
                frame = av.VideoFrame.from_ndarray(black, format="rgb24").reformat(format=stream.pix_fmt)
                frame.pts = 0
                container.mux(stream.encode(frame))
                container.mux(stream.encode(None))
        assert plays_in_browsers(path) == plays


def test_a_colour_is_never_opened_as_a_file(clip: Path) -> None:
    assert parse_colour("#20C040") == (32, 192, 64)
    assert parse_colour("rgba(32.4, 191.6, 64, 1)") == (32, 192, 64)
    assert parse_colour("rgb(1,2,300)") == (1, 2, 255)
    for text in (str(clip), "green screen", "", "#12", "rgb(1, 2)", "rgb(., 1, 2)"):
        with pytest.raises(InputError, match="not a colour"):
            choose_background("colour", text, None, LIMITS)
    with pytest.raises(InputError, match="no background"):
        choose_background(str(clip), None, None, LIMITS)
    with pytest.raises(InputError, match="choose a picture"):
        choose_background("picture", None, None, LIMITS)


def test_pictures_are_checked_before_their_pixels_are_decoded(tmp_path: Path) -> None:
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    (tmp_path / "bomb.png").write_bytes(bomb)
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "script.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n")
    for name in ("bomb.png", "text.png", "script.eps"):
        with pytest.raises(InputError, match=name):
            check_picture(tmp_path / name, LIMITS)
    whole = tmp_path / "whole.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 90, 3), np.uint8)).save(whole)
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:9000])
    assert open_picture(whole, LIMITS).shape == (80, 90, 3)
    with pytest.raises(InputError, match=r"cut\.png is damaged"):
        open_picture(tmp_path / "cut.png", LIMITS)
