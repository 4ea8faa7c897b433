"""Whole videos with prompts."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from two_people import LEFT, RIGHT, RedAsSaid, shown, two_squares, write_frames

from modnetv_kit import Prompt, matte_video
from modnetv_kit.errors import InputError
from modnetv_kit.inference.outputs import numbered
from modnetv_kit.models import MODNetV

KEEP_LEFT, KEEP_RIGHT = Prompt([(*LEFT, "keep")]), Prompt([(*RIGHT, "keep")])


@pytest.fixture(scope="module")
def model() -> MODNetV:
    torch.manual_seed(0)
    return RedAsSaid().eval()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_frames(tmp_path_factory.mktemp("clip") / "frames")


def who(folder: Path) -> list[tuple[bool, bool]]:
    """Who is in each of the mattes in a folder."""
    mattes = [np.array(Image.open(path)) / 255 for path in sorted(folder.iterdir())]
    return [shown(matte, index) for index, matte in enumerate(mattes)]


def test_prompts_hold_from_their_frame_on(model: MODNetV, clip: Path, tmp_path: Path) -> None:
    said = {3: KEEP_LEFT, 6: Prompt([(*RIGHT, "keep")])}
    matte_video(clip, tmp_path / "out", alpha=tmp_path / "alpha", prompts=said, model=model, engine="torch")
    assert who(tmp_path / "alpha") == [(True, True)] * 3 + [(True, False)] * 3 + [(True, True)] * 2


def test_prompts_are_counted_from_the_first_frame_that_is_matted(model: MODNetV, clip: Path, tmp_path: Path) -> None:
    matte_video(
        clip, tmp_path / "out", alpha=tmp_path / "alpha", prompts={1: KEEP_LEFT}, model=model, engine="torch", start=0.2
    )
    mattes = [np.array(Image.open(path)) / 255 for path in sorted((tmp_path / "alpha").iterdir())]
    assert [shown(matte, index + 5) for index, matte in enumerate(mattes)] == [
        (True, True),
        (True, False),
        (True, False),
    ]


def test_each_target_gets_files_of_their_own_in_one_pass(model: MODNetV, clip: Path, tmp_path: Path) -> None:
    watched = []
    summary = matte_video(
        clip,
        tmp_path / "out.mov",
        alpha=tmp_path / "alpha",
        save_background=tmp_path / "behind.png",
        targets=[KEEP_LEFT, {2: KEEP_RIGHT}],
        model=model,
        engine="torch",
        watch=lambda frame, result, picture: watched.append((frame.index, shown(picture[..., 3] / 255, frame.index))),
    )
    assert summary.frames == 8
    assert who(tmp_path / "alpha_1") == [(True, False)] * 8
    assert who(tmp_path / "alpha_2") == [(False, False)] * 2 + [(False, True)] * 6
    assert {path.name for path in summary.outputs} == {
        *("out_1.mov", "alpha_1", "behind_1.png", "out_2.mov", "alpha_2", "behind_2.png")
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in summary.outputs)
    assert [index for index, _ in watched] == [index for index in range(8) for _ in "12"]
    assert [people for _, people in watched[4:]] == [(True, False), (False, True)] * 6


def test_names_of_several_people_are_numbered() -> None:
    names = {"a/out.mp4": "a/out_2.mp4", "frames": "frames_2", "a/x_%05d.png": "a/x_2_%05d.png"}
    assert {name: str(numbered(Path(name), 2)) for name in names} == names


@pytest.mark.parametrize("as_file", [True, False])
def test_a_plate_is_the_restored_background(model: MODNetV, clip: Path, tmp_path: Path, as_file: bool) -> None:
    wall = two_squares(0, left=False, right=False)
    Image.fromarray(wall).save(tmp_path / "wall.png")
    summary = matte_video(
        clip,
        tmp_path / "out",
        save_background=tmp_path / "restored.png",
        plate=tmp_path / "wall.png" if as_file else wall,
        model=model,
        engine="torch",
    )
    assert summary.restored == 1
    restored = np.array(Image.open(tmp_path / "restored.png"))
    np.testing.assert_array_equal(restored, np.dstack([wall, np.full(wall.shape[:2], 255, np.uint8)]))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"prompts": {0: Prompt([(128, 5, "keep")])}}, "outside the frame"),
        ({"prompts": {0: KEEP_LEFT, 8: KEEP_LEFT}}, "frame 8, but the frames are 0 to 7"),
        ({"prompts": {5: Prompt(mask=np.ones((64, 64)))}}, "mask has 64x64"),
        ({"plate": np.random.default_rng(0).integers(0, 255, (64, 128, 3), dtype=np.uint8)}, "cannot be aligned"),
        ({"targets": [KEEP_LEFT], "prompts": {0: KEEP_LEFT}}, "not both"),
        ({"targets": []}, "targets is empty"),
        ({"targets": [KEEP_LEFT, {9: KEEP_RIGHT}]}, "frame 9, but the frames are 0 to 7"),
        ({"plate": "nowhere.png"}, "nowhere.png"),
    ],
)
def test_what_does_not_fit_the_video_is_one_line_and_nothing_is_written(
    model: MODNetV, clip: Path, tmp_path: Path, options: dict, says: str
) -> None:
    with pytest.raises(InputError, match=says) as error:
        matte_video(clip, tmp_path / "out", model=model, engine="torch", **options)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())
