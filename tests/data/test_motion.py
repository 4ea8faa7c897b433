"""Trajectories, and pictures drawn along them."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from modnetv_kit.data.motion import Trajectory, place, random_trajectory, smooth_curve


def still(x: float, y: float, scale: float = 1.0, angle: float = 0.0, flip: bool = False) -> Trajectory:
    """A trajectory of one frame."""
    return Trajectory(np.array([x]), np.array([y]), np.array([scale]), np.array([angle]), flip)


def draw(picture: Tensor, trajectory: Trajectory, size: tuple[int, int], padding: str = "zeros") -> Tensor:
    """The first frame along `trajectory`."""
    return place(picture, trajectory, size, padding)[0]


@pytest.fixture
def picture() -> Tensor:
    return torch.rand(3, 20, 28)


def test_a_picture_at_rest_in_the_middle_is_reproduced(picture: Tensor) -> None:
    torch.testing.assert_close(draw(picture, still(14, 10), (20, 28)), picture, rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", [(20, 28), (40, 30), (11, 13)])
def test_whole_steps_move_it_by_exactly_that(picture: Tensor, size: tuple[int, int]) -> None:
    height, width = size
    # the picture's left upper corner at (3, -2)
    drawn = draw(picture, still(14 + 3, 10 - 2), size)
    expected = torch.zeros(3, 60, 60)
    expected[:, 10 - 2 : 30 - 2, 10 + 3 : 38 + 3] = picture
    torch.testing.assert_close(drawn, expected[:, 10 : 10 + height, 10 : 10 + width], rtol=0, atol=1e-5)


def test_half_a_pixel_averages_neighbours(picture: Tensor) -> None:
    drawn = draw(picture, still(14.5, 10), (20, 28))
    torch.testing.assert_close(drawn[..., 1:], (picture[..., 1:] + picture[..., :-1]) / 2, rtol=0, atol=1e-5)


def test_flip_mirrors_around_the_centre(picture: Tensor) -> None:
    drawn = draw(picture, still(14, 10, flip=True), (20, 28))
    torch.testing.assert_close(drawn, picture.flip(-1), rtol=0, atol=1e-5)


def test_a_mirrored_picture_moves_the_same_way(picture: Tensor) -> None:
    drawn = draw(picture, still(14 + 4, 10 + 3, flip=True), (20, 28))
    torch.testing.assert_close(drawn[:, 3:, 4:], picture.flip(-1)[:, :-3, :-4], rtol=0, atol=1e-5)


def test_positive_angles_turn_counter_clockwise(picture: Tensor) -> None:
    drawn = draw(picture, still(10, 14, angle=np.pi / 2), (28, 20))
    torch.testing.assert_close(drawn, torch.rot90(picture, 1, (-2, -1)), rtol=0, atol=1e-4)


def test_a_mirrored_picture_turns_the_same_way(picture: Tensor) -> None:
    drawn = draw(picture, still(10, 14, angle=np.pi / 2, flip=True), (28, 20))
    torch.testing.assert_close(drawn, torch.rot90(picture.flip(-1), 1, (-2, -1)), rtol=0, atol=1e-4)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_a_small_drawing_averages_instead_of_skipping_pixels(factor: int) -> None:
    picture = torch.rand(3, 24, 36)
    height, width = 24 // factor, 36 // factor
    drawn = draw(picture, still(width / 2, height / 2, scale=1 / factor), (height, width))
    torch.testing.assert_close(drawn, F.avg_pool2d(picture, factor), rtol=0, atol=1e-5)


def test_twice_the_size_keeps_the_centre_and_doubles_distances() -> None:
    dots = torch.zeros(1, 21, 21)
    dots[0, 10, 10] = dots[0, 10, 14] = 1
    drawn = draw(dots, still(20, 20, scale=2), (40, 40))[0]
    columns = drawn.sum(0) / drawn.sum()
    middle = (columns * (torch.arange(40) + 0.5)).sum()
    torch.testing.assert_close(middle, torch.tensor(20 + 4.0))  # halfway between dots 8 pixels apart


def test_a_turned_mirrored_picture_keeps_its_centre_where_it_is_told() -> None:
    dot = torch.zeros(1, 21, 21)
    dot[0, 10, 10] = 1
    drawn = draw(dot, still(12.5, 6.5, angle=1.0, flip=True), (20, 30))[0]
    assert divmod(int(drawn.argmax()), 30) == (6, 12)


def test_beyond_the_border_lie_zeros_or_the_reflection(picture: Tensor) -> None:
    shifted = still(14 + 5, 10)
    assert draw(picture, shifted, (20, 28))[..., :5].abs().max() < 1e-5
    mirrored = draw(picture, shifted, (20, 28), "reflection")[..., :5]
    torch.testing.assert_close(mirrored, picture[..., :5].flip(-1), rtol=0, atol=1e-4)


def test_frames_of_a_path_are_those_of_its_positions(picture: Tensor) -> None:
    trajectory = random_trajectory(np.random.default_rng(0), 5, (14, 10), 0.9, 2.0, flip=True, tilt=0.2)
    frames = place(picture, trajectory, (24, 24), "zeros")
    assert frames.shape == (5, 3, 24, 24)
    for t in range(5):
        alone = still(trajectory.x[t], trajectory.y[t], trajectory.scale[t], trajectory.angle[t], flip=True)
        torch.testing.assert_close(frames[t], draw(picture, alone, (24, 24)), rtol=0, atol=1e-5)


def test_a_path_without_speed_stands_still() -> None:
    trajectory = random_trajectory(np.random.default_rng(0), 6, (3, 4), 0.5, 0.0, flip=True, tilt=0.1)
    for values, expected in ((trajectory.x, 3), (trajectory.y, 4), (trajectory.scale, 0.5), (trajectory.angle, 0.1)):
        assert values.tolist() == [expected] * 6
    assert trajectory.flip


def test_a_path_starts_where_it_is_told_and_moves_in_every_way() -> None:
    trajectory = random_trajectory(np.random.default_rng(0), 6, (3, 4), 0.5, 2.0, tilt=0.1)
    for values, expected in ((trajectory.x, 3), (trajectory.y, 4), (trajectory.scale, 0.5), (trajectory.angle, 0.1)):
        assert values[0] == pytest.approx(expected)
        assert (np.diff(values) != 0).all()
    assert (trajectory.scale > 0).all()


def test_curves_are_as_fast_as_asked_and_smooth() -> None:
    curves = np.stack([smooth_curve(np.random.default_rng(i), 30, 2.0) for i in range(300)])
    steps = np.diff(curves)
    assert (curves[:, 0] == 0).all()
    assert 1.5 < np.abs(steps).mean() < 4  # "about 2 per frame"
    assert np.abs(np.diff(steps)).mean() < 0.5 * np.abs(steps).mean()
    slow = smooth_curve(np.random.default_rng(7), 30, 1.0)
    np.testing.assert_allclose(curves[7], 2 * slow)
