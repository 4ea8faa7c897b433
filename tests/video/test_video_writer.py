"""Written frames, colours and timestamps read back unchanged, and only complete files get their final name."""

import os
import stat
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from video_clips import RATE, TICK, picture, tile_error, write_clip

from modnetv_kit import partial_files
from modnetv_kit.errors import InputError, OutputError
from modnetv_kit.video import StreamReader, VideoInfo, Writer, open_writer, probe, read_alpha

SUFFIXES = ["mp4", "mov", "webm"]
INFO = VideoInfo(96, 64, RATE, TICK)


def _write(path: Path, count: int = 12, info: VideoInfo = INFO, **settings) -> Path:
    with open_writer(path, info, **settings) as writer:
        for index in range(count):
            writer.write(picture(index, (info.width, info.height)), index * 1001, TICK)
    return path


def _copy(source: Path, target: Path, start: float | None = None, end: float | None = None) -> tuple[list, list]:
    """Write what is read from `source` to `target`; returns the frames of both."""
    reader = StreamReader(source, start, end)
    frames = []
    with open_writer(target, reader.info, audio_from=source, start=start, end=end) as writer:
        for frame in reader:
            writer.write(frame.image, frame.pts, frame.time_base)
            frames.append(frame)
    return frames, list(StreamReader(target))


def _soft_alpha(index: int, size: tuple[int, int] = (96, 64)) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1]))
    return np.clip(255 * (1.5 - 2 * np.hypot(x - index / 40, y)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", ["h264", "hevc_10bit", "vp9", "mkv", "ts", "prores"])
def test_frames_times_and_colours_survive(clips: dict[str, Path], tmp_path: Path, kind: str, suffix: str):
    before, after = _copy(clips[kind], tmp_path / f"out.{suffix}")
    assert len(after) == len(before) == 24
    # WebM stores time in milliseconds. The clock of MPEG-TS starts anywhere; the copy's starts at 0.
    shift = float(probe(clips[kind]).clock_start)
    np.testing.assert_allclose([f.time + shift for f in after], [f.time for f in before], atol=0.0006)
    for old, new in zip(before, after, strict=True):
        assert tile_error(new.image, old.image) <= 2


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_variable_rate_stays_in_sync(tmp_path: Path, suffix: str):
    pts = [0, 1000, 5000, 6000, 7000, 20000, 21000, 60000]
    source = write_clip(tmp_path / "in.mp4", pts=pts, sound=["aac"], sound_seconds=2)
    _, after = _copy(source, tmp_path / f"out.{suffix}")
    exact = 0 if suffix != "webm" else 0.0005
    np.testing.assert_allclose([f.time for f in after], [stamp / 30000 for stamp in pts], atol=exact + 1e-9)
    for index, frame in enumerate(after):
        assert tile_error(frame.image, picture(index)) <= 3


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_the_duration_of_a_video_with_a_variable_rate_is_stated_correctly(tmp_path: Path, suffix: str):
    with open_writer(tmp_path / f"out.{suffix}", INFO) as writer:
        for index, stamp in enumerate([0, 1001, 2002, 30000, 60000]):
            writer.write(picture(index), stamp, TICK)
    assert probe(tmp_path / f"out.{suffix}").duration == pytest.approx(61001 / 30000, abs=0.002)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_late_first_frame_stays_late(tmp_path: Path, suffix: str):
    with open_writer(tmp_path / f"out.{suffix}", INFO) as writer:
        for index in range(5):
            writer.write(picture(index), 15015 + index * 1001, TICK)
    times = [frame.time for frame in StreamReader(tmp_path / f"out.{suffix}")]
    np.testing.assert_allclose(times, [(15015 + i * 1001) / 30000 for i in range(5)], atol=0.0006)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_frames_at_the_same_time_are_all_kept(tmp_path: Path, suffix: str):
    with open_writer(tmp_path / f"out.{suffix}", INFO) as writer:
        for index, stamp in enumerate([0, 1001, 1001, 1001, 5005]):
            writer.write(picture(index), stamp, TICK)
    times = [frame.time for frame in StreamReader(tmp_path / f"out.{suffix}")]
    assert len(times) == 5
    assert (np.diff(times) > 0).all()


@pytest.mark.parametrize(("suffix", "grown"), [("mp4", (96, 64)), ("mov", (95, 63)), ("webm", (95, 63))])
def test_odd_sizes_keep_their_content(tmp_path: Path, suffix: str, grown: tuple[int, int]):
    after = list(StreamReader(_write(tmp_path / f"out.{suffix}", info=replace(INFO, width=95, height=63))))
    assert len(after) == 12
    assert after[0].image.shape == (grown[1], grown[0], 3)
    for index, frame in enumerate(after):
        assert tile_error(frame.image[:63, :95], picture(index, (95, 63))) <= 2
    edge = after[0].image.astype(int)
    assert np.abs(edge[-1] - edge[62]).max() <= 12  # the added row and column repeat the picture's edge
    assert np.abs(edge[:, -1] - edge[:, 94]).max() <= 12


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_outputs_are_tagged_as_bt709_in_limited_range(tmp_path: Path, suffix: str):
    with av.open(str(_write(tmp_path / f"out.{suffix}", 2))) as container:
        frame = next(container.decode(video=0))
        assert (int(frame.colorspace), int(frame.color_range)) == (1, 1)
        assert (int(frame.color_primaries), int(frame.color_trc)) == (1, 1)


def test_mp4_plays_in_browsers_before_it_is_fully_loaded(tmp_path: Path):
    path = _write(tmp_path / "out.mp4")
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_pixel_aspect_is_kept(tmp_path: Path):
    _write(tmp_path / "out.mp4", info=replace(INFO, pixel_aspect=Fraction(16, 11)))
    assert probe(tmp_path / "out.mp4").pixel_aspect == Fraction(16, 11)


def test_a_rate_may_be_a_float(tmp_path: Path):
    _write(tmp_path / "out.mp4", info=VideoInfo(96, 64, 29.97))
    assert len(list(StreamReader(tmp_path / "out.mp4"))) == 12


@pytest.mark.parametrize(("suffix", "bound"), [("mov", 1), ("webm", 10)])
@pytest.mark.parametrize("size", [(96, 64), (95, 63)])
def test_alpha_survives_a_round_trip(tmp_path: Path, suffix: str, bound: int, size: tuple[int, int]):
    path = tmp_path / f"out.{suffix}"
    with open_writer(path, replace(INFO, width=size[0], height=size[1]), alpha=True) as writer:
        for index in range(12):
            image = np.dstack([picture(index, size), _soft_alpha(index, size)])
            writer.write(image, index * 1001, TICK)
    alphas = list(read_alpha(path))
    assert len(alphas) == 12
    for index, alpha in enumerate(alphas):
        assert alpha.dtype == np.uint8
        assert alpha.shape == (size[1], size[0])
        difference = np.abs(alpha.astype(int) - _soft_alpha(index, size))
        assert difference.max() <= bound
        assert difference.mean() <= 1
    for index, frame in enumerate(StreamReader(path)):
        assert tile_error(frame.image, picture(index, size)) <= 2  # straight, not premultiplied


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_gray_frames_are_written_as_a_viewable_video(tmp_path: Path, suffix: str):
    path = tmp_path / f"out.{suffix}"
    with open_writer(path, INFO) as writer:
        for index in range(5):
            writer.write(_soft_alpha(index), index * 1001, TICK)
    for index, frame in enumerate(StreamReader(path)):
        assert np.abs(frame.image.mean(2) - _soft_alpha(index)).mean() <= 2
        assert int(np.ptp(frame.image.astype(int), axis=2).max()) <= 2
        assert frame.image.max() >= 253


def test_nothing_has_the_final_name_before_the_end(tmp_path: Path):
    with open_writer(tmp_path / "out.mp4", INFO) as writer:
        writer.write(picture(0), 0, TICK)
        assert not (tmp_path / "out.mp4").exists()
        assert [p.suffix for p in tmp_path.iterdir()] == [".mp4"]
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.webm", "frames/", "frames/%03d.png"])
def test_an_exception_leaves_nothing_behind_and_an_old_file_alone(tmp_path: Path, name: str):
    with pytest.raises(RuntimeError, match="the model failed"), open_writer(f"{tmp_path}/{name}", INFO) as writer:
        _fail_after(writer, 3)
    assert list(tmp_path.iterdir()) == []
    if name == "out.mp4":
        (tmp_path / name).write_text("made before")
        with pytest.raises(RuntimeError), open_writer(tmp_path / name, INFO) as writer:
            _fail_after(writer, 3)
        assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]
        assert (tmp_path / name).read_text() == "made before"


def _fail_after(writer: Writer, count: int) -> None:
    for index in range(count):
        writer.write(picture(index), index * 1001, TICK)
    raise RuntimeError("the model failed")


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.webm", "frames/"])
def test_a_writer_without_frames_leaves_nothing_and_raises(tmp_path: Path, name: str):
    with pytest.raises(OutputError, match="no frame"), open_writer(f"{tmp_path}/{name}", INFO):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_video_can_be_finished_by_hand(tmp_path: Path):
    writer = open_writer(tmp_path / "out.mp4", INFO)
    for index in range(7):
        writer.write(picture(index), index * 1001, TICK)
    writer.close(partial=True)
    writer.close()
    writer.abort()
    assert len(list(StreamReader(tmp_path / "out.mp4"))) == 7
    with pytest.raises(OutputError, match="closed already"):
        writer.write(picture(7), 7007, TICK)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("count", [1, 40])
def test_a_full_disk_gives_a_one_line_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, count: int
):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full, which fails every write as if the disk were full")
    partial = tmp_path / f".out.partial.{suffix}"
    partial.symlink_to("/dev/full")
    monkeypatch.setattr(partial_files, "hidden_name", lambda target: partial.name)
    with pytest.raises(OutputError, match="disk is full") as caught:
        _write(tmp_path / f"out.{suffix}", count)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("out.avi", {}, r"\.avi is not a format to write; use \.mp4, \.mov, .*, a folder"),
        ("out.png", {}, r"NAME_%05d\.png"),
        ("out.mp4", {"alpha": True}, r"cannot hold transparency; use \.mov, \.webm, .* or a folder"),
        ("out.mov", {"crf": 20}, r"\.mov has no crf"),
        ("out.mp4", {"crf": 52}, "between 0 and 51"),
        ("nowhere/out.mp4", {}, "no folder .*nowhere"),
        ("nowhere/frames/", {}, "no folder .*nowhere"),
        ("frames_%x.png", {}, "not a pattern"),
    ],
)
def test_an_impossible_output_is_refused_before_any_work(tmp_path: Path, name: str, settings: dict, message: str):
    with pytest.raises(OutputError, match=message) as caught:
        open_writer(f"{tmp_path}/{name}", INFO, **settings)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_write_permission_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # Raised by hand: tests often run as the superuser, who may write everywhere.
    def refuse(*args: object, **options: object):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(OutputError, match="cannot be written to; change its permissions"):
        open_writer(tmp_path / "out.mp4", INFO)


@pytest.mark.parametrize(
    "image",
    [np.zeros((64, 95, 3), np.uint8), np.zeros((64, 96, 4), np.uint8), np.zeros((64, 96, 3), np.float32)],
    ids=["size", "channels", "type"],
)
def test_a_frame_that_does_not_fit_is_refused(tmp_path: Path, image: np.ndarray):
    with pytest.raises(InputError, match="takes uint8 RGB or gray frames of 96x64"), _opened(tmp_path) as writer:
        writer.write(image, 0, TICK)


def _opened(folder: Path) -> Writer:
    return open_writer(folder / "out.mp4", INFO)


def test_the_file_has_the_permissions_of_any_new_file(tmp_path: Path):
    before = os.umask(0o022)
    try:
        path = _write(tmp_path / "out.mp4", 2)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
