import os
from pathlib import Path

import pytest

from modnetv_kit.errors import OutputError
from modnetv_kit.paths import check_apart, check_new, exists, is_folder


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name in ("clip.mp4", "beach.mp4", "frames/000.png", "frames/001.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "link.mp4").symlink_to(tmp_path / "beach.mp4")
    (tmp_path / "folder_link").symlink_to(tmp_path / "frames")
    os.link(tmp_path / "clip.mp4", tmp_path / "hard.mp4")
    os.link(tmp_path / "frames/001.png", tmp_path / "hard.png")
    return tmp_path


@pytest.mark.parametrize(
    "written",
    [
        ["beach.mp4"],
        ["link.mp4"],
        ["hard.mp4"],
        ["./frames/../clip.mp4"],
        ["frames/001.png"],
        ["folder_link/000.png"],
        ["hard.png"],
        ["frames/new.png"],
        ["frames/new_%05d.png"],
        ["folder_link"],
        ["new.mp4", "frames/../new.mp4"],
        ["out/a_%05d.png", "out/a_%d.png"],
        ["out/a_%05d.png", "out/a_00007.png"],
        ["out", "out/000003.png"],
        ["out", "out/%06d.png"],
    ],
)
def test_no_output_destroys_an_input_or_another_output(files: Path, written: list[str]) -> None:
    read = [files / "clip.mp4", files / "beach.mp4", files / "frames"]
    with pytest.raises(OutputError, match=r"of its own|another folder") as caught:
        check_apart(read, [files / name for name in written])
    assert "\n" not in str(caught.value)


def test_separate_outputs_are_accepted(files: Path) -> None:
    names = [
        "new.mp4",
        "alpha.mov",
        "out",
        "frames_out/a_%05d.png",
        "frames_out/b_%05d.png",
        "plate.png",
        "frames/x.mp4",
    ]
    check_apart([files / "clip.mp4", files / "frames"], [files / name for name in names])


def test_impossible_names_do_not_exist() -> None:
    for name in ("n" * 300, "a\0b", "rgb(300,0,0)" * 30):
        assert not exists(Path(name))
        assert not is_folder(Path(name))


def test_an_output_that_exists_is_named_with_the_option_that_replaces_it(tmp_path: Path) -> None:
    old = tmp_path / "old.mp4"
    old.write_bytes(b"")
    check_new([tmp_path / "new.mp4", tmp_path])  # a folder may be written into
    with pytest.raises(OutputError, match=r"old\.mp4 exists already: -y/--overwrite replaces it"):
        check_new([tmp_path / "new.mp4", old])
