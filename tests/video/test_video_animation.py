"""Lossless video and animated pictures: frames, transparency and times after a round trip."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from video_clips import picture, write_clip

from modnetv_kit.video import VideoInfo, open_video, open_writer, probe, read_alpha

INFO = VideoInfo(95, 63, Fraction(25), Fraction(1, 25))


def _write(path: Path, alpha: bool, count: int = 6, **settings: object) -> list[np.ndarray]:
    images = [picture(7 * index, (INFO.width, INFO.height)) for index in range(count)]
    if alpha:
        y, x = np.mgrid[:63, :95]
        disc = np.where(np.hypot(y - 30, x - 50) < 20, 255, 0).astype(np.uint8)
        images = [np.dstack([image, disc]) for image in images]
    with open_writer(path, INFO, alpha=alpha, **settings) as writer:  # type: ignore[arg-type]
        for index, image in enumerate(images):
            writer.write(image, index, Fraction(1, 25))
    return images


def _animation(path: Path) -> tuple[list[np.ndarray], list[int]]:
    frames, lengths = [], []
    with Image.open(path) as image:
        for index in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(index)
            frames.append(np.array(image.convert("RGBA")))
            lengths.append(image.info["duration"])
        assert image.info["loop"] == 0
    return frames, lengths


@pytest.mark.parametrize("alpha", [False, True])
def test_matroska_keeps_every_bit(tmp_path: Path, alpha: bool) -> None:
    written = _write(tmp_path / "out.mkv", alpha)
    read = list(open_video(tmp_path / "out.mkv"))
    assert [frame.time for frame in read] == pytest.approx([index / 25 for index in range(6)])
    for image, frame in zip(written, read, strict=True):
        assert np.array_equal(frame.image, image[..., :3])
    if alpha:
        for image, matte in zip(written, read_alpha(tmp_path / "out.mkv"), strict=True):
            assert np.array_equal(matte, image[..., 3])


@pytest.mark.parametrize(("suffix", "bound"), [("gif", 6), ("webp", 12)])
@pytest.mark.parametrize("alpha", [False, True])
def test_animations_keep_the_time_and_transparency_of_every_frame(
    tmp_path: Path, suffix: str, bound: float, alpha: bool
) -> None:
    written = _write(tmp_path / f"out.{suffix}", alpha)
    read, lengths = _animation(tmp_path / f"out.{suffix}")
    assert lengths == [40] * 6
    for image, frame in zip(written, read, strict=True):
        seen = image[..., 3] > 0 if alpha else np.ones((63, 95), bool)
        assert np.array_equal(frame[..., 3] > 127, seen)
        assert np.abs(frame[seen][:, :3].astype(int) - image[seen][:, :3]).mean() < bound


def test_an_animated_webp_is_read_like_any_video(tmp_path: Path) -> None:
    written = _write(tmp_path / "out.webp", False)
    reader = open_video(tmp_path / "out.webp")
    assert (reader.info.width, reader.info.height, reader.info.rate, reader.info.frames) == (95, 63, 25, 6)
    frames = list(reader)
    assert [frame.time for frame in frames] == [index / 25 for index in range(6)]
    for image, frame in zip(written, frames, strict=True):
        assert np.abs(frame.image.astype(int) - image).mean() < 12
    assert np.array_equal(reader[-2].image, frames[4].image)


def test_webp_frames_of_10_ms_or_less_last_as_long_as_in_browsers(tmp_path: Path) -> None:
    first, *others = (Image.fromarray(picture(7 * index)) for index in range(3))
    first.save(tmp_path / "a.webp", save_all=True, append_images=others, duration=[0, 10, 11])
    assert [frame.duration for frame in open_video(tmp_path / "a.webp")] == [100, 100, 11]


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_animations_of_videos_with_sound_are_silent(tmp_path: Path, suffix: str) -> None:
    source = write_clip(tmp_path / "source.mp4", sound=["aac"])
    assert probe(source).has_audio
    _write(tmp_path / f"out.{suffix}", False, audio_from=source)
    assert len(_animation(tmp_path / f"out.{suffix}")[0]) == 6


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_a_lower_crf_costs_more_bytes(tmp_path: Path, suffix: str) -> None:
    for crf in (10, 40):
        _write(tmp_path / f"{crf}.{suffix}", False, crf=crf)
    assert (tmp_path / f"10.{suffix}").stat().st_size > 1.2 * (tmp_path / f"40.{suffix}").stat().st_size
