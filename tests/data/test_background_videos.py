"""Background videos: every layout is found, and the background of a clip moves as the video does."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_footage import write_pictures, write_video

from modnetv_kit.data import ClipDataset, ClipSpec, clips
from modnetv_kit.data.background_videos import BackgroundVideos
from modnetv_kit.errors import DataError

SIZE = (48, 64)


def brightening(frames: int = 8) -> list[np.ndarray]:
    """Grey frames, each brighter than the one before."""
    return [np.full((48, 64, 3), 40 + 20 * i, np.uint8) for i in range(frames)]


def test_videos_and_folders_of_frames_are_found_without_the_test_set(tmp_path: Path) -> None:
    write_video(tmp_path / "street.mp4", brightening())
    write_pictures(tmp_path / "DVM/train/0000", brightening(), ".jpg")
    write_pictures(tmp_path / "DVM/test/0001", brightening(), ".jpg")
    write_pictures(tmp_path / "room", brightening())
    write_video(tmp_path / "more/valley/a.MOV", brightening())
    found = BackgroundVideos(tmp_path, 96)
    assert sorted(found.names) == ["DVM/train/0000", "more/valley/a.MOV", "room", "street.mp4"]
    assert all(video.length == 8 for video in found.videos)


def test_a_background_video_keeps_its_own_motion(
    tmp_path: Path, picture_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("cutouts", "backgrounds"):
        (tmp_path / name).symlink_to(picture_folder / name)
    write_pictures(tmp_path / "background_videos/room", brightening())
    monkeypatch.setattr(clips, "lighting_drift", lambda rng, length: torch.ones(length, 1, 1, 1))
    spec = ClipSpec(8, 4, (SIZE,), static_prob=1.0, distractor_prob=0, max_side=96, background_video_prob=0.5)
    data = ClipDataset(tmp_path, spec)
    moving = still = 0
    for index in range(6):
        batch = data[index]
        of_video = [name == "room" for name in batch.names if not name.startswith("person")]
        for plate, is_video in zip(batch.background, of_video, strict=True):
            steps = plate.mean((1, 2, 3)).diff().abs()
            assert bool((steps > 0.01).all()) is is_video
            moving, still = moving + is_video, still + (not is_video)
    assert min(moving, still) > 12  # of 48


def test_a_broken_video_is_passed_over_and_named_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_pictures(tmp_path / "room", brightening())
    (tmp_path / "torn.mp4").write_bytes(b"no video")
    videos = BackgroundVideos(tmp_path, 32)
    with caplog.at_level(logging.WARNING):
        drawn = [videos.draw(np.random.default_rng(seed), 3, 1) for seed in range(12)]
    assert {name for _, name in drawn} == {"room"}
    assert all(frames.shape == (3, 24, 32, 3) for frames, _ in drawn)
    assert sum("torn.mp4" in record.getMessage() for record in caplog.records) == 1


def test_a_folder_without_videos_is_one_line(tmp_path: Path) -> None:
    for at in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(DataError, match="holds no background videos"):
            BackgroundVideos(at, 96)
    (tmp_path / "notes").mkdir()
    with pytest.raises(DataError, match="notes holds no videos or folders of frames"):
        BackgroundVideos(tmp_path, 96)
