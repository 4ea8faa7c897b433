"""Files with another one appended: its frames are read, or a one-line error reports that they are not."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from video_clips import picture, tile_error, write_clip

from modnetv_kit.errors import BrokenVideoError
from modnetv_kit.video import StreamReader, open_video, open_writer
from modnetv_kit.video.appended import second_file

MS = Fraction(1, 1000)


def _copy(source: Path, target: Path) -> list[str]:
    reader = open_video(source)
    with open_writer(target, reader.info, audio_from=source) as writer:
        for frame in reader:
            writer.write(frame.image, frame.pts, frame.time_base, frame.duration)
    return writer.notes


def _joined(part: Path, other: Path | None = None) -> Path:
    path = part.with_name(f"joined{part.suffix}")
    path.write_bytes(part.read_bytes() + (other or part).read_bytes())
    return path


def test_flash_videos_joined_with_their_headers_keep_every_frame_and_their_sound(tmp_path: Path) -> None:
    part = write_clip(
        tmp_path / "part.flv",
        rate=Fraction(25),
        pts=range(0, 960, 40),
        time_base=MS,
        sound=["aac"],
        sound_seconds=0.96,
    )
    path = _joined(part, _joined(part).rename(tmp_path / "two.flv"))
    frames = list(StreamReader(path))
    assert {b.pts - a.pts for a, b in pairwise(frames)} == {40}
    assert len(frames) == len(StreamReader(path)) == 72
    for index, frame in enumerate(frames):
        assert tile_error(frame.image, picture(index % 24)) < 6
    assert _copy(path, tmp_path / "copy.mp4") == []
    with av.open(str(tmp_path / "copy.mp4")) as container:
        assert container.duration == pytest.approx(2.88e6, abs=5e4)
        (sound,) = container.streams.audio
        assert float(sound.duration * sound.time_base) == pytest.approx(2.88, abs=0.07)


def test_a_flash_video_cut_within_a_frame_is_not_taken_for_a_joined_one(tmp_path: Path) -> None:
    part = write_clip(tmp_path / "part.flv", pts=range(0, 960, 40), time_base=MS)
    part.write_bytes(part.read_bytes()[:-30])
    assert 20 < len(list(StreamReader(part))) < 24


READ_ON = {"ts": "libx264", "mts": "libx264", "mpg": "mpeg2video", "avi": "mpeg4", "gif": "gif", "h264": "libx264"}
READ_ON |= {"m2v": "mpeg2video", "ismv": "libx264"}


@pytest.mark.parametrize("suffix", READ_ON)
def test_appended_files_that_players_read_are_read(tmp_path: Path, suffix: str) -> None:
    codec = READ_ON[suffix]
    kind = "rgb8" if suffix == "gif" else "yuv420p"
    part = write_clip(
        tmp_path / f"part.{suffix}",
        codec=codec,
        pixel_format=kind,
        pts=range(12),
        time_base=Fraction(1, 25),
        rate=Fraction(25),
    )
    times = [frame.pts * frame.time_base for frame in StreamReader(_joined(part))]
    assert len(times) == 24
    assert all(before < after for before, after in pairwise(times))


def _drawn(path: Path) -> Path:
    first, *others = (Image.fromarray(picture(index)) for index in range(12))
    first.save(path, save_all=True, append_images=others, duration=40)
    return path


KINDS: dict[str, Callable[[Path], Path]] = {
    "mp4": lambda path: write_clip(path, pts=range(0, 12012, 1001)),
    "mov": lambda path: write_clip(path, pts=range(0, 12012, 1001), muxer_options={"movflags": "+faststart"}),
    "m4v": lambda path: write_clip(
        path, pts=range(0, 12012, 1001), muxer_options={"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    ),
    "mkv": lambda path: write_clip(path, pts=range(0, 480, 40), time_base=MS),
    "webm": lambda path: write_clip(path, codec="libvpx-vp9", pts=range(0, 480, 40), time_base=MS),
    "wmv": lambda path: write_clip(path, codec="wmv2", pts=range(12), time_base=Fraction(1, 25), rate=Fraction(25)),
    "png": _drawn,
    "webp": _drawn,
    "mxf": lambda path: _plain(path, "mpeg2video"),
    "nut": lambda path: _plain(path, "mpeg4"),
    "swf": lambda path: _plain(path, "flv"),
    "wtv": lambda path: _plain(path, "mpeg2video"),
    "ogv": lambda path: _plain(path, "libvpx"),
    "ivf": lambda path: _plain(path, "libvpx-vp9"),
}


def _plain(path: Path, codec: str) -> Path:
    return write_clip(path, codec=codec, pts=range(12), time_base=Fraction(1, 25), rate=Fraction(25))


@pytest.mark.parametrize("suffix", KINDS)
def test_an_appended_file_that_is_not_read_is_reported_after_the_frames_of_the_first(
    tmp_path: Path, suffix: str
) -> None:
    part = KINDS[suffix](tmp_path / f"part.{suffix}")
    assert len(list(open_video(part))) == 12
    path = _joined(part)
    frames = []
    with pytest.raises(BrokenVideoError, match="at frame 12: a second file was appended") as caught:
        frames.extend(open_video(path))
    assert caught.value.frame == len(frames) == len(open_video(path)) == 12
    assert "\n" not in str(caught.value)
    with pytest.raises(BrokenVideoError, match="a second file was appended"):
        list(open_video(path, start=0.2))
    assert len(list(open_video(path, end=0.2))) in (5, 6)


def test_a_motion_photo_trailer_or_other_trailing_bytes_are_not_a_second_file(tmp_path: Path) -> None:
    part = KINDS["mp4"](tmp_path / "part.mp4")
    whole = part.read_bytes()
    box = (len(whole) + 8).to_bytes(4, "big") + b"mpvd" + whole
    for trailer in (box, b"SEFT" + bytes(20), bytes(1000)):
        part.write_bytes(whole + trailer)
        assert len(list(open_video(part))) == 12
        assert second_file(part) is None


# audio that changes midway


def _with_sound(path: Path, rate: int, layout: str, begin: float = 0.0) -> Path:
    """A second of 25 frames and a tone at half amplitude, from `begin` on."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        track = container.add_stream("aac", rate=rate, layout=layout)
        track.codec_context.open(strict=False)
        wave = (np.sin(np.arange(rate) * 880 * np.pi / rate) / 2).astype(np.float32)
        sound = av.AudioFrame.from_ndarray(np.stack([wave] * track.codec_context.channels), "fltp", layout)
        sound.sample_rate, sound.pts = rate, round(begin * rate)
        resampler = av.AudioResampler("fltp", layout, rate, 1024)
        pieces = [*resampler.resample(sound), *resampler.resample(None)]
        packets = [packet for piece in [*pieces, None] for packet in track.encode(piece)]
        for index in range(25):
            frame = av.VideoFrame.from_ndarray(picture(index), format="rgb24")
            frame.pts, frame.time_base = round(begin * 25) + index, Fraction(1, 25)
            packets += stream.encode(frame)
        packets += stream.encode(None)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            container.mux(packet)
    return path


def _loudness(path: Path) -> tuple[list[float], int]:
    """The mean amplitude of the audio in each tenth of a second, over all channels, and its sample rate."""
    with av.open(str(path)) as container:
        context = container.streams.audio[0].codec_context
        resampler = av.AudioResampler("fltp", "mono", 8000)
        pieces = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
        samples = np.concatenate([piece.to_ndarray()[0] for piece in pieces])
        return [float(np.abs(samples[at : at + 800]).mean()) for at in range(0, 16000, 800)], context.rate


@pytest.mark.parametrize("suffix", ["mp4", "mov", "webm"])
@pytest.mark.parametrize("kind", ["flv", "mov"])
def test_aac_that_changes_midway_is_re_encoded(tmp_path: Path, kind: str, suffix: str) -> None:
    if kind == "flv":
        first, second = _with_sound(tmp_path / "a.flv", 44100, "stereo"), _with_sound(tmp_path / "b.flv", 22050, "mono")
        source = _joined(first, second)
    else:
        source = _with_two_descriptions(tmp_path)
    assert _copy(source, tmp_path / f"copy.{suffix}") == []
    loudness, rate = _loudness(tmp_path / f"copy.{suffix}")
    assert rate in (44100, 48000)
    assert min(loudness[1:9] + loudness[12:]) > 0.2


def _with_two_descriptions(folder: Path) -> Path:
    """A MOV whose audio has two sample descriptions, as some editing software writes."""
    first = _with_sound(folder / "a.mov", 44100, "stereo")
    second = _with_sound(folder / "b.mov", 44100, "mono", begin=1.08)
    path = folder / "both.mov"
    with av.open(str(path), "w") as container:
        inputs = [av.open(str(part)) for part in (first, second)]
        targets = {stream.type: container.add_stream_from_template(stream) for stream in inputs[0].streams}
        for part in inputs:
            packets = [packet for packet in part.demux() if packet.size]
            for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
                packet.stream = targets[packet.stream.type]
                container.mux(packet)
            part.close()
    counts = sum(1 for packet in av.open(str(first)).demux(audio=0) if packet.size)
    data = path.read_bytes()
    at = data.index(b"moov") - 4
    other = (folder / "b.mov").read_bytes()
    path.write_bytes(data[:at] + _with_second(data[at:], _entry(other), counts))
    return path


def _entry(data: bytes) -> bytes:
    """The sample description of the audio."""
    at = data.index(b"mp4a") - 4
    return data[at : at + int.from_bytes(data[at : at + 4], "big")]


def _with_second(box: bytes, entry: bytes, first: int) -> bytes:
    """A box of the index in which the audio uses a second description from sample number `first` on."""
    kind, body = box[4:8], box[8:]
    if kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        if kind == b"trak" and b"mp4a" not in body:
            return box
        parts = []
        while body:
            size = int.from_bytes(body[:4], "big")
            parts.append(_with_second(body[:size], entry, first))
            body = body[size:]
        body = b"".join(parts)
    elif kind == b"stsd":
        body = body[:4] + (2).to_bytes(4, "big") + body[8:] + entry
    elif kind == b"stsc":
        runs = np.frombuffer(body[8:], ">u4").reshape(-1, 3).astype(int).tolist()
        chunks, seen = [], 0
        for (chunk, count, _), following in zip(runs, [*[run[0] for run in runs[1:]], runs[-1][0] + 1], strict=True):
            for number in range(chunk, following):
                chunks.append((number, count, 1 if seen < first else 2))
                seen += count
        body = body[:4] + len(chunks).to_bytes(4, "big") + np.array(chunks, ">u4").tobytes()
    return (len(body) + 8).to_bytes(4, "big") + kind + body
