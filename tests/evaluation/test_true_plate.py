"""The true background of every frame if only some are on disk."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from eval_clips import OURS, opened, person, texture, write_clip
from model_helpers import complaint
from PIL import Image

from modnetv_kit.errors import DataError
from modnetv_kit.evaluation.true_plate import TruePlates

HEIGHT, WIDTH = 240, 320


def scene() -> np.ndarray:
    """A large wall of soft detail, uint8."""
    wall = texture(600, 800, seed=3)
    return cv2.GaussianBlur(wall, (0, 0), 1.5)


def view(index: float) -> np.ndarray:
    """Its view by a panning, rotating and zooming camera at frame `index`."""
    turn = np.deg2rad(0.4 * index)
    zoom = 1 + 0.01 * index
    across = np.array([np.cos(turn), -np.sin(turn)]) * zoom
    down = np.array([np.sin(turn), np.cos(turn)]) * zoom
    matrix = np.array([[across[0], across[1], 200 + 6 * index], [down[0], down[1], 150 + 2 * index]])
    return cv2.warpAffine(scene(), matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def write_panning(folder: Path, frames: int, plates: list[int]) -> Path:
    for kind in ("frames", "alpha", "background"):
        (folder / kind).mkdir(parents=True)
    for index in range(frames):
        alpha, background = person(index, HEIGHT, WIDTH), view(index)
        frame = alpha[..., None] * np.array([200, 30, 30]) + (1 - alpha[..., None]) * background
        Image.fromarray(np.rint(frame).astype(np.uint8)).save(folder / f"frames/{index:04d}.png")
        Image.fromarray(np.rint(alpha * 255).astype(np.uint8)).save(folder / f"alpha/{index:04d}.png")
        if index in plates:
            Image.fromarray(background).save(folder / f"background/{index:04d}.png")
    return folder


def test_a_moving_background_is_followed_behind_the_person_too(tmp_path: Path) -> None:
    clip = opened(write_panning(tmp_path / "01_moving", 10, [0, 8]).parent)
    plates = TruePlates(clip)
    for index, frame in enumerate(clip.read_frames()):
        image, known = plates.at(index, frame)
        error = np.abs(image.astype(float) - view(index))
        assert error[known].mean() < (0.01 if index in (0, 8) else 4)
        behind = known & (clip.read_alpha(index) > 0)
        assert error[behind].mean() < 5
        assert known.mean() > 0.8
        if index not in (0, 8):
            nearest = view(0 if index <= 4 else 8)
            assert error[known].mean() < 0.4 * np.abs(nearest.astype(float) - view(index)).mean()
    assert np.array_equal(plates.at(0, view(0))[0], view(0))


def test_a_background_at_rest_is_taken_as_it_is(tmp_path: Path) -> None:
    clip = opened(write_clip(tmp_path / "00_static", 6).parent)
    plates = TruePlates(clip)
    for index, frame in enumerate(clip.read_frames()):
        noisy = np.clip(frame + np.random.default_rng(index).normal(0, 2, frame.shape), 0, 255).astype(np.uint8)
        image, known = plates.at(index, noisy)
        assert known.all()
        np.testing.assert_array_equal(image, clip.read_plate(0))


def test_what_cannot_be_followed_is_one_line_that_names_the_frame(tmp_path: Path) -> None:
    clip = opened(write_panning(tmp_path / "01_moving", 2, [0]).parent)
    plates = TruePlates(clip)
    for lost in (np.full((HEIGHT, WIDTH, 3), 90, np.uint8), texture(HEIGHT, WIDTH, seed=9)):
        line = complaint(lambda frame=lost: plates.at(1, frame), DataError)
        assert "frames/0001.png" in line


def test_a_clip_needs_at_least_one_plate(tmp_path: Path) -> None:
    clip = opened(write_clip(tmp_path / "clip", names={k: OURS[k] for k in ("frames", "alpha")}).parent)
    with pytest.raises(DataError, match="no background/"):
        TruePlates(clip)
