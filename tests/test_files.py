"""Files are whole or not there."""

from pathlib import Path

import pytest

from modnetv_kit import files


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(temporary: Path) -> None:
        temporary.write_text("ne")
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011
        files.replace_file(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
