"""Sound of files from the wild: channels, rates, depth, tracks, and what a format cannot hold."""

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from video_clips import copy_video, picture

from modnetv_kit.video import audio, open_video


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
    assert copy_video(source, tmp_path / f"copy.{suffix}") == []
    with av.open(str(tmp_path / f"copy.{suffix}")) as container:
        assert container.streams.audio[0].codec_context.channels == av.AudioLayout(layout).nb_channels


@pytest.mark.parametrize(
    ("rate", "suffix", "expected"), [(50000, "mp4", 64000), (37800, "mp4", 44100), (50000, "webm", 48000)]
)
def test_odd_rates_are_resampled(tmp_path: Path, rate: int, suffix: str, expected: int) -> None:
    source = _with_sound(tmp_path / "source.mkv", "pcm_s16le", rate=rate)
    assert copy_video(source, tmp_path / f"copy.{suffix}") == []
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
    assert copy_video(path, tmp_path / f"copy.{suffix}") == []
    with av.open(str(tmp_path / f"copy.{suffix}")) as container:
        assert container.streams.audio[0].codec_context.name == expected
        values = next(container.decode(audio=0)).to_ndarray()
    assert values.max() / (1 if samples == "flt" else 2**31) == pytest.approx(level, abs=1e-6)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_the_default_audio_track_stays_the_default(tmp_path: Path, suffix: str) -> None:
    source = _with_sound(tmp_path / "source.mkv", "pcm_s16le", dispositions=(0, 1))
    copy_video(source, tmp_path / f"copy.{suffix}")
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
    (note,) = copy_video(source, tmp_path / f"copy.{suffix}")
    assert "sound" in note
    assert "left out" in note
    assert "\n" not in note
    assert len(list(open_video(tmp_path / f"copy.{suffix}"))) == 10
