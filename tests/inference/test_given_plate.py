"""A photo of the empty scene is aligned, known to B from the first frame on, and refused for another place."""

import cv2
import numpy as np
import pytest
import torch
from two_people import RedAsSaid, two_squares

from modnetv_kit import load_model
from modnetv_kit.errors import InputError
from modnetv_kit.inference import MattingSession
from modnetv_kit.inference.given_plate import align_plate, known_background
from modnetv_kit.models.blocks import as_float


def place(seed: int) -> np.ndarray:
    """A wall with things on it, uint8 (240, 400, 3)."""
    rng = np.random.default_rng(seed)
    picture = np.full((240, 400, 3), 90, np.uint8)
    for _ in range(150):
        (x, y), (w, h) = rng.integers(0, (400, 240)), rng.integers(5, 40, 2)
        colour = rng.integers(0, 256, 3).tolist()
        cv2.rectangle(picture, (int(x), int(y)), (int(x + w), int(y + h)), colour, -1)
    return cv2.GaussianBlur(picture, (0, 0), 1)


def with_person(picture: np.ndarray) -> np.ndarray:
    frame = picture.copy()
    frame[40:, 60:130] = (255, 0, 0)
    return frame


def test_a_plate_from_where_the_camera_stands_is_taken_as_it_is() -> None:
    empty = place(0)
    known = align_plate(empty, with_person(empty))
    np.testing.assert_array_equal(known.image, empty)
    assert known.mask.all()


@pytest.mark.parametrize("turned", [0, 4])
def test_a_plate_from_elsewhere_is_moved_onto_the_frame(turned: float) -> None:
    scene = place(1)
    movement = cv2.getRotationMatrix2D((200, 120), turned, 1.1) + np.array([[0, 0, 14], [0, 0, -9]])
    moved = cv2.warpAffine(scene, movement, (400, 240), flags=cv2.INTER_LINEAR)
    known = align_plate(scene, with_person(moved))
    assert 0.6 < known.mask.mean() <= 1
    assert np.abs(known.image.astype(int) - moved)[known.mask].mean() < 4
    assert np.abs(scene.astype(int) - moved)[known.mask].mean() > 20


def test_a_plate_of_another_size_is_fitted() -> None:
    scene = place(2)
    known = align_plate(cv2.resize(scene, (800, 480), interpolation=cv2.INTER_CUBIC), with_person(scene))
    assert known.image.shape == scene.shape
    assert np.abs(known.image.astype(int) - scene).mean() < 6


def test_a_plain_wall_needs_no_features() -> None:
    wall = np.full((120, 200, 3), 140, np.uint8)
    known = align_plate(wall + np.uint8(2), np.where(np.arange(200)[None, :, None] < 60, np.uint8(20), wall))
    assert known.mask.all()


@pytest.mark.parametrize("other", [place(3), np.full((240, 400, 3), 200, np.uint8), place(3)[:100]])
def test_a_plate_of_another_place_is_refused_in_one_line(other: np.ndarray) -> None:
    with pytest.raises(InputError, match="cannot be aligned") as error:
        align_plate(other, with_person(place(4)))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("plate", [np.zeros((64, 96), np.uint8), np.zeros((64, 96, 3), np.float32)])
def test_a_plate_that_is_no_picture_is_refused_in_one_line(plate: np.ndarray) -> None:
    with pytest.raises(InputError, match="a plate is RGB"):
        MattingSession(RedAsSaid(), "cpu", plate=plate)


def test_b_knows_the_features_of_a_plate_where_it_reaches() -> None:
    model = load_model(device="cpu")
    empty = place(5)
    known = align_plate(empty, with_person(empty))
    known.mask[:, :50] = False
    state = known_background(model, known)
    assert (state.bgM[0, 0, :, :12] == 0).all()
    assert (state.bgM[0, 0, :, 13:] == 1).all()
    with torch.inference_mode():
        e_4x = model.encoder.stem(as_float(torch.from_numpy(empty).permute(2, 0, 1)[None]))[1]
    torch.testing.assert_close(state.bgF, e_4x * state.bgM)


def test_a_session_knows_the_background_of_its_plate_from_the_first_frame_on_and_after_every_reset() -> None:
    frame, wall = two_squares(0), two_squares(0, left=False, right=False)
    session = MattingSession(RedAsSaid().eval(), "cpu", plate=wall)
    for _ in range(2):
        result, _, state = session.observe(frame)
        assert result.reset == "start"
        assert state.bgM.all()
        assert result.background_mask.all()
        np.testing.assert_array_equal(result.background, wall)
        session.reset()


def test_a_plate_is_left_out_after_a_cut_to_another_place_and_refused_at_the_start() -> None:
    session = MattingSession(RedAsSaid().eval(), "cpu", plate=two_squares(0, left=False, right=False))
    other = np.zeros_like(two_squares(0))
    other[:32, :, 1], other[32:, :, 2] = 255, 255
    other[16:48, 8:40] = (255, 0, 0)
    session.step(two_squares(0))
    result, _, state = session.observe(other)
    assert result.reset == "scene cut"
    assert not state.bgM[0, 0, 4:12, 2:10].any()
    session.reset()
    with pytest.raises(InputError, match="cannot be aligned"):
        session.step(other)
