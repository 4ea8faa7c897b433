from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matting_clips import red_square, write_clip
from PIL import Image

from modnetv_kit.errors import InputError, MattingError
from modnetv_kit.inference.composite import BlurBackground, ImageBackground, as_rgba, composite, cover, open_background
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
def test_an_unknown_background_is_one_line(name: str) -> None:
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


def test_a_background_video_keeps_its_speed_and_loops(tmp_path: Path) -> None:
    background = open_background(str(write_clip(tmp_path / "loop.mp4", frames=5)))
    assert background is not None

    def shown(index: int, rate: int) -> np.ndarray:
        return background.draw(at(index, rate=rate), matte()).astype(int)

    # a source of 50 frames a second sees every background frame twice, and frame 0 again after the fifth
    for index, expected in ((0, 0), (1, 0), (2, 1), (5, 2), (9, 4), (10, 0), (13, 1)):
        assert np.abs(shown(index, 50) - red_square(expected)).mean() < 8, index


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_an_animated_picture_plays_with_its_own_times_and_its_last_frame_counts(tmp_path: Path, suffix: str) -> None:
    levels, lengths = [0, 80, 160], [100, 200, 700]
    first, *others = (Image.fromarray(np.full((64, 96, 3), level, np.uint8)) for level in levels)
    first.save(tmp_path / f"a.{suffix}", save_all=True, append_images=others, duration=lengths)
    background = open_background(str(tmp_path / f"a.{suffix}"))
    assert background is not None
    drawn = [int(background.draw(at(index, rate=10), matte()).mean()) for index in range(12)]
    assert drawn == pytest.approx([0, 80, 80] + [160] * 7 + [0, 80], abs=3)


def test_keywords_and_colours_take_precedence_over_files_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("green", "blur", "#20c040"):
        Path(name).mkdir()
        Image.fromarray(np.full((64, 96, 3), 77, np.uint8)).save(Path(name) / "0.png")
    Path("none").write_text("a file")
    Path("red").write_text("a file")
    assert open_background("none") is None
    assert isinstance(open_background("blur"), BlurBackground)
    for name, rgb in (("green", [0, 128, 0]), ("red", [255, 0, 0]), ("#20c040", [32, 192, 64])):
        background = open_background(name)
        assert background is not None
        assert (background.draw(at(0), matte()) == rgb).all()
    background = open_background("./green")
    assert background is not None
    assert (background.draw(at(0), matte()) == 77).all()


@pytest.mark.parametrize("name", ["rgb(300,0,0)", "rgb(0,999,0)", "rgb(0%,0%,300%)"])
def test_a_colour_out_of_range_is_one_line(name: str) -> None:
    with pytest.raises(InputError, match="0 to 255"):
        open_background(name)


@pytest.mark.parametrize("suffix", ["mkv", "mov", "ts", "frames"])
def test_a_video_that_breaks_off_is_looped_at_its_break(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"broken.{suffix}"
    if suffix == "frames":
        path.mkdir()
        for index in range(4):
            Image.fromarray(red_square(index)).save(path / f"{index}.png")
        (path / "3.png").write_bytes((path / "3.png").read_bytes()[:60])
    else:
        # a MOV with its index first is cut like the others
        whole = write_clip(tmp_path / f"whole.{suffix}", frames=40, fast_start=suffix == "mov")
        path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    background = open_background(str(path))
    assert background is not None
    shown = [background.draw(at(index), matte()) for index in range(100)]
    assert len({picture.tobytes() for picture in shown}) > 2
    assert np.abs(shown[0].astype(int) - red_square(0)).mean() < 8


def test_a_picture_of_any_kind_is_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Image.fromarray(np.full((64, 96, 3), 77, np.uint8))
    for suffix in ("bmp", "tiff", "gif", "jp2", "avif"):
        picture.save(tmp_path / f"a.{suffix}")
        assert isinstance(open_background(str(tmp_path / f"a.{suffix}")), ImageBackground), suffix


@pytest.mark.parametrize("stretch", [Fraction(64, 45), Fraction(1, 2)])
def test_circles_stay_circles_behind_an_anamorphic_clip(tmp_path: Path, stretch: Fraction) -> None:
    y, x = np.mgrid[:200, :300]
    disc = np.hypot(x - 150, y - 100) < 60
    Image.fromarray(np.repeat(disc[..., None] * np.uint8(255), 3, 2)).save(tmp_path / "disc.png")
    background = open_background(str(tmp_path / "disc.png"))
    assert background is not None
    frame = Frame(np.zeros((288, 360, 3), np.uint8), 0, 0, Fraction(1, 25), pixel_aspect=stretch)
    drawn = background.draw(frame, matte())[..., 0] > 127
    width, height = drawn.any(0).sum() * float(stretch), drawn.any(1).sum()
    assert width / height == pytest.approx(1, abs=0.03)


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
