"""Real footage: every layout is read, broken files are skipped by name, and missing ones give one line."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from drawn_footage import RED, walker, write_footage, write_pair
from PIL import Image

from modnetv_kit.data import ClipDataset, ClipSpec
from modnetv_kit.data.footage import Footage, read_footage, read_pairs
from modnetv_kit.data.hands import Hands
from modnetv_kit.errors import DataError


def message(call: Callable[[], object]) -> str:
    with pytest.raises(DataError) as error:
        call()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_clip_is_read_whole_with_its_alpha(whole_folder: Path) -> None:
    clips = {footage.name: footage for footage in read_footage(whole_folder / "real", 96)}
    assert set(clips) == {"street", "blurred"}
    street = clips["street"]
    assert street.frames.shape == (5, 48, 64, 3)
    assert street.alpha.shape == (5, 48, 64)
    for index in range(5):
        rgb, alpha = walker(index)
        assert np.abs(street.alpha[index].astype(int) - alpha).mean() < 4
        assert np.abs(street.frames[index].astype(int) - rgb).mean() < 12


def test_frames_larger_than_training_needs_are_shrunk(whole_folder: Path) -> None:
    (footage, _) = read_footage(whole_folder / "real", 32)
    assert footage.frames.shape == (5, 24, 32, 3)
    assert footage.alpha.shape == (5, 24, 32)
    (pair,) = read_pairs(whole_folder / "pairs", 32)
    assert (pair.frames.shape, pair.alpha.shape) == ((1, 24, 32, 3), (1, 24, 32))


def test_the_table_marks_good_footage_and_without_it_all_is_good(whole_folder: Path) -> None:
    good = {footage.name: footage.good for footage in read_footage(whole_folder / "real", 96)}
    assert good == {"street": True, "blurred": False}
    assert all(footage.good for footage in read_footage(whole_folder / "keyed", 96))
    assert all(footage.good for footage in read_pairs(whole_folder / "pairs", 96))


def test_only_good_footage_is_cut_out_but_all_is_shown_as_it_is(whole_folder: Path) -> None:
    data = ClipDataset(whole_folder, ClipSpec(1, real_prob=0.5, moving_cutout_prob=0.5, max_side=96))
    assert {footage.name for footage in data.people.footage} == {"street", "studio", "group"}
    assert {footage.name for footage in data.videos + data.photos} == {"street", "blurred", "group"}


def test_a_cutout_of_a_real_place_has_the_persons_own_colours(whole_folder: Path) -> None:
    (street,) = (footage for footage in read_footage(whole_folder / "real", 96) if footage.name == "street")
    (keyed,) = read_footage(whole_folder / "keyed", 96, solved=True)
    assert np.array_equal(keyed.cutout(1)[..., :3], keyed.frames[1])  # what was keyed is taken as it is
    soft = (street.alpha[1] > 50) & (street.alpha[1] < 200)
    assert soft.sum() > 20

    def distance(picture: np.ndarray) -> float:
        return float(np.abs(picture[soft][..., :3] - RED).mean())

    assert distance(street.cutout(1)) < 0.6 * distance(street.frames[1])
    assert np.array_equal(street.cutout(1)[..., 3], street.alpha[1])


def test_broken_clips_are_skipped_by_name_and_the_others_are_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_footage(tmp_path / "fine", 3)
    write_footage(tmp_path / "short_alpha", 3, alphas=2)
    write_footage(tmp_path / "torn", 3)
    torn = tmp_path / "torn/rgb.mp4"
    torn.write_bytes(torn.read_bytes()[:300])
    write_footage(tmp_path / "no_alpha", 3)
    (tmp_path / "no_alpha/alpha.mp4").unlink()
    write_footage(tmp_path / "other_size", 3)
    write_footage(tmp_path / "small", 3, (48, 32))
    (tmp_path / "small/alpha.mp4").rename(tmp_path / "other_size/alpha.mp4")
    (tmp_path / "notes.txt").write_text("not a clip")
    with caplog.at_level(logging.WARNING):
        assert [footage.name for footage in read_footage(tmp_path, 96)] == ["fine"]
    for name in ("short_alpha", "torn", "no_alpha", "other_size", "small"):
        assert sum(f"/{name}" in record.getMessage() for record in caplog.records) == 1, name


def test_broken_pairs_are_skipped_by_name_and_the_others_are_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("fine", "torn", "other_size"):
        write_pair(tmp_path, name)
    (tmp_path / "torn.jpg").write_bytes(b"no picture")
    Image.new("L", (10, 10)).save(tmp_path / "other_size.png")
    Image.new("RGB", (10, 10)).save(tmp_path / "alone.jpg")
    with caplog.at_level(logging.WARNING):
        assert [pair.name for pair in read_pairs(tmp_path, 96)] == ["fine"]
    assert {name for name in ("torn", "other_size") if any(name in r.getMessage() for r in caplog.records)} == {
        "torn",
        "other_size",
    }


@pytest.mark.parametrize("read", [read_footage, read_pairs])
def test_missing_folders_give_one_line(read: Callable[[Path, int], list[Footage]], tmp_path: Path) -> None:
    assert "holds no" in message(lambda: read(tmp_path / "nowhere", 96))
    assert "holds no" in message(lambda: read(tmp_path, 96))


def test_folders_without_readable_files_give_one_line(tmp_path: Path) -> None:
    write_footage(tmp_path / "real/torn", 3, alphas=1)
    assert "none of the 1 clips" in message(lambda: read_footage(tmp_path / "real", 96))
    write_pair(tmp_path / "pairs", "torn")
    (tmp_path / "pairs/torn.png").write_bytes(b"")
    assert "none of the 1 pairs" in message(lambda: read_pairs(tmp_path / "pairs", 96))
    (tmp_path / "hands").mkdir()
    Image.new("RGBA", (9, 9)).save(tmp_path / "hands/hand.png")
    assert "the side at which the arm is cut" in message(lambda: Hands(tmp_path / "hands", 96))


@pytest.mark.parametrize("text", ["clip\tgood\nstreet\tgood\n", "name,quality\nstreet,good\n", "\xff\xfe"])
def test_a_table_of_another_kind_is_one_line(text: str, tmp_path: Path) -> None:
    write_footage(tmp_path / "real/street", 2)
    (tmp_path / "SOURCES.tsv").write_bytes(text.encode("latin-1"))
    assert "columns name and quality" in message(lambda: read_footage(tmp_path / "real", 96))
