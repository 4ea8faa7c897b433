"""Files from the wild: clocks that jump, tracks and shapes, EXIF data, tags, and what is refused."""

import os
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps
from video_clips import copy_video, picture, tile_error, write_clip

from modnetv_kit.errors import BrokenVideoError, MattingError, VideoError
from modnetv_kit.video import FolderReader, StreamReader, open_video, probe
from modnetv_kit.video.tags import advanced

CASES = Path(__file__).parent / "cases"


def _seconds(path: Path, kind: str) -> float:
    with av.open(str(path)) as container:
        (stream,) = getattr(container.streams, kind)
        return float(stream.duration * stream.time_base)


# timestamps


@pytest.mark.parametrize("name", ["reset_noaudio.ts", "reset_aac.ts", "cont_mp2.ts", "joined.ts", "joined.mpg"])
def test_joined_recordings_keep_every_frame_and_their_length(tmp_path: Path, name: str) -> None:
    source = CASES / name
    if not source.exists():
        ts = name.endswith("ts")
        units = 90000 if ts else 30  # the MPEG-2 encoder supports nothing finer
        part = write_clip(
            tmp_path / f"part{source.suffix}",
            codec="libx264" if ts else "mpeg2video",
            rate=Fraction(30),
            pts=range(0, 12 * units // 30, units // 30),
            time_base=Fraction(1, units),
        )
        source = tmp_path / name
        source.write_bytes(part.read_bytes() * 2)
    frames = list(StreamReader(source))
    times = [frame.pts * frame.time_base for frame in frames]
    assert len(frames) == 24
    assert {b - a for a, b in pairwise(times)} == {Fraction(1, 30)}
    assert len(StreamReader(source)) == 24
    assert StreamReader(source)[20].pts == frames[20].pts
    assert copy_video(source, tmp_path / "copy.mp4") == []
    assert _seconds(tmp_path / "copy.mp4", "video") == pytest.approx(0.8, abs=1e-4)
    if name in ("reset_aac.ts", "cont_mp2.ts"):
        assert _seconds(tmp_path / "copy.mp4", "audio") == pytest.approx(0.82, abs=0.04)


def test_flash_videos_whose_tags_are_joined_keep_every_frame_at_their_rate(tmp_path: Path) -> None:
    part = write_clip(tmp_path / "part.flv", rate=Fraction(25), pts=range(0, 480, 40), time_base=Fraction(1, 1000))
    joined = tmp_path / "joined.flv"
    joined.write_bytes(part.read_bytes() + part.read_bytes()[13:])  # without the second file's header
    times = [frame.pts * frame.time_base for frame in StreamReader(joined)]
    assert len(times) == 24
    assert {b - a for a, b in pairwise(times)} == {Fraction(1, 25)}


# tracks and shapes


@pytest.mark.parametrize(("suffix", "flagged"), [("mov", True), ("mkv", True), ("mkv", False), ("mp4", True)])
def test_the_default_or_largest_track_is_chosen_and_not_a_thumbnail(tmp_path: Path, suffix: str, flagged: bool) -> None:
    path = tmp_path / f"two.{suffix}"
    with av.open(str(path), "w") as container:
        streams = []
        for codec, size in (("mjpeg", (48, 32)), ("libx264", (96, 64))):
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height = size
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.disposition = int(flagged and codec == "libx264")
            streams.append((stream, size))
        for index in range(5):
            for stream, size in streams:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(index, size), format="rgb24")))
        for stream, _ in streams:
            container.mux(stream.encode(None))
    assert (probe(path).width, probe(path).height) == (96, 64)
    assert len(list(StreamReader(path))) == 5


@pytest.mark.parametrize("count", [1, 5])
def test_all_frames_of_an_animated_avif_are_read_and_not_its_cover_alone(tmp_path: Path, count: int) -> None:
    first, *others = (Image.fromarray(picture(index)) for index in range(count))
    first.save(tmp_path / "a.avif", save_all=True, append_images=others, duration=100, quality=95)
    frames = list(open_video(tmp_path / "a.avif"))
    assert len(frames) == count
    for index, frame in enumerate(frames):
        assert tile_error(frame.image, picture(index)) <= 6
        assert count == 1 or frame.time == pytest.approx(index / 10)


@pytest.mark.parametrize("name", ["copy.mp4", "copy.mov", "copy.webm", "copy.mkv", "copy.gif", "frames"])
def test_circles_stay_circles_in_every_format(tmp_path: Path, name: str) -> None:
    copy_video(CASES / "pal_sar64_45.mp4", tmp_path / name)
    info = open_video(tmp_path / name).info
    assert info.width * info.pixel_aspect / info.height == pytest.approx(Fraction(720 * 64, 576 * 45), rel=2e-3)


@pytest.mark.parametrize(("name", "size"), [("exif.jpg", (320, 200)), ("mjpeg_exif.mov", (320, 320))])
def test_files_with_exif_data_are_read(name: str, size: tuple[int, int]) -> None:
    info = probe(CASES / name)
    assert (info.width, info.height) == size
    assert list(StreamReader(CASES / name))


@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "webp", "avif", "mov", "avi", "mkv"])
def test_all_eight_exif_orientations_are_turned_and_mirrored_as_pillow_does(tmp_path: Path, suffix: str) -> None:
    image = Image.fromarray(picture(3))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        is_video = suffix in ("mov", "avi", "mkv")
        still = tmp_path / f"{orientation}.{'jpg' if is_video else suffix}"
        image.save(still, exif=exif, quality=95)
        path = _as_mjpeg(still, image.size, suffix) if is_video else still
        with Image.open(still) as stored:
            upright = np.asarray(ImageOps.exif_transpose(stored).convert("RGB"))
        (frame,) = StreamReader(path)
        assert frame.image.shape == upright.shape
        assert tile_error(frame.image, upright) <= 4


def _as_mjpeg(still: Path, size: tuple[int, int], suffix: str) -> Path:
    """A JPEG file as the only frame of a video."""
    path = still.with_suffix(f".{suffix}")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuvj420p"
        packet = av.Packet(still.read_bytes())
        packet.stream, packet.pts, packet.dts, packet.time_base = stream, 0, 0, Fraction(1, 25)
        packet.is_keyframe = True
        container.mux(packet)
    return path


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_16_bit_grey_pictures_keep_their_levels(tmp_path: Path, suffix: str) -> None:
    from modnetv_kit.files import read_image

    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / f"0.{suffix}")
    assert np.abs(read_image(tmp_path / f"0.{suffix}")[..., 0] - ramp / 257).max() <= 0.51
    if suffix == "png":
        assert FolderReader(tmp_path)[0].image.mean() == pytest.approx(127.5, abs=1)


# tags


@pytest.mark.parametrize("kind", ["mov", "mp4", "mkv"])
@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm"])
def test_title_date_chapters_and_timecode_are_kept(tmp_path: Path, kind: str, suffix: str) -> None:
    source = tmp_path / f"source.{kind}"
    with av.open(str(source), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.metadata.update({"title": "A talk", "creation_time": "2024-05-06T07:08:09.000000Z"})
        stream.metadata["timecode"] = "01:02:03:04"
        marks = [(0, 400, "one"), (400, 1000, "two")]
        container.set_chapters(
            [
                {"id": i, "start": a, "end": b, "time_base": Fraction(1, 1000), "metadata": {"title": name}}
                for i, (a, b, name) in enumerate(marks)
            ]
        )
        for index in range(25):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(index, (64, 48)), format="rgb24")))
        container.mux(stream.encode(None))
    for start, code, chapters in (
        (None, "01:02:03:04", [(0, "one"), (0.4, "two")]),
        (0.6, "01:02:03:19", [(0, "two")]),
    ):
        copy = tmp_path / f"copy{start}.{suffix}"
        copy_video(source, copy, start)
        tags = probe(copy).tags
        assert tags.about["title"] == "A talk"
        assert tags.about["creation_time"].startswith("2024-05-06T07:08:09")
        assert tags.timecode == code
        assert [(float(chapter.start), chapter.title) for chapter in tags.chapters] == chapters


def test_timecodes_advance_with_and_without_dropped_numbers() -> None:
    ntsc = Fraction(30000, 1001)
    assert advanced("00:00:59:24", 1, Fraction(25)) == "00:01:00:00"
    assert advanced("00:00:59;29", 1, ntsc) == "00:01:00;02"
    assert advanced("00:09:59;29", 1, ntsc) == "00:10:00;00"
    assert advanced("00:00:00;00", 17982, ntsc) == "00:10:00;00"
    assert advanced("23:59:59:23", 1, Fraction(24)) == "00:00:00:00"
    assert advanced("no code", 5, ntsc) == "no code"


# refused inputs


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n"),
        ("a.ffconcat", "ffconcat version 1.0\nfile secret.ts\n"),
        ("a.mp4", "ffconcat version 1.0\nfile secret.ts\n"),
    ],
)
def test_a_list_of_other_files_is_refused(tmp_path: Path, name: str, text: str) -> None:
    write_clip(tmp_path / "secret.ts", pts=range(0, 9009, 1001))
    (tmp_path / name).write_text(text)
    with pytest.raises(VideoError, match="names other files"):
        StreamReader(tmp_path / name)


def test_pipes_and_impossible_file_names_give_a_one_line_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(VideoError, match="save it to a file"):
        open_video(tmp_path / "pipe.mp4")
    for name in ("n" * 300 + ".mp4", "clip.mp4/clip.mp4"):
        with pytest.raises(VideoError) as caught:
            open_video(tmp_path / name)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("time", [float("inf"), float("nan"), 1e300])
def test_an_invalid_time_gives_a_one_line_error(time: float) -> None:
    with pytest.raises(MattingError, match="not a time"):
        open_video(CASES / "last_frame_2s.mp4", start=time)


def test_huge_frames_are_refused_before_decoding_and_midway(tmp_path: Path) -> None:
    small, large = (
        write_clip(tmp_path / f"{size[0]}.ts", size=size, pts=range(0, 9009, 1001)) for size in ((96, 64), (960, 640))
    )
    with pytest.raises(VideoError, match=r"at most 0\.1 megapixels"):
        open_video(large, max_pixels=100_000)
    growing = tmp_path / "growing.ts"
    growing.write_bytes(small.read_bytes() + large.read_bytes())
    with pytest.raises(BrokenVideoError):
        list(open_video(growing, max_pixels=100_000))
    assert tile_error(next(iter(open_video(small, max_pixels=100_000))).image, picture(0)) < 4
    Image.new("RGB", (400, 400)).save(tmp_path / "0.png")
    with pytest.raises(VideoError, match="megapixels"):
        open_video(tmp_path, max_pixels=100_000)
