"""`modnetv image` on everyday pictures."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modnetv_kit.cli import main
from modnetv_kit.samples import PORTRAIT


class Ran:
    """Exit code and standard error of `modnetv image`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object):
        monkeypatch.setattr(sys, "argv", ["modnetv", "image", *map(str, words), "--device", "cpu"])
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        self.code, self.out, self.error = int(stop.value.code or 0), captured.out, captured.err


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A portrait, lying on its side with EXIF data that says so, in CMYK, and with a transparent left half."""
    folder = tmp_path_factory.mktemp("pictures")
    with Image.open(PORTRAIT) as image:
        image = image.convert("RGB").resize((192, 192))
    files = {name: folder / name for name in ("plain.png", "turned.jpg", "cmyk.jpg", "half.png")}
    image.save(files["plain.png"])
    exif = Image.Exif()
    exif[0x0112] = 6
    image.rotate(90, expand=True).save(files["turned.jpg"], exif=exif, quality=95)
    image.convert("CMYK").save(files["cmyk.jpg"], quality=95)
    half = image.convert("RGBA")
    half.paste((0, 0, 0, 0), (0, 0, 96, 192))
    half.save(files["half.png"])
    return files


def rgba(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.mode == "RGBA"
        return np.array(image)


def test_every_kind_of_picture_comes_out_upright_and_transparent(
    pictures: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = Ran(monkeypatch, capsys, *pictures.values(), "-o", tmp_path / "out", "--alpha", tmp_path / "alpha")
    assert ran.code == 0, ran.error
    made = {name: rgba(tmp_path / "out" / f"{path.stem}.png") for name, path in pictures.items()}
    plain = made["plain.png"][..., 3].astype(int)
    assert plain.max() > 245
    assert plain.min() < 10
    for name in ("turned.jpg", "cmyk.jpg"):
        assert np.abs(made[name][..., 3] - plain).mean() < 8, name
    assert made["half.png"][:, :96, 3].max() == 0
    with Image.open(tmp_path / "alpha" / "plain.png") as matte:
        assert np.array_equal(np.array(matte), made["plain.png"][..., 3])


def test_a_background_edges_and_the_name_decide_what_is_written(
    pictures: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "green.jpg"
    assert Ran(monkeypatch, capsys, pictures["plain.png"], "-o", out, "--background", "#00ff00").code == 0
    with Image.open(out) as image:
        assert np.array(image.convert("RGB"))[:8, :8].mean((0, 1)) == pytest.approx((0, 255, 0), abs=6)
    again = Ran(monkeypatch, capsys, pictures["plain.png"], "-o", out, "--background", "blue")
    assert (again.code, "-y/--overwrite" in again.error) == (2, True)
    assert Ran(monkeypatch, capsys, pictures["plain.png"], "-o", out, "--background", "blue", "-y").code == 0


def test_bad_pictures_and_bad_outputs_are_one_line(
    pictures: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.png").write_text("no picture")
    for words, says in (
        ((tmp_path / "text.png", "-o", tmp_path / "a.png"), "cannot be read as a picture"),
        ((pictures["plain.png"], "-o", tmp_path / "a.jpg"), "cannot hold transparency"),
        ((*pictures.values(), "-o", tmp_path / "a.png"), "give a folder"),
        ((pictures["plain.png"], "-o", tmp_path / "nowhere" / "a.png"), "create it first"),
        ((pictures["plain.png"], "-o", pictures["plain.png"], "-y"), "is named twice"),
        ((pictures["plain.png"], "-o", tmp_path / "a.png", "--shrink", "1000"), "shrink must be between"),
    ):
        ran = Ran(monkeypatch, capsys, *words)
        assert (ran.code, ran.error.count("\n")) == (2, 1), ran.error
        assert says in ran.error
    assert not list(tmp_path.glob("a.*"))


@pytest.mark.parametrize(
    "words",
    [
        ("me.jpg", "-o", "bg.png", "--background", "bg.png"),
        ("me.jpg", "-o", "link.png", "--background", "bg.png"),
        ("me.jpg", "-o", "new.png", "--alpha", "bg.png", "--background", "bg.png"),
        ("me.jpg", "-o", "new.png", "--alpha", "new.png"),
        ("me.png", "-o", "hard.png"),
        ("me.png", "-o", "new.png", "--alpha", "hard.png"),
        ("me.jpg", "folder/me.png", "-o", "folder"),  # the first result would take the place of the second picture
        ("me.jpg", "-o", "folder", "--alpha", "folder"),
    ],
)
def test_no_picture_that_is_read_is_written_over(
    pictures: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("me.png", "bg.png", "folder/me.png"):
        (tmp_path / name).write_bytes(pictures["plain.png"].read_bytes())
    (tmp_path / "me.jpg").write_bytes(pictures["cmyk.jpg"].read_bytes())
    (tmp_path / "hard.png").hardlink_to(tmp_path / "me.png")
    (tmp_path / "link.png").symlink_to("bg.png")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    monkeypatch.chdir(tmp_path)
    ran = Ran(monkeypatch, capsys, *words, "-y")
    assert (ran.code, ran.error.count("\n")) == (2, 1), ran.error
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


@pytest.mark.parametrize("name", ["n" * 300 + ".png", "n" * 300, "me.png/a.png"])
def test_names_that_no_file_can_have_are_one_line(
    pictures: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    (tmp_path / "me.png").write_bytes(pictures["plain.png"].read_bytes())
    monkeypatch.chdir(tmp_path)
    for words in (("me.png", "-o", name), (name, "-o", "new.png"), ("me.png", "-o", "new.png", "--alpha", name)):
        ran = Ran(monkeypatch, capsys, *words)
        assert (ran.code, ran.error.count("\n")) == (2, 1), ran.error
