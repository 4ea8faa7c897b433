"""The demo on a real clip: a sanity check of weights, video and compositing together."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modnetv_kit.demo import run_demo
from modnetv_kit.samples import carphone
from modnetv_kit.video import open_video


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    summary = run_demo(folder, "cpu")
    assert summary.frames == 120
    return folder


@pytest.mark.slow
def test_the_man_is_in_the_matte_and_the_window_is_not(results: Path) -> None:
    mattes = [frame.image[..., 0] / 255 for frame in open_video(results / "alpha.mp4")]
    assert len(mattes) == 120
    # boxes on the source, 176 x 144: in all frames the face covers the one, the car's window the other
    face = np.mean([matte[45:65, 68:80] for matte in mattes])
    window = np.mean([matte[15:42, 152:172] for matte in mattes])
    assert face > 0.95
    assert window < 0.05


@pytest.mark.slow
def test_the_composite_shows_the_man_before_the_new_background(results: Path) -> None:
    source, composite = (list(open_video(path)) for path in (carphone(), results / "composite.mp4"))
    assert [frame.time for frame in composite] == pytest.approx([frame.time for frame in source], abs=1e-3)
    difference = np.abs(composite[60].image.astype(int) - source[60].image)
    assert difference[45:65, 68:80].mean() < 12
    assert difference[15:42, 152:172].mean() > 40


@pytest.mark.slow
def test_the_contact_sheet_and_the_restored_background_show_something(results: Path) -> None:
    with Image.open(results / "contact_sheet.png") as sheet:
        assert sheet.size == (4 * 176, 5 * 144)
        columns = np.array(sheet.convert("L")).reshape(720, 4, 176)
    assert (columns.std((0, 2)) > 20).all()
    with Image.open(results / "restored_background.png") as plate:
        known = np.array(plate)[..., 3] > 0
    assert 0.2 < known.mean() < 0.9


@pytest.mark.slow
def test_the_moving_picture_shows_the_whole_clip_at_its_speed(results: Path) -> None:
    with Image.open(results / "demo.webp") as picture:
        assert (picture.n_frames, picture.size) == (60, (704, 628))  # type: ignore[attr-defined]
        picture.seek(30)
        picture.load()
        assert picture.info["duration"] == pytest.approx(67, abs=1)
        quarters = np.array(picture.convert("L"))[26:314], np.array(picture.convert("L"))[340:]
    assert all(half[:, side].std() > 20 for half in quarters for side in (slice(0, 352), slice(352, 704)))


def test_the_readme_shows_a_moving_picture_that_is_small_enough_to_load() -> None:
    root = Path(__file__).parents[1]
    path = root / "docs" / "images" / "demo.webp"
    assert f"]({path.relative_to(root)})" in (root / "README.md").read_text()
    assert path.stat().st_size <= 1_500_000
    with Image.open(path) as picture:
        assert picture.n_frames > 20  # type: ignore[attr-defined]
