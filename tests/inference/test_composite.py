from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matting_clips import red_square, write_clip
from PIL import Image

from modnetv_kit.errors import InputError, MattingError
from modnetv_kit.inference.composite import BlurBackground, as_rgba, composite, cover, open_background
from modnetv_kit.video import Frame


def at(index: int, image: np.ndarray | None = None, rate: int = 25) -> Frame:
    return Frame(np.zeros((64, 96, 3), np.uint8) if image is None else image, index, index, Fraction(1, rate))


def matte(alpha: np.ndarray | float = 0.0) -> SimpleNamespace:
    return SimpleNamespace(alpha=np.broadcast_to(np.float32(alpha), (64, 96)).copy())


def test_composite_is_alpha_f_plus_one_minus_alpha_b() -> None:
    foreground, background = np.full((1, 3, 3), 200, np.uint8), np.full((1, 3, 3), 100, np.uint8)
    result = composite(foreground, np.array([[0, 0.25, 1]], np.float32), background)
    assert result[0, :, 0].tolist() == [100, 125, 200]


def test_composite_takes_both_pictures_exactly_outside_the_band_and_leaves_them_as_they_are() -> None:
    rng = np.random.default_rng(0)
    foreground, background = rng.integers(0, 256, (2, 64, 96, 3), np.uint8)
    alpha = rng.random((64, 96), np.float32)
    alpha[:, :20], alpha[:, -20:] = 0, 1
    copies = foreground.copy(), background.copy()
    result = composite(foreground, alpha, background)
    exact = background + alpha[..., None] * (foreground.astype(np.float32) - background)
    assert np.array_equal(result[:, :20], background[:, :20])
    assert np.array_equal(result[:, -20:], foreground[:, -20:])
    assert np.abs(result - exact).max() <= 0.51
    assert np.array_equal(foreground, copies[0])
    assert np.array_equal(background, copies[1])
    assert composite(foreground, alpha, np.broadcast_to(np.uint8(7), (64, 96, 3)))[0, 0].tolist() == [7, 7, 7]


def test_rgba_holds_straight_colour_and_the_matte() -> None:
    rgba = as_rgba(np.full((1, 2, 3), 200, np.uint8), np.array([[0.5, 1]], np.float32))
    assert rgba[0].tolist() == [[200, 200, 200, 128], [200, 200, 200, 255]]


@pytest.mark.parametrize(("name", "rgb"), [("green", [0, 128, 0]), ("#20c040", [32, 192, 64]), ("white", [255] * 3)])
def test_colours_by_name_and_by_number(name: str, rgb: list[int]) -> None:
    background = open_background(name)
    assert background is not None
    assert (background.draw(at(0), matte()) == rgb).all()


def test_none_asks_for_transparency() -> None:
    assert open_background("none") is None


@pytest.mark.parametrize("name", ["grene", "missing.jpg", "#12"])
def test_a_background_that_is_nothing_known_is_one_line(name: str) -> None:
    with pytest.raises(InputError, match="give a picture") as error:
        open_background(name)
    assert "\n" not in str(error.value)


def test_a_damaged_picture_or_video_is_one_line(tmp_path: Path) -> None:
    for name in ("bad.png", "bad.mp4"):
        path = tmp_path / name
        path.write_text("no picture at all")
        with pytest.raises(MattingError) as error:
            open_background(str(path))
        assert name in str(error.value)
        assert "\n" not in str(error.value)


def test_a_picture_fills_the_frame_and_keeps_its_proportions(tmp_path: Path) -> None:
    picture = np.zeros((100, 300, 3), np.uint8)
    picture[:, 100:200] = 255  # the middle third: 64 pixels wide at a height of 64, the whole width but 16 a side
    Image.fromarray(picture).save(tmp_path / "wide.png")
    background = open_background(str(tmp_path / "wide.png"))
    assert background is not None
    drawn = background.draw(at(0), matte())
    assert drawn.shape == (64, 96, 3)
    assert (drawn[:, 20:76] == 255).all()
    assert (drawn[:, :12] == 0).all()


def test_cover_crops_around_the_centre() -> None:
    tall = np.repeat(np.arange(200, dtype=np.uint8)[:, None, None], 3, 2).repeat(100, 1)
    cropped = cover(tall, (50, 100, 3))
    assert cropped.shape == (50, 100, 3)
    assert abs(int(cropped.mean()) - 99) <= 1


def test_a_video_plays_in_its_own_time_and_starts_again(tmp_path: Path) -> None:
    background = open_background(str(write_clip(tmp_path / "loop.mp4", frames=5)))
    assert background is not None

    def shown(index: int, rate: int) -> np.ndarray:
        return background.draw(at(index, rate=rate), matte()).astype(int)

    # a source of 50 frames a second sees every background frame twice, and frame 0 again after the fifth
    for index, expected in ((0, 0), (1, 0), (2, 1), (5, 2), (9, 4), (10, 0), (13, 1)):
        assert np.abs(shown(index, 50) - red_square(expected)).mean() < 8, index


def test_blur_does_not_smear_the_person_into_the_background() -> None:
    frame = np.zeros((64, 96, 3), np.uint8)
    frame[..., 2] = 180
    frame[:, 30:60] = (255, 0, 0)
    alpha = np.zeros((64, 96), np.float32)
    alpha[:, 30:60] = 1
    drawn = BlurBackground().draw(at(0, frame), SimpleNamespace(alpha=alpha))
    outside = np.r_[0:28, 62:96]
    assert drawn[:, outside, 0].max() <= 4
    assert drawn[:, outside, 2].min() >= 176
