"""The file picker: its fallback and its messages."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from matting_clips import write_clip

from modnetv_kit.errors import VideoError
from modnetv_kit.notebooks import VideoPicker


def pick(picker: VideoPicker, content: bytes, name: str) -> None:
    """What the browser sends when a file is chosen."""
    file = {"name": name, "type": "video/mp4", "size": len(content), "last_modified": 0, "content": content}
    picker.button.set_state({"value": [file]})


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "sample.mp4", 5)


def test_an_empty_picker_takes_the_sample_and_says_so(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert VideoPicker(sample).video(seconds=10) == (sample, None)
    assert "No video was picked" in (said := capsys.readouterr().out)
    assert "sample.mp4" in said
    assert str(sample.parent) not in said


def test_a_video_that_is_too_long_is_cut_and_it_says_so(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert VideoPicker(sample).video(seconds=0.1) == (sample, 0.1)
    assert "its first 0.1 s are used" in capsys.readouterr().out


def test_a_picked_video_is_kept_and_taken(sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    picker = VideoPicker(sample, folder)
    pick(picker, write_clip(tmp_path / "mine.mp4", 4, size=(128, 96)).read_bytes(), "mine.mp4")
    assert picker.video(seconds=10) == (folder / "mine.mp4", None)
    assert "mine.mp4: 128x96" in capsys.readouterr().out
    assert "application/vnd.jupyter.widget-view+json" in str(picker._repr_mimebundle_())


def test_a_name_cannot_lead_out_of_the_folder(sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    picker = VideoPicker(sample, folder)
    pick(picker, sample.read_bytes(), "../evil.mp4")
    assert picker.video(seconds=10)[0] == folder / "evil.mp4"
    assert not (tmp_path / "evil.mp4").exists()


def test_what_is_no_video_is_named(sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    picker = VideoPicker(sample, folder)
    pick(picker, b"no video", "notes.txt")
    with pytest.raises(VideoError, match=r"notes\.txt"):
        picker.video(seconds=10)


@pytest.mark.parametrize("uploaded", [True, False])
def test_on_colab_its_own_dialogue_asks(
    uploaded: bool, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    colab, files = ModuleType("google.colab"), ModuleType("google.colab.files")
    files.upload = lambda: {"mine.mp4": sample.read_bytes()} if uploaded else {}  # type: ignore[attr-defined]
    colab.files = files  # type: ignore[attr-defined]
    for name, module in {"google": ModuleType("google"), "google.colab": colab, "google.colab.files": files}.items():
        monkeypatch.setitem(sys.modules, name, module)
    folder = tmp_path / "uploads"
    folder.mkdir()
    picker = VideoPicker(sample, folder)
    assert picker._repr_mimebundle_() == {"text/plain": "mine.mp4" if uploaded else "nothing picked"}
    assert picker.video(seconds=10)[0] == (folder / "mine.mp4" if uploaded else sample)
