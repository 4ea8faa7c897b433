"""Files from the real world: joined recordings, odd audio, thumbnails, fields, HDR, chapters, lists, huge frames."""

import os
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps
from video_clips import picture, tile_error, write_clip

from modnetv_kit.errors import BrokenVideoError, MattingError, VideoError
from modnetv_kit.video import FolderReader, RandomReader, StreamReader, audio, open_video, open_writer, probe
from modnetv_kit.video.tags import advanced

CASES = Path(__file__).parent / "cases"


def _copy(source: Path, target: Path, start: float | None = None) -> list[str]:
    """Copy a video through reader and writer; returns the messages for the user."""
    reader = open_video(source, start)
    with open_writer(target, reader.info, audio_from=source, start=start) as writer:
        for frame in reader:
            writer.write(frame.image, frame.pts, frame.time_base, frame.duration)
    return [*reader.info.notes, *writer.notes]


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
    assert _copy(source, tmp_path / "copy.mp4") == []
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


# audio


def _with_sound(
    path: Path,
    codec: str,
    layout: str = "stereo",
    rate: int = 48000,
    samples: str = "s16",
    level: float = 0.5,
    dispositions: Sequence[int] = (1,),
) -> Path:
    """Ten frames, and an audio track with a constant level on every channel for each disposition."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        tracks = []
        for disposition in dispositions:
            track = container.add_stream(codec, rate=rate, layout=layout, format=samples)
            track.disposition = disposition
            tracks.append(track)
        for index in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(index, (64, 48)), format="rgb24")))
        container.mux(stream.encode(None))
        kinds = {"s16": (np.int16, 2**15), "s32": (np.int32, 2**31), "flt": (np.float32, 1)}
        dtype, full = kinds[samples]
        for track in tracks:
            count = av.AudioLayout(layout).nb_channels * (rate * 2 // 5)
            wave = np.full((1, count), level * full).astype(dtype)
            piece = av.AudioFrame.from_ndarray(wave, format=samples, layout=layout)
            piece.sample_rate, piece.pts = rate, 0
            container.mux(track.encode(piece))
            container.mux(track.encode(None))
    return path


@pytest.mark.parametrize("kind", ["mov", "mkv"])  # Matroska states only the number of channels
@pytest.mark.parametrize(
    ("layout", "suffix"),
    [
        *(("5.1", "mp4"), ("5.1", "webm"), ("4.0", "mp4"), ("quad", "webm"), ("5.1", "mov"), ("mono", "mp4")),
        *(("quad", "mp4"), ("5.0", "mp4"), ("3.0", "mp4"), ("5.1(side)", "mp4"), ("5.1(side)", "webm")),
    ],
)
def test_channels_are_kept_where_audio_is_re_encoded(tmp_path: Path, kind: str, layout: str, suffix: str) -> None:
    source = _with_sound(tmp_path / f"source.{kind}", "pcm_s16le", layout)
    assert _copy(source, tmp_path / f"copy.{suffix}") == []
    with av.open(str(tmp_path / f"copy.{suffix}")) as container:
        assert container.streams.audio[0].codec_context.channels == av.AudioLayout(layout).nb_channels


@pytest.mark.parametrize(
    ("rate", "suffix", "expected"), [(50000, "mp4", 64000), (37800, "mp4", 44100), (50000, "webm", 48000)]
)
def test_odd_rates_are_resampled(tmp_path: Path, rate: int, suffix: str, expected: int) -> None:
    source = _with_sound(tmp_path / "source.mkv", "pcm_s16le", rate=rate)
    assert _copy(source, tmp_path / f"copy.{suffix}") == []
    with av.open(str(tmp_path / f"copy.{suffix}")) as container:
        decoded = list(container.decode(audio=0))
    assert decoded[0].sample_rate == expected
    assert sum(frame.samples for frame in decoded) / expected == pytest.approx(0.4, abs=0.06)


@pytest.mark.parametrize(
    ("codec", "samples", "level", "source", "suffix", "expected"),
    [
        ("pcm_f32le", "flt", 1.5, "mov", "mov", "pcm_f32le"),
        ("pcm_f32le", "flt", 1.5, "mkv", "mov", "pcm_f32le"),
        ("pcm_s32le", "s32", 0.123456789, "mov", "mov", "pcm_s32le"),
        ("flac", "s32", 0.123456, "mkv", "mov", "pcm_s32le"),
        ("pcm_f32le", "flt", 1.5, "mov", "mkv", "pcm_f32le"),
    ],
)
def test_audio_of_more_than_16_bits_keeps_its_depth(
    tmp_path: Path, codec: str, samples: str, level: float, source: str, suffix: str, expected: str
) -> None:
    path = _with_sound(tmp_path / f"source.{source}", codec, samples=samples, level=level)
    assert _copy(path, tmp_path / f"copy.{suffix}") == []
    with av.open(str(tmp_path / f"copy.{suffix}")) as container:
        assert container.streams.audio[0].codec_context.name == expected
        values = next(container.decode(audio=0)).to_ndarray()
    assert values.max() / (1 if samples == "flt" else 2**31) == pytest.approx(level, abs=1e-6)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_the_default_audio_track_stays_the_default(tmp_path: Path, suffix: str) -> None:
    source = _with_sound(tmp_path / "source.mkv", "pcm_s16le", dispositions=(0, 1))
    _copy(source, tmp_path / f"copy.{suffix}")
    with av.open(str(tmp_path / f"copy.{suffix}")) as container:
        assert [int(track.disposition) & 1 for track in container.streams.audio] == [0, 1]


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_sound_that_cannot_be_kept_is_reported_and_the_picture_stays(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> str:
        raise ValueError("no such layout")

    monkeypatch.setattr(audio, "_layout", refuse)
    source = _with_sound(tmp_path / "source.mkv", "pcm_s16le")
    (note,) = _copy(source, tmp_path / f"copy.{suffix}")
    assert "sound" in note
    assert "left out" in note
    assert "\n" not in note
    assert len(list(open_video(tmp_path / f"copy.{suffix}"))) == 10


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
    _copy(CASES / "pal_sar64_45.mp4", tmp_path / name)
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


# interlacing and colours


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_interlaced_video_is_deinterlaced_and_the_user_is_informed(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"fields.{suffix}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"x264-params": "interlaced=1:crf=5", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for index in range(8):
            frame = np.zeros((64, 96, 3), np.uint8)
            frame[::2, 4 * index : 4 * index + 30] = 255  # a bar that moves between the two fields
            frame[1::2, 4 * index + 8 : 4 * index + 38] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    reader = StreamReader(path)
    assert "deinterlaced" in reader.info.notes[0]
    frames = [frame.image.astype(int) for frame in reader]
    assert len(frames) == 8
    combed = [np.abs(np.diff(frame[..., 0], axis=0)).mean() for frame in frames]
    assert max(combed[1:]) < 25  # 42 as stored
    assert np.abs(reader[3].image.astype(int) - frames[3]).mean() < 8
    with pytest.raises(VideoError, match="StreamReader"):
        RandomReader(path)


@pytest.mark.parametrize("suffix", ["ts", "mpg"])
def test_video_that_becomes_interlaced_midway_is_deinterlaced_from_there(tmp_path: Path, suffix: str) -> None:
    parts = []
    for interlaced in (False, True):
        path = tmp_path / f"{interlaced}.{suffix}"
        with av.open(str(path), "w") as container:
            codec, options = (
                ("libx264", {"crf": "5", "bf": "0"}) if suffix == "ts" else ("mpeg2video", {"b": "4000000"})
            )
            if interlaced:
                options |= {"x264-params": "interlaced=1"} if suffix == "ts" else {"flags": "+ildct+ilme"}
            stream = container.add_stream(codec, rate=25, options=options)
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            for index in range(8):
                frame = np.zeros((64, 96, 3), np.uint8)
                frame[::2, 4 * index : 4 * index + 30] = 255
                frame[1::2, 4 * index + 8 * interlaced : 4 * index + 8 * interlaced + 30] = 255
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode(None))
        parts.append(path.read_bytes())
    (tmp_path / f"both.{suffix}").write_bytes(b"".join(parts))
    reader = open_video(tmp_path / f"both.{suffix}")
    frames = [frame.image.astype(int) for frame in reader]
    assert len(frames) == 16
    assert max(np.abs(np.diff(frame[..., 0], axis=0)).mean() for frame in frames[9:]) < 25
    assert "deinterlaced" in reader.info.notes[0]
    assert np.abs(list(reader)[3].image.astype(int) - frames[3]).mean() < 1  # progressive frames stay as they are


def _tagged(path: Path, planes: Sequence[int], depth: int, matrix: int, curve: int, primaries: int, codec: str) -> Path:
    """Five frames of one colour, given as the values of its planes."""
    kind = "yuv444p" if depth == 8 else "yuv420p10le"
    with av.open(str(path), "w") as container:
        options = {"x265-params": "log-level=none:lossless=1"} if codec == "libx265" else {"crf": "1"}
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 96, 64, kind
        context = stream.codec_context
        context.colorspace, context.color_trc, context.color_primaries, context.color_range = (
            matrix,
            curve,
            primaries,
            1,
        )
        for index in range(5):
            frame = av.VideoFrame(96, 64, kind)
            for plane, value in zip(frame.planes, planes, strict=True):
                plane.update(
                    np.full(
                        plane.buffer_size * 8 // (8 if depth == 8 else 16), value, np.uint8 if depth == 8 else np.uint16
                    ).tobytes()
                )
            frame.colorspace, frame.color_trc, frame.color_primaries, frame.color_range = matrix, curve, primaries, 1
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(("curve", "name", "white"), [(16, "PQ", 573), (18, "HLG", 721)])
def test_hdr_is_tone_mapped_and_the_user_is_informed(tmp_path: Path, curve: int, name: str, white: int) -> None:
    levels = []
    for value in (64, white // 2, white, 940):
        path = _tagged(tmp_path / f"{value}.mkv", (value, 512, 512), 10, 9, curve, 9, "libx265")
        reader = StreamReader(path)
        assert reader.info.notes == (f"the source is HDR ({name}): it is tone-mapped to BT.709",)
        levels.append(float(list(reader)[2].image.mean()))
    assert levels[0] < 3
    assert levels[0] < levels[1] < levels[2] < levels[3]
    assert levels[2] > 150  # diffuse white is bright, with headroom for highlights
    assert levels[3] - levels[2] > 5


@pytest.mark.parametrize(("codec", "suffix"), [("libx264", "mp4"), ("libx264", "mkv"), ("libx265", "mov")])
def test_ycgco_has_its_own_matrix(tmp_path: Path, codec: str, suffix: str) -> None:
    red, green, blue = 200, 60, 50
    y, cg, co = red / 4 + green / 2 + blue / 4, -red / 4 + green / 2 - blue / 4, red / 2 - blue / 2
    planes = [round(16 + y * 219 / 255), round(128 + cg * 224 / 255), round(128 + co * 224 / 255)]
    path = _tagged(tmp_path / f"a.{suffix}", planes, 8, 8, 1, 1, codec)
    assert np.abs(list(StreamReader(path))[2].image.mean((0, 1)) - (red, green, blue)).max() < 3


def test_an_unknown_colour_system_is_refused(tmp_path: Path) -> None:
    path = _tagged(tmp_path / "a.mkv", (120, 128, 128), 8, 14, 1, 1, "libx264")
    with pytest.raises(VideoError, match="colours"):
        StreamReader(path)


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
        _copy(source, copy, start)
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
