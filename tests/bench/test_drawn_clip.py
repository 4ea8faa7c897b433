"""The drawn clip: always the same person, found by the bundled weights, in files of the requested length."""

from pathlib import Path

import numpy as np

from modnetv_kit import MattingSession, load_model
from modnetv_kit.bench.drawn_clip import RATE, DrawnClip
from modnetv_kit.video import open_video


def test_it_is_the_same_each_time_and_moves() -> None:
    a, b = DrawnClip(160, 90), DrawnClip(160, 90)
    assert np.array_equal(a.frame(7), b.frame(7))
    assert not np.array_equal(a.frame(0), a.frame(10))


def test_the_network_finds_a_person_in_it() -> None:
    alpha = MattingSession(load_model(), "cpu").step(DrawnClip(512, 288).frame(0)).alpha
    assert alpha[110, 256] > 0.9  # the face
    assert alpha[270, 256] > 0.9  # the shirt
    assert alpha[60:, :60].mean() < 0.2  # the wall


def test_a_written_clip_has_its_frames_size_and_rate(tmp_path: Path) -> None:
    DrawnClip(64, 48).write(tmp_path / "clip.mp4", 0.5)
    reader = open_video(tmp_path / "clip.mp4")
    assert (reader.info.width, reader.info.height, float(reader.info.rate)) == (64, 48, RATE)
    assert len(reader) == RATE // 2
