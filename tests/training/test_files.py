"""Files are whole, and the code that made them is known by its commit."""

import subprocess
from pathlib import Path

import pytest

from modnetv_kit.training import files


def git(folder: Path, *words: str) -> str:
    name = ["-c", "user.name=t", "-c", "user.email=t@t"]
    return subprocess.run(["git", "-C", folder, *name, *words], check=True, capture_output=True, text=True).stdout


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(temporary: Path) -> None:
        temporary.write_text("ne")
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011
        files.replace_file(path, fail)
    assert path.read_text() == "old"


def test_revision_is_the_commit_and_says_when_files_were_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "kit" / "files.py"
    module.parent.mkdir()
    module.write_text("a")
    monkeypatch.setattr(files, "__file__", str(module))
    assert files.git_revision() is None  # no clone
    git(tmp_path, "init", "-q")
    assert files.git_revision() is None  # a clone, but of something else
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    commit = git(tmp_path, "rev-parse", "HEAD").strip()
    assert files.git_revision() == commit
    module.write_text("b")
    assert files.git_revision() == f"{commit}-dirty"
