"""Sound is kept in sync: copied packet by packet if possible, else re-encoded to the same tones."""

from pathlib import Path

import av
import numpy as np
import pytest
from video_clips import TICK, picture, sound_of, write_clip

from modnetv_kit.errors import VideoError
from modnetv_kit.video import StreamReader, open_writer, probe


def _copy(source: Path, target: Path, start: float | None = None, end: float | None = None) -> list[float]:
    reader = StreamReader(source, start, end)
    times = []
    with open_writer(target, reader.info, audio_from=source, start=start, end=end) as writer:
        for frame in reader:
            writer.write(frame.image, frame.pts, frame.time_base)
            times.append(frame.time)
    return times


def _pitch_and_onset(path: Path, track: int = 0) -> tuple[float, float]:
    """The strongest frequency of a track in Hz, and the time on the file's clock at which it sets in, in seconds."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=track))
        wave = np.concatenate(
            [frame.to_ndarray()[0, :: 1 if frame.format.is_planar else frame.layout.nb_channels] for frame in frames]
        )
        wave = wave.astype(float)
        rate, start = frames[0].sample_rate, frames[0].time
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    onset = np.argmax(np.abs(wave) > np.abs(wave).max() * 0.5) / rate
    return float(spectrum.argmax() * rate / len(wave)), start + float(onset)


@pytest.mark.parametrize(
    ("kind", "suffix"), [("h264", "mp4"), ("h264", "mov"), ("mkv", "mp4"), ("vp9", "webm"), ("vp9", "mp4")]
)
def test_packets_are_copied_byte_for_byte_at_their_times(
    clips: dict[str, Path], tmp_path: Path, kind: str, suffix: str
):
    _copy(clips[kind], tmp_path / f"out.{suffix}")
    (before,), (after,) = sound_of(clips[kind]), sound_of(tmp_path / f"out.{suffix}")
    assert [data for _, data in after] == [data for _, data in before]
    np.testing.assert_allclose([time for time, _ in after], [time for time, _ in before], atol=0.001)


@pytest.mark.parametrize(
    ("kind", "suffix", "codec"), [("h264", "webm", "opus"), ("vp9", "mov", "pcm_f32le"), ("ts", "webm", "opus")]
)
def test_sound_that_the_format_cannot_hold_is_re_encoded(
    clips: dict[str, Path], tmp_path: Path, kind: str, suffix: str, codec: str
):
    target = tmp_path / f"out.{suffix}"
    _copy(clips[kind], target)
    with av.open(str(target)) as container:
        assert container.streams.audio[0].codec_context.name == codec
    pitch, onset = _pitch_and_onset(target)
    assert pitch == pytest.approx(300, abs=5)
    assert onset == pytest.approx(_pitch_and_onset(clips[kind])[1] - float(probe(clips[kind]).clock_start), abs=0.003)


def test_sound_of_transport_streams_is_repacked_and_stays_in_sync(clips: dict[str, Path], tmp_path: Path):
    _copy(clips["ts"], tmp_path / "out.mp4")
    (before,), (after,) = sound_of(clips["ts"]), sound_of(tmp_path / "out.mp4")
    assert [data for _, data in after] == [data[7:] for _, data in before]  # MP4 holds AAC without its ADTS headers
    shift = float(probe(clips["ts"]).clock_start)
    np.testing.assert_allclose([t for t, _ in after], [t - shift for t, _ in before], atol=1e-4)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("layouts", [("mono", "stereo"), ("5.1", "mono")])
def test_aac_that_changes_its_channels_midway_is_kept_to_its_end(tmp_path: Path, suffix: str, layouts: tuple[str, str]):
    source = tmp_path / "joined.ts"
    parts = [write_clip(tmp_path / f"{layout}.ts", sound=["aac"], sound_layout=layout) for layout in layouts]
    source.write_bytes(b"".join(part.read_bytes() for part in parts))
    _copy(source, tmp_path / f"out.{suffix}")
    with av.open(str(tmp_path / f"out.{suffix}")) as container:
        frames = list(container.decode(audio=0))
    assert {frame.layout.nb_channels for frame in frames} == {{"mono": 1, "5.1": 6}[layouts[0]]}
    assert sum(frame.samples for frame in frames) / 48000 == pytest.approx(1.6, abs=0.08)
    loudest = [float(np.abs(frame.to_ndarray()).max()) for frame in frames]
    assert min(max(loudest[: len(loudest) // 3]), max(loudest[-len(loudest) // 3 :])) > 0.1
    assert _pitch_and_onset(tmp_path / f"out.{suffix}")[0] == pytest.approx(300, abs=5)


def test_all_tracks_are_copied_in_their_order(tmp_path: Path):
    source = write_clip(tmp_path / "in.mp4", sound=["aac", "libopus"])
    _copy(source, tmp_path / "out.mp4")
    before, after = sound_of(source), sound_of(tmp_path / "out.mp4")
    assert [[data for _, data in track] for track in after] == [[data for _, data in track] for track in before]
    _copy(source, tmp_path / "out.webm")
    assert [_pitch_and_onset(tmp_path / "out.webm", n)[0] for n in (0, 1)] == pytest.approx([300, 600], abs=5)


def test_silent_video_stays_silent(clips: dict[str, Path], tmp_path: Path):
    _copy(clips["h264_silent"], tmp_path / "out.mp4")
    assert not probe(tmp_path / "out.mp4").has_audio


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_start_and_end_cut_sound_with_the_picture(clips: dict[str, Path], tmp_path: Path, suffix: str):
    times = _copy(clips["h264"], tmp_path / f"out.{suffix}", start=0.25, end=0.6)
    written = list(StreamReader(tmp_path / f"out.{suffix}"))
    np.testing.assert_allclose([f.time for f in written], np.subtract(times, times[0]), atol=0.0006)
    (before,), (after,) = sound_of(clips["h264"]), sound_of(tmp_path / f"out.{suffix}")
    if suffix == "mp4":
        kept = [(time - times[0], data) for time, data in before if times[0] <= time < 0.6]
        assert [data for _, data in after] == [data for _, data in kept]
        np.testing.assert_allclose([time for time, _ in after], [time for time, _ in kept], atol=1e-4)
    assert -0.01 <= after[0][0] <= 0.03
    assert 0.3 < after[-1][0] <= 0.36


def test_sound_longer_than_the_picture_is_not_cut(tmp_path: Path):
    source = write_clip(tmp_path / "in.mp4", sound=["aac"], sound_seconds=2)
    _copy(source, tmp_path / "out.mp4")
    assert len(sound_of(tmp_path / "out.mp4")[0]) == len(sound_of(source)[0])


def test_sound_ends_with_a_picture_that_broke_off(tmp_path: Path):
    source = write_clip(tmp_path / "in.mp4", sound=["aac"], sound_seconds=2)
    writer = open_writer(tmp_path / "out.mp4", probe(source), audio_from=source)
    for index in range(12):
        writer.write(picture(index), index * 1001, TICK)
    writer.close(partial=True)
    assert sound_of(tmp_path / "out.mp4")[0][-1][0] <= 12 * 1001 / 30000


def test_sound_is_interleaved_with_the_picture(tmp_path: Path):
    source = write_clip(tmp_path / "in.mp4", pts=range(0, 90090, 1001), sound=["aac"], sound_seconds=3)
    _copy(source, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        packets = sorted((p.pos, float(p.dts * p.time_base), p.stream.type) for p in container.demux() if p.size)
    latest = {"video": 0.0, "audio": 0.0}
    for _, time, kind in packets:
        latest[kind] = time
        assert abs(latest["video"] - latest["audio"]) < 1


def test_sound_from_a_missing_file_is_an_error_that_leaves_nothing(clips: dict[str, Path], tmp_path: Path):
    with pytest.raises(VideoError, match="no such file"):
        open_writer(tmp_path / "out.mp4", probe(clips["h264"]), audio_from=tmp_path / "nothing.mp4")
    assert list(tmp_path.iterdir()) == []
