"""Work outlives its page for some seconds, so that a reload finds it again."""

import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from app_server import wait_until

from modnetv_kit.app import runs
from modnetv_kit.app.limits import Limits
from modnetv_kit.app.look import Look
from modnetv_kit.app.projects import Projects
from modnetv_kit.errors import MattingError


class Counting:
    """Endless events 1, 2, 3, ... every few milliseconds, or an error after `last`.

    Attributes:
        closed: set when the generator is closed.
    """

    def __init__(self, last: int | None = None):
        self.last, self.closed = last, threading.Event()

    def events(self) -> Generator[int, None, None]:
        count = 0
        try:
            while self.last is None or count < self.last:
                count += 1
                yield count
                time.sleep(0.005)
            raise MattingError("the disk is full")
        finally:
            self.closed.set()


def test_work_ends_some_seconds_after_its_page_was_closed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runs, "GRACE", 0.2)
    work, deserted = Counting(), threading.Event()
    run = runs.DetachedRun(work.events(), tmp_path, on_deserted=deserted.set)
    page = run.follow()
    next(page)
    time.sleep(0.5)
    assert not work.closed.is_set()  # a page still follows
    page.close()
    assert work.closed.wait(20)
    assert deserted.wait(20)
    assert run.over


def test_a_reloaded_page_follows_the_same_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runs, "GRACE", 20)
    work = Counting()
    run = runs.DetachedRun(work.events(), tmp_path)
    before = run.follow()
    first = next(before)
    before.close()
    time.sleep(0.1)
    again = run.follow()
    assert next(again) > first
    again.close()
    run.abandon()
    assert work.closed.is_set()


def test_the_last_event_arrives_and_then_the_error(tmp_path: Path) -> None:
    run = runs.DetachedRun(Counting(last=3).events(), tmp_path)
    seen: list[int] = []
    with pytest.raises(MattingError, match="the disk is full"):
        seen.extend(run.follow())
    assert run.over
    assert not seen or seen[-1] == 3


def test_files_of_a_user_who_leaves_before_the_end_are_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "GRACE", 0.1)
    project = Projects(Limits()).new(("clip.mp4", "", "", ""))
    (project.folder / "half.mkv").write_bytes(b"half")
    project.begin(Counting().events(), Look())
    assert wait_until(lambda: not project.folder.exists(), 20)


def test_abandoned_or_failed_work_does_not_delete_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "GRACE", 20)
    project = Projects(Limits()).new(("clip.mp4", "", "", ""))
    project.begin(Counting(last=2).events(), Look())
    assert project.run is not None
    assert wait_until(lambda: project.run is not None and project.run.over, 20)
    project.begin(Counting().events(), Look())  # as after another click on the button
    project.run.abandon()
    assert project.folder.exists()
    project.close()
    assert not project.folder.exists()
