"""Every unusable video gives a one-line error; a broken one first yields all its good frames."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from video_clips import packets_of, picture, tile_error, write_clip

from modnetv_kit.errors import BrokenVideoError, OutputError, VideoError
from modnetv_kit.video import RandomReader, StreamReader, VideoInfo, open_video, open_writer, probe, read_alpha


def _line(path: Path) -> str:
    with pytest.raises(VideoError) as caught:
        list(open_video(path))
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def test_a_missing_file_is_named(tmp_path: Path):
    assert "no such file" in _line(tmp_path / "nothing.mp4")


def test_a_folder_without_images_is_named(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("no pictures here")
    assert "no images" in _line(tmp_path)


def test_a_folder_given_as_a_file_is_reported_as_a_folder(tmp_path: Path):
    with pytest.raises(VideoError, match="is a folder"):
        StreamReader(tmp_path)


def test_an_empty_file_is_reported_as_empty(tmp_path: Path):
    (tmp_path / "empty.mp4").touch()
    assert "0 bytes" in _line(tmp_path / "empty.mp4")


@pytest.mark.parametrize("name", ["text.mp4", "text.txt"])
def test_text_is_refused_under_any_name(tmp_path: Path, name: str):
    (tmp_path / name).write_text("this is not a video, whatever it is called\n" * 100)
    assert "not a video" in _line(tmp_path / name)


def test_a_file_with_audio_only_is_refused(tmp_path: Path):
    path = tmp_path / "sound.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        track = container.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48000
        container.mux([*track.encode(frame), *track.encode(None)])
    assert "sound but no picture" in _line(path)


def test_a_file_without_read_permission_is_reported(clips: dict[str, Path], monkeypatch: pytest.MonkeyPatch):
    # Raised by hand: tests often run as the superuser, who may read everything.
    def refuse(*args: object, **options: object):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(av, "open", refuse)
    assert "permission denied" in _line(clips["h264"])


def test_a_video_without_a_decodable_frame_is_reported(tmp_path: Path):
    path = write_clip(tmp_path / "noise.mp4")
    data = bytearray(path.read_bytes())
    for offset, size in packets_of(path):
        data[offset : offset + size] = bytes(size)
    path.write_bytes(data)
    assert "no frame of it can be decoded" in _line(path)


def test_frames_below_32_pixels_are_refused(tmp_path: Path):
    assert "64x30" in _line(write_clip(tmp_path / "small.mp4", size=(64, 30)))


def test_av1_has_no_random_access_but_can_be_streamed(tmp_path: Path):
    path = write_clip(tmp_path / "av1.mp4", codec="libsvtav1", pts=range(0, 6006, 1001))
    with pytest.raises(VideoError, match=r"AV1.*StreamReader.*H\.264"):
        RandomReader(path)
    assert len(list(StreamReader(path))) == 6


def _read_until_it_breaks(path: Path) -> tuple[int, BrokenVideoError]:
    frames = []
    with pytest.raises(BrokenVideoError) as caught:
        frames.extend(StreamReader(path))
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert all(tile_error(frame.image, picture(frame.index)) <= 2 for frame in frames)
    assert "\n" not in str(caught.value)
    assert f"frame {len(frames)}" in str(caught.value)
    return len(frames), caught.value


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm"])
@pytest.mark.parametrize("packet", [13, 25])
def test_a_truncated_file_yields_all_its_frames_before_the_error(tmp_path: Path, suffix: str, packet: int):
    codec = "libvpx-vp9" if suffix == "webm" else "libx264"
    faststart = {"movflags": "+faststart"} if suffix == "mp4" else {}
    # Two seconds: well above the tolerance of half a second for headers without a frame count.
    path = write_clip(tmp_path / f"cut.{suffix}", codec=codec, pts=range(0, 60060, 1001), muxer_options=faststart)
    offset, size = packets_of(path)[packet]
    path.write_bytes(path.read_bytes()[: offset + size // 2])
    count, error = _read_until_it_breaks(path)
    assert error.frame == count
    # All frames in the file except those that lost a reference: a B-frame refers to a later frame.
    assert packet - 3 <= count <= packet


def test_an_mp4_that_lost_only_its_last_frames_is_detected(tmp_path: Path):
    path = write_clip(tmp_path / "cut.mp4", options={"bf": "0"}, muxer_options={"movflags": "+faststart"})
    offset, _ = packets_of(path)[21]
    path.write_bytes(path.read_bytes()[:offset])
    assert _read_until_it_breaks(path)[0] == 21


def test_a_truncated_file_is_also_detected_when_reading_from_the_middle(tmp_path: Path):
    pts = range(0, 60060, 1001)
    path = write_clip(tmp_path / "cut.mp4", pts=pts, options={"bf": "0"}, muxer_options={"movflags": "+faststart"})
    path.write_bytes(path.read_bytes()[: packets_of(path)[30][0]])
    frames = []
    with pytest.raises(BrokenVideoError) as caught:
        frames.extend(StreamReader(path, start=0.5))
    assert caught.value.frame == len(frames) == 15


def test_damage_in_the_middle_is_reported_at_that_frame(tmp_path: Path):
    path = write_clip(tmp_path / "damaged.mp4", options={"bf": "0"})
    data = bytearray(path.read_bytes())
    offset, size = packets_of(path)[13]
    data[offset : offset + size] = bytes(size)
    path.write_bytes(data)
    assert _read_until_it_breaks(path)[0] == 13


def test_damage_after_the_requested_end_is_ignored(tmp_path: Path):
    path = write_clip(tmp_path / "cut.mp4", muxer_options={"movflags": "+faststart"})
    path.write_bytes(path.read_bytes()[: packets_of(path)[20][0]])
    assert len(list(StreamReader(path, end=0.3))) == 9


def test_complete_files_are_never_reported_as_broken(tmp_path: Path):
    odd = {
        "late.mp4": {"pts": range(15015, 39039, 1001)},
        "variable.mp4": {"pts": [0, 1000, 5000, 6000, 20000, 60000]},
        "variable.mkv": {"pts": [0, 1000, 5000, 6000, 20000, 60000]},
        "fragments.mp4": {"muxer_options": {"movflags": "+frag_keyframe+empty_moov"}},
        "long_sound.mkv": {"sound": ["aac"], "sound_seconds": 3},
        "still_end.mp4": {"options": {"bf": "0"}, "last_lasts": 90000},
        "still_end.mkv": {"options": {"bf": "0"}, "last_lasts": 90000},
        "live.mkv": {"muxer_options": {"live": "1"}},
    }
    for name, settings in odd.items():
        path = write_clip(tmp_path / name, **settings)
        assert len(list(StreamReader(path))) == len(settings.get("pts", range(24))), name


def test_reading_the_alpha_of_a_video_without_any_is_an_error(clips: dict[str, Path]):
    for kind in ("h264", "vp9"):
        with pytest.raises(VideoError, match="no alpha"):
            next(iter(read_alpha(clips[kind])))


@pytest.mark.parametrize("brand", [b"heic", b"heix"])
def test_a_heic_picture_is_refused_with_advice(tmp_path: Path, brand: bytes) -> None:
    path = write_clip(tmp_path / "photo.mp4", pts=[0]).rename(tmp_path / "photo.heic")
    data = path.read_bytes()
    path.write_bytes(data[:8] + brand + data[12:])  # the major brand (ISO 14496-12)
    with pytest.raises(VideoError, match=r"HEIC picture.*convert it to JPEG or PNG"):
        probe(path)


def test_a_truncated_or_damaged_animated_webp_gives_a_one_line_error(tmp_path: Path) -> None:
    first, *others = (Image.fromarray(picture(index)) for index in range(3))
    first.save(tmp_path / "a.webp", save_all=True, append_images=others, duration=40, lossless=True)
    data = (tmp_path / "a.webp").read_bytes()
    (tmp_path / "cut.webp").write_bytes(data[:-20])
    with pytest.raises(VideoError, match="animated WebP that is damaged or cut short"):
        probe(tmp_path / "cut.webp")
    offset = data.rindex(b"VP8L") + 20
    (tmp_path / "bad.webp").write_bytes(data[:offset] + b"\xff" * (len(data) - offset))
    frames = iter(open_video(tmp_path / "bad.webp"))
    assert [next(frames).index, next(frames).index] == [0, 1]
    with pytest.raises(BrokenVideoError, match="breaks off at frame 2"):
        next(frames)


@pytest.mark.parametrize(
    ("suffix", "size", "aspect", "others"),
    [
        ("mp4", (16386, 32), 1, ".mov, .webm, .mkv, .gif or"),
        ("mp4", (32, 16386), 1, ".mov, .webm, .mkv, .gif or"),
        ("webp", (16384, 32), 1, ".mp4, .mov"),
        ("webp", (8200, 32), 2, ".mov, .webm"),  # written with square pixels
        ("gif", (65536, 32), 1, "use .webm, .mkv or"),
        ("mov", (32, 65536), 1, "use .webm, .mkv or"),
    ],
)
def test_sides_too_long_for_a_format_are_refused_before_anything_is_written(
    tmp_path: Path, suffix: str, size: tuple[int, int], aspect: int, others: str
) -> None:
    with pytest.raises(OutputError, match=r"at most \d+ pixels") as caught:
        open_writer(tmp_path / f"out.{suffix}", VideoInfo(*size, Fraction(25), pixel_aspect=Fraction(aspect)))
    assert others in str(caught.value)
    assert list(tmp_path.iterdir()) == []
