"""The code that made a run is known by its commit."""

import subprocess
from pathlib import Path

import pytest

from modnetv_kit.training import revision


def git(folder: Path, *words: str) -> str:
    name = ["-c", "user.name=t", "-c", "user.email=t@t"]
    return subprocess.run(["git", "-C", folder, *name, *words], check=True, capture_output=True, text=True).stdout


def test_revision_is_the_commit_and_says_when_files_were_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "kit" / "revision.py"
    module.parent.mkdir()
    module.write_text("a")
    monkeypatch.setattr(revision, "__file__", str(module))
    assert revision.git_revision() is None  # no clone
    git(tmp_path, "init", "-q")
    assert revision.git_revision() is None  # a clone, but of something else
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    commit = git(tmp_path, "rev-parse", "HEAD").strip()
    assert revision.git_revision() == commit
    module.write_text("b")
    assert revision.git_revision() == f"{commit}-dirty"
