"""Frame durations, lengths and rates survive reading and writing."""

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from video_clips import picture, write_clip

from modnetv_kit.video import open_video, open_writer

TIMES = [0, 30, 100, 400, 1000, 1500]  # milliseconds
END = 3500
CASES = Path(__file__).parent / "cases"


def _animation(path: Path) -> Path:
    frames = [Image.fromarray(picture(index)) for index in range(len(TIMES))]
    frames[0].save(
        path,
        save_all=True,
        append_images=frames[1:],
        duration=np.diff([*TIMES, END]).tolist(),
        format=path.suffix[1:].replace("apng", "png"),
    )
    return path


def _source(folder: Path, kind: str) -> Path:
    if kind in ("gif", "apng", "webp"):
        return _animation(folder / f"source.{kind}")
    if kind == "case":
        return CASES / "last_frame_2s.mp4"
    codec = "libvpx-vp9" if kind == "webm" else "libx264"
    units = 1000 if kind in ("mkv", "webm", "flv") else 16000
    return write_clip(
        folder / f"source.{kind}",
        codec=codec,
        pts=[time * units // 1000 for time in TIMES],
        time_base=Fraction(1, units),
        last_lasts=(END - TIMES[-1]) * units // 1000,
        options={"bf": "0"} if codec == "libx264" else {},
    )


def _copy(source: Path, target: Path) -> Path:
    reader = open_video(source)
    with open_writer(target, reader.info, audio_from=source if reader.info.has_audio else None) as writer:
        for frame in reader:
            writer.write(frame.image, frame.pts, frame.time_base, frame.duration)
    return target


def _length(path: Path) -> float:
    """Seconds, as stated by the container and not by our own reader."""
    if path.suffix == ".webp":
        with Image.open(path) as image:
            durations = []
            for index in range(image.n_frames):
                image.seek(index)
                image.load()
                durations.append(image.info["duration"])
        return sum(durations) / 1000
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        if stream.duration:
            return float(stream.duration * stream.time_base)
        assert container.duration is not None
        return container.duration / av.time_base


@pytest.mark.parametrize("kind", ["case", "mov", "mkv", "webm", "flv", "gif", "apng", "webp"])
def test_every_frame_has_its_duration_including_the_last(tmp_path: Path, kind: str) -> None:
    frames = list(open_video(_source(tmp_path, kind)))
    shown = [float(frame.duration * frame.time_base) for frame in frames]
    expected = np.diff([0, 33, 100, 400, 1000, 1500, 3500] if kind == "case" else [*TIMES, END]) / 1000
    assert shown == pytest.approx(expected, abs=0.0006)


def test_the_last_frame_lasts_as_long_as_the_rate_says_where_no_end_is_stated(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.wmv"), "w") as container:
        stream = container.add_stream("wmv2", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for time in range(0, 600, 100):
            frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), 90, np.uint8), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    frames = list(open_video(tmp_path / "a.wmv"))
    assert [float(frame.duration * frame.time_base) for frame in frames] == pytest.approx([0.1] * 6)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "webm", "mkv", "gif", "webp"])
@pytest.mark.parametrize("kind", ["case", "gif", "mkv", "webp"])
def test_a_copy_is_as_long_as_its_source_in_every_container(tmp_path: Path, kind: str, suffix: str) -> None:
    copy = _copy(_source(tmp_path, kind), tmp_path / f"copy.{suffix}")
    assert _length(copy) == pytest.approx(3.5, abs=0.0101 if suffix == "gif" else 0.0011)


@pytest.mark.parametrize("kind", ["mov", "webp"])
def test_a_part_ends_where_it_is_cut(tmp_path: Path, kind: str) -> None:
    frames = list(open_video(_source(tmp_path, kind), start=0.1, end=1.25))
    assert float(sum(frame.duration * frame.time_base for frame in frames)) == pytest.approx(1.15, abs=1e-4)


@pytest.mark.parametrize(
    ("kind", "rate"),
    [
        ("mkv", Fraction(24000, 1001)),
        ("mkv", Fraction(60000, 1001)),
        ("flv", Fraction(30)),
        ("ts", Fraction(24000, 1001)),
    ],
)
@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_a_rate_that_the_source_rounds_becomes_exact(tmp_path: Path, kind: str, rate: Fraction, suffix: str) -> None:
    units = 90000 if kind == "ts" else 1000
    source = write_clip(
        tmp_path / f"source.{kind}",
        pts=[round(index / rate * units) for index in range(40)],
        time_base=Fraction(1, units),
        rate=rate,
        options={"bf": "0"},
    )
    copy = _copy(source, tmp_path / f"copy.{suffix}")
    with av.open(str(copy)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == rate
        stamps = [packet.pts for packet in container.demux(stream) if packet.size]
        assert {b - a for a, b in itertools.pairwise(stamps)} == {1 / rate / stream.time_base}


def test_a_variable_rate_stays_variable(tmp_path: Path) -> None:
    times = [0, 42, 83, 140, 167, 208, 300, 333]  # 24 frames per second, except for two late ones
    source = write_clip(
        tmp_path / "source.mkv", pts=times, time_base=Fraction(1, 1000), rate=Fraction(24), options={"bf": "0"}
    )
    copied = [frame.time for frame in open_video(_copy(source, tmp_path / "copy.mp4"))]
    assert copied == pytest.approx(np.array(times) / 1000, abs=0.0011)
    assert abs(copied[3] - 0.14) < 1e-4
