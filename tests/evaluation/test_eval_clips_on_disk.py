"""Detection of clips on disk, and the messages for incomplete ones."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from eval_clips import OURS, RVM, opened, person, write_clip
from model_helpers import complaint
from PIL import Image

from modnetv_kit.errors import DataError
from modnetv_kit.evaluation import list_clips, open_clip


def shrink(path: Path) -> None:
    with Image.open(path) as image:
        image.resize((40, 40)).save(path)


def test_clips_are_found_alone_in_a_folder_and_in_sets(tmp_path: Path) -> None:
    for name in ("data/b_moving", "data/a_static", "sets/static/0000", "sets/motion/0000"):
        write_clip(tmp_path / name, 1)
    assert [clip.name for clip in list_clips(tmp_path / "data")] == ["a_static", "b_moving"]
    assert [clip.name for clip in list_clips(tmp_path / "sets")] == ["motion/0000", "static/0000"]
    assert [clip.name for clip in list_clips(tmp_path / "data" / "b_moving")] == ["b_moving"]


def test_layouts_of_rvm_give_the_same_pictures(tmp_path: Path) -> None:
    ours = opened(write_clip(tmp_path / "ours" / "0000").parent)
    by_clip = opened(write_clip(tmp_path / "rvm" / "videomatte_static" / "0000", names=RVM).parents[1])
    for kind, name in RVM.items():  # VideoMatte240K's: the kind first, then the clip
        (tmp_path / "vm" / name).mkdir(parents=True)
        (tmp_path / "ours" / "0000" / kind).rename(tmp_path / "vm" / name / "0000")
    by_kind = opened(tmp_path / "vm")
    write_clip(tmp_path / "ours" / "again")
    ours = opened(tmp_path / "ours" / "again")
    assert by_clip.name == "videomatte_static/0000"
    assert by_kind.name == "0000"
    for clip in (by_clip, by_kind):
        assert len(clip) == len(ours) == 3
        for mine, other in zip(ours.read_frames(), clip.read_frames(), strict=True):
            np.testing.assert_array_equal(mine, other)
        np.testing.assert_array_equal(ours.read_alpha(2), clip.read_alpha(2))
        np.testing.assert_array_equal(ours.read_foreground(1), clip.read_foreground(1))
        np.testing.assert_array_equal(ours.read_plate(0), clip.read_plate(0))


def test_pictures_are_read_in_the_ranges_promised(tmp_path: Path) -> None:
    clip = opened(write_clip(tmp_path / "clip").parent)
    frame = next(clip.read_frames())
    assert frame.dtype == np.uint8
    assert frame.shape == (48, 64, 3)
    np.testing.assert_allclose(clip.read_alpha(1), person(1), atol=1 / 255)
    assert clip.read_foreground(0)[0, 0] == pytest.approx(np.array([200, 30, 30]) / 255)
    assert list(clip.plates) == [0]


def test_groups_go_by_size_and_name(tmp_path: Path) -> None:
    for name in ("00_static", "01_moving", "videomatte_motion", "other"):
        write_clip(tmp_path / "small" / name, 1)
    groups = {clip.name: open_clip(clip).groups for clip in list_clips(tmp_path / "small")}
    assert groups == {
        "00_static": ["all", "static"],
        "01_moving": ["all", "moving"],
        "other": ["all"],
        "videomatte_motion": ["all", "moving"],
    }
    assert opened(write_clip(tmp_path / "large" / "00_static", 1, size=(1280, 32)).parent).groups == ["hd"]


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing alpha": (lambda c: (c / "alpha/0001.png").unlink(), "frames/0001.png has no counterpart in alpha/ (3 fr"),
    "one alpha too many": (lambda c: (c / "frames/0002.png").unlink(), "alpha/0002.png belongs to no frame"),
    "no alphas": (lambda c: [p.unlink() for p in (c / "alpha").iterdir()], "alpha/ holds no pictures"),
    "no alpha folder": (lambda c: (c / "alpha").rename(c / "masks"), "no alpha/ or pha/"),
    "no frames folder": (lambda c: (c / "frames").rename(c / "images"), "no frames/ or com/"),
    "no frames": (lambda c: [p.unlink() for p in (c / "frames").iterdir()], "frames/ holds no pictures"),
    "foreground missing": (
        lambda c: (c / "foreground/0000.png").unlink(),
        "frames/0000.png has no counterpart in fore",
    ),
    "plate of no frame": (lambda c: (c / "background/0000.png").rename(c / "background/7.png"), "background/7.png"),
    "alpha of another size": (
        lambda c: shrink(c / "alpha/0001.png"),
        "alpha/0001.png is 40x40, but frames/0000.png is",
    ),
    "frame of another size": (lambda c: shrink(c / "frames/0002.png"), "frames/0002.png is 40x40"),
    "not a picture": (lambda c: (c / "alpha/0000.png").write_text("no"), "alpha/0000.png cannot be read"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_clip_is_one_line_that_names_the_file(tmp_path: Path, kind: str) -> None:
    damage, expected = BROKEN[kind]
    damage(write_clip(tmp_path / "clip"))
    (found,) = list_clips(tmp_path)
    assert expected in complaint(lambda: open_clip(found), DataError)


def test_files_are_named_from_where_the_clip_is_in_rvms_layout(tmp_path: Path) -> None:
    for kind in ("frames", "alpha"):
        write_clip(tmp_path / kind, names={kind: kind})
        (tmp_path / "data" / RVM[kind]).mkdir(parents=True)
        (tmp_path / kind / kind).rename(tmp_path / "data" / RVM[kind] / "0007")
    (tmp_path / "data" / "pha" / "0007" / "0001.png").unlink()
    (found,) = list_clips(tmp_path / "data")
    assert "com/0007/0001.png has no counterpart in pha/0007/" in complaint(lambda: open_clip(found), DataError)


def test_an_empty_folder_among_clips_is_not_passed_over(tmp_path: Path) -> None:
    write_clip(tmp_path / "00_static", 1)
    (tmp_path / "01_moving").mkdir()
    found = list_clips(tmp_path)
    assert [clip.name for clip in found] == ["00_static", "01_moving"]
    assert "no frames/" in complaint(lambda: open_clip(found[1]), DataError)


def test_a_truncated_frame_is_one_line_when_it_is_read(tmp_path: Path) -> None:
    folder = write_clip(tmp_path / "clip", names={kind: OURS[kind] for kind in ("frames", "alpha")})
    whole = (folder / "frames/0001.png").read_bytes()
    (folder / "frames/0001.png").write_bytes(whole[: len(whole) // 2])
    clip = opened(tmp_path)
    assert "frames/0001.png is damaged" in complaint(lambda: list(clip.read_frames()), DataError)


def test_frames_too_small_for_the_encoder_are_refused(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip", 1, size=(64, 24))
    assert "64x24" in complaint(lambda: opened(tmp_path), DataError)


def test_a_folder_without_clips_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "frames.txt").touch()
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert "holds no clips" in complaint(lambda at=folder: list_clips(at), DataError)


def test_the_fingerprint_changes_with_the_files(tmp_path: Path) -> None:
    folder = write_clip(tmp_path / "clip")
    before = opened(tmp_path).fingerprint
    assert opened(tmp_path).fingerprint == before
    (folder / "alpha/0001.png").write_bytes((folder / "alpha/0002.png").read_bytes())
    assert opened(tmp_path).fingerprint != before
