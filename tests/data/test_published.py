"""Published data sets as training sources: found by their folders, paired by name, decoded when drawn."""

import logging
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_footage import RED, walker, write_footage, write_foregrounds, write_pictures
from PIL import Image

from modnetv_kit.data import ClipDataset, ClipSpec, clips, footage, frame_files
from modnetv_kit.data.footage import Footage, FootageFiles, read_footage, read_pairs
from modnetv_kit.errors import DataError

SIZE = (48, 64)


def write_photos(folder: Path, images: str, masks: str, names: tuple[str, ...] = ("a", "b")) -> None:
    for kind, suffix in ((images, ".jpg"), (masks, ".png")):
        (folder / kind).mkdir(parents=True)
        for index, name in enumerate(names):
            Image.fromarray(walker(index)[suffix == ".png"]).save(folder / kind / f"{name}{suffix}", quality=95)


def names_of(found: list[Footage | FootageFiles]) -> list[str]:
    return [each.name for each in found]


def test_videomatte_is_read_from_videos_and_from_pictures_without_its_test_set(tmp_path: Path) -> None:
    write_foregrounds(tmp_path / "VideoMatte240K/train")
    write_foregrounds(tmp_path / "VideoMatte240K/test")
    alphas = [walker(i)[1] for i in range(4)]
    write_pictures(tmp_path / "JPEG/fgr/0000", [np.full((48, 64, 3), RED, np.uint8)] * 4, ".jpg")
    write_pictures(tmp_path / "JPEG/pha/0000", alphas, ".jpg")
    write_footage(tmp_path / "studio", 3)  # a clip of one's own beside them
    found = read_footage(tmp_path, 96, solved=True)
    assert names_of(found) == ["studio", "JPEG/fgr/0000", "VideoMatte240K/train/fgr/0001.mp4"]
    for each, length in zip(found[1:], (4, 5), strict=True):
        assert isinstance(each, FootageFiles)
        assert (each.length, each.aspect) == (length, 64 / 48)
        taken = each.take([3, 1])
        assert (taken.frames.shape, taken.solved) == ((2, 48, 64, 3), True)
        for matte, index in zip(taken.alpha, (3, 1), strict=True):
            assert np.abs(matte.astype(int) - walker(index)[1]).mean() < 4
        assert np.abs(taken.cutout(0)[..., :3].astype(int) - RED).mean() < 6  # foreground colours are taken as they are


@pytest.mark.parametrize(
    ("data_set", "images", "masks"),
    [
        ("P3M-10k/train", "blurred_image", "mask"),
        ("P3M-500-NP", "original_image", "mask"),
        ("AIM-500", "original", "mask"),
        ("PPM-100", "image", "matte"),
    ],
)
def test_photos_of_data_sets_are_paired_by_name(data_set: str, images: str, masks: str, tmp_path: Path) -> None:
    write_photos(tmp_path / data_set, images, masks)
    write_photos(tmp_path / "P3M-10k/validation", images, masks, ("unseen",))
    (tmp_path / "P3M-10k/train").mkdir(exist_ok=True, parents=True)
    if data_set != "P3M-10k/train":
        write_photos(tmp_path / "P3M-10k/train", images, masks, ("c",))
    found = [each for each in read_pairs(tmp_path, 96) if each.name.startswith(data_set)]
    assert names_of(found) == [f"{data_set}/{images}/{name}.jpg" for name in "ab"]
    taken = found[1].take([0])
    assert not taken.solved
    assert np.array_equal(taken.alpha[0], walker(1)[1])
    assert np.abs(taken.frames[0].astype(int) - walker(1)[0]).mean() < 6
    assert not any("unseen" in each.name for each in read_pairs(tmp_path, 96))


def test_a_link_to_a_data_set_can_be_the_folder_itself(tmp_path: Path) -> None:
    write_foregrounds(tmp_path / "data/VideoMatte240K/train")
    write_foregrounds(tmp_path / "data/VideoMatte240K/test")
    (tmp_path / "keyed").symlink_to(tmp_path / "data/VideoMatte240K")
    assert names_of(read_footage(tmp_path / "keyed", 96, solved=True)) == ["train/fgr/0001.mp4"]
    (tmp_path / "pairs").symlink_to(tmp_path / "data/PPM-100")
    write_photos(tmp_path / "data/PPM-100", "image", "matte")
    assert names_of(read_pairs(tmp_path / "pairs", 96)) == ["image/a.jpg", "image/b.jpg"]


def test_large_photos_fit_their_masks_though_jpeg_rounds_its_size_another_way(tmp_path: Path) -> None:
    for kind, mode in (("image", "RGB"), ("matte", "L")):
        (tmp_path / "PPM-100" / kind).mkdir(parents=True)
        for height in range(741, 761):  # a fraction of some of these heights is rounded up by JPEG, and down by PNG
            suffix = ".jpg" if mode == "RGB" else ".png"
            Image.new(mode, (999, height)).save(tmp_path / "PPM-100" / kind / f"{height}{suffix}")
    for photo in read_pairs(tmp_path, 300):
        assert photo.length == 1
        taken = photo.take([0])
        assert taken.alpha.shape == taken.frames.shape[:3]


def rename_pha(folder: Path) -> None:
    (folder / "pha").rename(folder / "alpha")


def add_fgr(folder: Path) -> None:
    (folder / "fgr/0002.mp4").write_bytes((folder / "fgr/0001.mp4").read_bytes())


def add_pha(folder: Path) -> None:
    (folder / "pha/0002.mp4").write_bytes(b"")


def clear(folder: Path) -> None:
    for kind in ("fgr", "pha"):
        (folder / kind / "0001.mp4").unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (rename_pha, "VM/train is no data set that can be read here: it needs fgr/ and pha/"),
        (add_fgr, "fgr/0002.mp4 has no counterpart in "),
        (add_pha, "pha/0002.mp4 has no counterpart in "),
        (clear, "fgr holds no pictures, folders of pictures, or videos"),
    ],
)
def test_a_data_set_that_does_not_fit_is_one_line(spoil: Callable[[Path], None], message: str, tmp_path: Path) -> None:
    write_foregrounds(tmp_path / "VM/train")
    spoil(tmp_path / "VM/train")
    with pytest.raises(DataError, match=message) as error:
        read_footage(tmp_path, 96, solved=True)
    assert "\n" not in str(error.value)


def test_other_folders_among_photos_and_backgrounds_are_one_line(tmp_path: Path, picture_folder: Path) -> None:
    (tmp_path / "pairs/notes").mkdir(parents=True)
    with pytest.raises(DataError, match="notes is no data set that can be read here"):
        read_pairs(tmp_path / "pairs", 96)
    (tmp_path / "cutouts").symlink_to(picture_folder / "cutouts")
    (tmp_path / "backgrounds/notes").mkdir(parents=True)
    with pytest.raises(DataError, match="notes holds no pictures"):
        ClipDataset(tmp_path, ClipSpec(1, max_side=96))


@pytest.fixture
def published(tmp_path: Path, picture_folder: Path) -> Path:
    """Training data that, but for the cutouts, is all of data sets."""
    (tmp_path / "cutouts").symlink_to(picture_folder / "cutouts")
    write_foregrounds(tmp_path / "keyed/VideoMatte240K/train")
    write_photos(tmp_path / "pairs/PPM-100", "image", "matte")
    (tmp_path / "backgrounds/BG-20k").mkdir(parents=True)
    (tmp_path / "backgrounds/BG-20k/train").symlink_to(picture_folder / "backgrounds")
    return tmp_path


def test_nothing_of_a_data_set_is_decoded_before_it_is_drawn_or_kept_after(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(*args: object) -> None:
        raise AssertionError("decoded too early")

    spec = ClipSpec(4, 3, (SIZE,), moving_cutout_prob=1.0, empty_prob=0, max_side=96)
    with monkeypatch.context() as patch:
        for module, name in ((frame_files, "open_video"), (frame_files, "read_picture"), (footage, "open_video")):
            patch.setattr(module, name, decode)
        data = ClipDataset(published, spec)
    drawn = {name for index in range(10) for name in data[index].names}
    assert any(name.startswith("VideoMatte240K/train/fgr") for name in drawn)
    assert any(name.startswith("PPM-100/image") for name in drawn)
    assert any(name.startswith("BG-20k/train/wall") for name in drawn)
    size = len(pickle.dumps((data.people.footage, data.backgrounds)))
    assert size < 6000  # one frame has 9216 bytes


def test_clips_of_data_sets_are_composed_exactly_and_by_seed_and_index_alone(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips, "cast_shadow", lambda rng, background, alpha: background)
    monkeypatch.setattr(clips, "lighting_drift", lambda rng, length: torch.ones(length, 1, 1, 1))
    monkeypatch.setattr(clips, "camera", lambda rng, frames: frames)
    spec = ClipSpec(4, 3, (SIZE,), moving_cutout_prob=1.0, empty_prob=0, distractor_prob=0, max_side=96)
    forward, backward = ClipDataset(published, spec), ClipDataset(published, spec)
    again = {index: backward[index] for index in (2, 1, 0)}
    for index in range(3):
        clip = forward[index]
        assert clip.names == again[index].names
        assert torch.equal(clip.frames, again[index].frames)
        outside = clip.alpha.expand_as(clip.frames) == 0
        torch.testing.assert_close(clip.frames[outside], clip.background[outside], rtol=0, atol=1e-5)
        assert (clip.frames <= clip.background * (1 - clip.alpha) + clip.alpha + 1e-5).all()
        assert ((clip.alpha > 0.05) & (clip.alpha < 0.95)).any()


def test_broken_files_of_data_sets_are_passed_over_and_named_once(
    published: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_photos(published / "pairs/AIM-500", "original", "mask", ("torn", "other_size"))
    (published / "pairs/AIM-500/original/torn.jpg").write_bytes(b"no picture")
    Image.new("L", (10, 10)).save(published / "pairs/AIM-500/mask/other_size.png")
    (published / "keyed/VideoMatte240K/train/fgr/0001.mp4").write_bytes(b"no video")
    (published / "backgrounds/torn").mkdir()
    for i in range(8):
        (published / f"backgrounds/torn/{i}.png").write_bytes(b"no picture")
    data = ClipDataset(published, ClipSpec(4, 2, (SIZE,), moving_cutout_prob=1.0, empty_prob=0, max_side=96))
    with caplog.at_level(logging.WARNING):
        batches = [data[index] for index in range(12)]
    names = {name for batch in batches for name in batch.names}
    assert not any(word in name for name in names for word in ("torn", "other_size", "0001.mp4"))
    lines = [record.getMessage() for record in caplog.records]
    for word in ("torn.jpg", "other_size.png", "0001.mp4"):
        assert sum(word in line for line in lines) == 1, word
    assert len(lines) == len(set(lines))


def test_moving_cutouts_need_only_one_of_their_folders_but_real_clips_need_both(published: Path) -> None:
    (published / "pairs").rename(published / "unused")
    data = ClipDataset(published, ClipSpec(1, 2, (SIZE,), moving_cutout_prob=1.0, empty_prob=0, max_side=96))
    assert any(name.startswith("VideoMatte240K") for index in range(4) for name in data[index].names)
    with pytest.raises(DataError, match="real holds no clips"):
        ClipDataset(published, ClipSpec(1, real_prob=0.5, max_side=96))
