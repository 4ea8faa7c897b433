"""A video that is split at scene cuts gives the same result as an unsplit one."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from batches import Batch

from modnetv_kit import matte_video
from modnetv_kit.batch import split
from modnetv_kit.errors import OutputError
from modnetv_kit.video import open_video, read_alpha
from modnetv_kit.video.join import FrameTiming, join_videos

LENGTHS = (9, 7, 4, 8)  # frames of each scene
STEPS = (1, 2, 1, 1, 3)  # ticks between frames, repeating: a variable rate


def drawn(scene: int, index: int) -> np.ndarray:
    """uint8 (48, 64, 3): stripes in two colours of the scene, with a moving square."""
    rng = np.random.default_rng(scene)
    stripes = (np.arange(64) // (8 + 4 * scene) + scene) % 2
    frame = rng.integers(0, 256, (2, 3), dtype=np.uint8)[np.broadcast_to(stripes, (48, 64))]
    frame = np.where(stripes[None, :, None] == scene % 2, frame // 3, 255 - frame // 3).astype(np.uint8)
    left = (3 * index) % 40
    frame[12:36, left : left + 20] = (200, 150, 120)
    return frame


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four scenes with sound at a variable rate, on a millisecond clock that starts late."""
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "8", "preset": "ultrafast", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 30)
        tone = container.add_stream("aac", rate=48000, layout="mono")
        ticks = 3
        for number, (scene, index) in enumerate((s, i) for s, length in enumerate(LENGTHS) for i in range(length)):
            frame = av.VideoFrame.from_ndarray(drawn(scene, index), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = ticks, Fraction(1, 30)
            container.mux(stream.encode(frame))
            ticks += STEPS[number % len(STEPS)]
        for index in range(ticks * 48000 // 30 // 1024):
            wave = np.sin(np.arange(1024) * 0.01 * (index + 1)).astype(np.float32)[None] / 4
            piece = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
            piece.sample_rate, piece.pts, piece.time_base = 48000, index * 1024, Fraction(1, 48000)
            container.mux(tone.encode(piece))
        for track in (stream, tone):
            container.mux(track.encode(None))
    return path


@pytest.fixture(autouse=True)
def _short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "SECONDS", 0.1)


def sound(path: Path) -> list[tuple[int | None, bytes]]:
    with av.open(str(path)) as container:
        return [(packet.pts, bytes(packet)) for packet in container.demux(audio=0) if packet.size]


def test_scenes_begin_where_a_session_resets(film: Path, tmp_path: Path) -> None:
    scenes = split.find_scenes(open_video(film))
    assert tuple(scene.frames for scene in scenes) == LENGTHS
    summary = matte_video(film, tmp_path / "out.mp4", engine="torch", device="cpu", threads=1)
    assert [index for index, _ in summary.resets] == [0, 9, 16, 20]


def test_parts_have_similar_lengths_and_are_never_cut_between_simultaneous_frames() -> None:
    def scenes(*firsts: float) -> list[split.Scene]:
        ends = [*firsts[1:], firsts[-1] + 4]
        return [split.Scene(Fraction(a), Fraction(b) - Fraction(1, 25), 100) for a, b in zip(firsts, ends, strict=True)]

    four = scenes(8, 12, 16, 20)
    parts = split.group_scenes(four, 2, Fraction(8), None, None)
    assert [(part.frames, part.start, part.end) for part in parts] == [(200, None, 7.98), (200, 7.98, None)]
    four[1] = split.Scene(four[1].first, four[2].first, 100)
    parts = split.group_scenes(four, 2, Fraction(8), 0.0, 16.0)
    assert [(part.frames, part.start, part.end) for part in parts] == [(300, 0.0, 11.98), (100, 11.98, 16.0)]
    assert len(split.group_scenes(scenes(0, 0.04, 0.08), 3, Fraction(0), None, None)) == 1


def test_a_split_video_has_the_frames_times_and_sound_of_an_unsplit_one(
    batch: Batch, film: Path, tmp_path: Path
) -> None:
    for form in ("mov", "mkv", "mp4", "webm", "png"):
        for name, options in (("whole", {}), ("split", {"split": True, "workers": None})):
            (report,) = batch(film, tmp_path / name, format=form, alpha=tmp_path / f"{name}-mattes", **options)
            assert (report.state, report.frames) == ("done", sum(LENGTHS)), report.message
        name = "film" if form == "png" else f"film.{form}"
        for folder in ("", "-mattes"):
            whole, parts = (tmp_path / f"{how}{folder}" / name for how in ("whole", "split"))
            frames = list(zip(open_video(whole), open_video(parts), strict=True))
            assert [one.time for one, _ in frames] == [other.time for _, other in frames]
            apart = max(np.abs(one.image.astype(int) - other.image).mean() for one, other in frames)
            # a restarted lossy encoder makes other choices
            assert apart < 2 if form in ("mp4", "webm") else apart == 0, (form, apart)
            assert form == "png" or sound(whole) == sound(parts)
        if form in ("mov", "mkv", "png"):
            for one, other in zip(
                read_alpha(tmp_path / "whole" / name), read_alpha(tmp_path / "split" / name), strict=True
            ):
                assert np.array_equal(one, other)
    assert len(list(read_alpha(tmp_path / "split" / "film.webm"))) == sum(LENGTHS)
    assert list(tmp_path.rglob(".*")) == []


def test_a_split_range_begins_and_ends_where_the_unsplit_one_does(batch: Batch, film: Path, tmp_path: Path) -> None:
    for name, options in (("whole", {}), ("split", {"split": True})):
        plates = tmp_path / f"{name}-plates"
        (report,) = batch(film, tmp_path / name, format="mov", start=0.3, end=1.2, save_background=plates, **options)
        assert report.state == "done", report.message
    whole, parts = list(open_video(tmp_path / "whole/film.mov")), list(open_video(tmp_path / "split/film.mov"))
    assert [frame.time for frame in whole] == [frame.time for frame in parts]
    assert all(np.array_equal(one.image, other.image) for one, other in zip(whole, parts, strict=True))
    assert sound(tmp_path / "whole/film.mov") == sound(tmp_path / "split/film.mov")
    assert (tmp_path / "whole-plates/film.png").read_bytes() == (tmp_path / "split-plates/film.png").read_bytes()


def test_videos_that_would_come_out_differently_are_not_split(
    batch: Batch, film: Path, shots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def split_anyway(*_: object) -> None:
        raise AssertionError("it was split")

    monkeypatch.setattr(split.MattePart, "run", split_anyway)
    for number, options in enumerate(({"background": str(shots / "a.mp4")}, {"fps": 10}, {"format": "gif"})):
        (report,) = batch(film, tmp_path / str(number), split=True, **options)
        assert report.state == "done", report.message
    address = f"file://{tmp_path}/away"
    reports = batch([film, shots / "a.mp4"], address, split=True)
    assert [report.state for report in reports] == ["done", "done"]


def test_parts_that_do_not_match_are_not_joined(film: Path, shots: Path, tmp_path: Path) -> None:
    info = open_video(film).info
    out = tmp_path / "out.mp4"
    for parts in ([shots / "a.mp4"], [shots / "a.mp4", film]):
        with pytest.raises(OutputError, match=r"out\.mp4 cannot be joined"):
            join_videos(parts, [FrameTiming(Fraction(n, 25), None) for n in range(5)], out, info)
        assert not out.exists()
