"""Published evaluation sets, in folders made here: every layout is found, and its pictures are the right ones."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from drawn_footage import RED, walker, write_foregrounds, write_pictures, write_video
from eval_clips import Scripted, person, texture, write_clip
from model_helpers import complaint
from PIL import Image

from modnetv_kit.errors import DataError
from modnetv_kit.evaluation import ClipFiles, Prediction, evaluate, list_clips
from modnetv_kit.evaluation.video_clip import open_any_clip
from modnetv_kit.models import MODNetV


def opened(folder: Path) -> list[ClipFiles]:
    return [open_any_clip(clip) for clip in list_clips(folder)]


def save(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)


def write_crgnn(folder: Path, frames: int = 21, alpha_name: str = "frame{:05d}.png", first: int = 1) -> Path:
    """One clip of which every tenth frame has an alpha."""
    for index in range(frames):
        save(folder / f"image_allframe/production ID_1/frame{index + 1:05d}.png", texture(seed=index))
        if index % 10 == 0:
            alpha = np.rint(person(index) * 255).astype(np.uint8)
            save(folder / "alpha/production ID_1" / alpha_name.format(index + first), alpha)
    return folder


def write_original(folder: Path, frames: int = 5) -> Path:
    """VideoMatte240K's test set as it is published, and pictures to compose it over."""
    write_foregrounds(folder / "test", frames)
    write_foregrounds(folder / "train", frames)
    save(folder / "test/bgr/a.png", np.full((96, 96, 3), 200, np.uint8))
    return folder


def test_youtubemattes_frames_are_the_harmonized_ones(tmp_path: Path) -> None:
    clip = tmp_path / "youtubematte_512x288/youtubematte_motion/0005"
    write_clip(clip, names={"frames": "har", "alpha": "pha", "foreground": "fgr"})
    write_pictures(clip / "com", [texture()] * 3)  # before the harmonization
    (found,) = opened(tmp_path / "youtubematte_512x288")
    assert (found.name, found.groups) == ("youtubematte_motion/0005", ["all", "moving"])
    assert {path.parent.name for path in found.frames} == {"har"}
    np.testing.assert_allclose(found.read_alpha(2), person(2), atol=1 / 255)
    assert not found.foregrounds  # their colours are not those of the frames


def test_videomatte_is_composed_over_the_backgrounds_beside_it(tmp_path: Path) -> None:
    (clip,) = opened(write_original(tmp_path))  # of the test set alone
    assert (clip.name, clip.size, len(clip)) == ("test/0001", (64, 48), 5)
    frames = list(clip.read_frames())
    for index in (4, 0, 2, 3):  # in any order
        alpha = clip.read_alpha(index)
        assert np.abs(255 * alpha - walker(index)[1]).mean() < 4
        expected = alpha[..., None] * 255 * clip.read_foreground(index) + (1 - alpha[..., None]) * clip.read_plate(
            index
        )
        assert np.abs(frames[index] - expected).max() <= 1
        assert np.abs(255 * clip.read_foreground(index) - RED).mean() < 6
        assert (clip.read_plate(index) == 200).all()


def test_a_background_video_fills_the_frame_and_ends_the_clip(tmp_path: Path) -> None:
    write_original(tmp_path)
    (tmp_path / "test/bgr/a.png").unlink()
    places = [np.full((60, 120, 3), 40 * (i + 1), np.uint8) for i in range(3)]
    for place in places:
        place[:, :20] = place[:, -20:] = 255  # is cropped: the frame is less wide
    write_pictures(tmp_path / "test/bgr/street", places)
    (clip,) = opened(tmp_path)
    assert len(clip) == len(list(clip.read_frames())) == 3
    for index in range(3):
        assert clip.read_plate(index).shape == (48, 64, 3)
        assert (clip.read_plate(index) == 40 * (index + 1)).all()


def test_backgrounds_go_to_the_clip_of_their_name_or_else_in_turn(tmp_path: Path) -> None:
    for name in ("0001", "0002", "0003"):
        write_pictures(tmp_path / f"fgr/{name}", [np.full((48, 64, 3), RED, np.uint8)] * 2)
        write_pictures(tmp_path / f"pha/{name}", [walker(i)[1] for i in range(2)])
    for name in ("0002", "other"):
        save(tmp_path / f"bgr/{name}.png", texture())
    assert [clip.plates[0].stem for clip in opened(tmp_path)] == ["0002", "0002", "other"]


def test_crgnns_frames_without_an_alpha_are_matted_but_not_measured(tmp_path: Path) -> None:
    (clip,) = opened(write_crgnn(tmp_path))
    assert (clip.name, len(clip), sorted(clip.alphas)) == ("production ID_1", 21, [0, 10, 20])
    assert "frame00004.png has no true alpha" in complaint(lambda: clip.read_alpha(3), DataError)
    matted = []

    class Constant(Scripted):
        """Says 1 at every pixel, and counts the frames it sees."""

        def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
            for _ in clip.read_frames():
                matted.append(1)
                yield Prediction(np.ones((48, 64), np.float32))

    steps: list[int] = []
    result = evaluate(MODNetV(), tmp_path, [Constant()], progress=lambda done, total: steps.append(done))
    assert len(matted) == 21
    assert steps[-1] == 21
    series = result.over_time["production ID_1"]["scripted"]
    assert series["MAD"] == pytest.approx([1000 * float(1 - person(i).mean()) for i in (0, 10, 20)], abs=3)
    moved = [float(np.sqrt(np.mean((person(i) - person(i - 10)) ** 2))) for i in (10, 20)]
    assert series["dtSSD"][0] is None
    assert series["dtSSD"][1:] == pytest.approx([100 * each for each in moved], abs=0.3)


@pytest.mark.parametrize(("name", "first"), [("{:04d}.jpg", 1), ("alpha_{}.png", 0), ("frame{:05d}.png", 1)])
def test_crgnns_alphas_are_placed_by_name_or_by_number(name: str, first: int, tmp_path: Path) -> None:
    (clip,) = opened(write_crgnn(tmp_path, alpha_name=name, first=first))
    assert sorted(clip.alphas) == [0, 10, 20]
    for index in (0, 10, 20):
        assert np.abs(clip.read_alpha(index) - person(index)).mean() < 0.01


@pytest.mark.parametrize(
    ("images", "masks"),
    [("image", "matte"), ("blurred_image", "mask"), ("original_image", "mask"), ("original", "mask")],
)
def test_every_photo_of_a_set_is_a_clip_of_one_frame(images: str, masks: str, tmp_path: Path) -> None:
    for name, size in (("a", (64, 48)), ("b", (40, 80))):
        rgb, alpha = walker(2, size)
        save(tmp_path / f"PPM-100/{images}/{name}.jpg", rgb)
        save(tmp_path / f"PPM-100/{masks}/{name}.jpg", alpha)
    clips = opened(tmp_path)
    assert [(clip.name, clip.size, len(clip)) for clip in clips] == [
        ("PPM-100/a", (64, 48), 1),
        ("PPM-100/b", (40, 80), 1),
    ]
    assert np.abs(255 * clips[1].read_alpha(0) - walker(2, (40, 80))[1]).mean() < 3
    result = evaluate(MODNetV(), tmp_path, [Scripted()])
    assert result.means["all"]["scripted"]["MAD"] == pytest.approx(0)


def drop_matte(folder: Path) -> None:
    for kind in ("image", "matte"):
        save(folder / f"{kind}/a.png", walker(2)[kind == "matte"])
    save(folder / "image/b.png", walker(2)[0])


def drop_plate(folder: Path) -> None:
    write_original(folder)
    (folder / "test/bgr/a.png").unlink()
    (folder / "test/bgr").rmdir()


def drop_pha(folder: Path) -> None:
    write_original(folder)
    (folder / "test/pha/0001.mp4").unlink()


def shorten_pha(folder: Path) -> None:
    write_original(folder)
    write_video(folder / "test/pha/0001.mp4", [walker(i)[1] for i in range(3)])


def misname(folder: Path) -> None:
    write_crgnn(folder, alpha_name="{}.png")
    (folder / "alpha/production ID_1/11.png").rename(folder / "alpha/production ID_1/middle.png")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (drop_matte, "matte/ holds no picture called b"),
        (drop_plate, "no bgr/ to compose it over"),
        (drop_pha, "pha/0001 is missing"),
        (shorten_pha, "pha/0001.mp4 and fgr/0001.mp4 differ in size or number"),
        (misname, "alpha/production ID_1/ belong to no frames in image_allframe/production ID_1/"),
    ],
)
def test_a_set_that_does_not_fit_is_one_line(make: Callable[[Path], None], message: str, tmp_path: Path) -> None:
    make(tmp_path)

    def open_all() -> None:
        opened(tmp_path)

    assert message in complaint(open_all, DataError)
