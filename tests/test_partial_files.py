import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from modnetv_kit.errors import OutputError
from modnetv_kit.files import replace_file
from modnetv_kit.partial_files import Partial, destination, hidden_name
from modnetv_kit.video import VideoInfo, open_writer

OLD = time.time() - 60


def _write(path: Path, content: str) -> None:
    replace_file(path, lambda temporary: temporary.write_text(content))


def test_a_link_is_written_through_and_a_file_keeps_its_mode(tmp_path: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    _write(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    dangling = tmp_path / "dangling.txt"
    dangling.symlink_to(tmp_path / "elsewhere.txt")
    _write(dangling, "made")
    assert (tmp_path / "elsewhere.txt").read_text() == "made"


def test_a_name_that_a_file_system_takes_can_be_written_and_a_longer_one_is_refused(tmp_path: Path) -> None:
    for name in ("n" * 246 + ".txt", "ä" * 120 + ".txt"):
        _write(tmp_path / name, "long")
        assert (tmp_path / name).read_text() == "long"
    with pytest.raises(OSError, match="too long"):
        Partial(tmp_path / ("n" * 300 + ".txt"))
    with pytest.raises(OutputError, match="too long"):
        open_writer(tmp_path / ("n" * 300 + ".mp4"), VideoInfo(64, 64, 25))


def test_circles_of_links_and_pipes_are_refused(tmp_path: Path) -> None:
    circle = tmp_path / "circle.mp4"
    circle.symlink_to(circle)
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    for path in (circle, pipe):
        with pytest.raises(OSError, match=r"circle|pipe"):
            destination(path)
        with pytest.raises(OutputError, match=r"cannot be written: it is a"):
            open_writer(path, VideoInfo(64, 64, 25))


def test_what_a_dead_process_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    stale, folder = tmp_path / hidden_name(tmp_path / "out.mp4"), tmp_path / hidden_name(tmp_path / "frames")
    stale.write_text("half")
    folder.mkdir()
    (folder / "000000.png").write_text("half")
    others = [tmp_path / ".hidden", tmp_path / ".out.partial-notes.txt", tmp_path / "a.partial-00000000.mp4"]
    for path in others:
        path.write_text("mine")
    alive = Partial(tmp_path / "alive.mp4")
    for path in (stale, folder, alive.path, *others):
        os.utime(path, (OLD, OLD))
    Partial(tmp_path / "next.mp4").discard()
    assert {path.name for path in tmp_path.iterdir()} == {alive.path.name, *(path.name for path in others)}
    alive.keep()


def test_a_killed_writer_leaves_something_that_the_next_run_removes(tmp_path: Path) -> None:
    code = (
        "import os; from pathlib import Path; from modnetv_kit.partial_files import Partial;"
        f"partial = Partial(Path({str(tmp_path / 'out.mp4')!r})); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    (left,) = tmp_path.iterdir()
    os.utime(left, (OLD, OLD))
    _write(tmp_path / "next.txt", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["next.txt"]


def test_a_disk_that_refuses_is_an_error_of_its_own_and_not_of_cleaning_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise OSError(30, "Read-only file system")

    for name in ("touch", "unlink", "mkdir"):
        monkeypatch.setattr(Path, name, refuse)
    for name in ("out.mp4", "frames"):
        with pytest.raises(OutputError, match="read-only"):
            open_writer(tmp_path / name, VideoInfo(64, 64, 25))
