"""Projects: a visitor's video, its matte and running work, which a page finds again by a key."""

import secrets
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .compositing import Layers, Results, read_frame
from .job import Matted
from .limits import Limits
from .look import Look
from .runs import Run


@dataclass(eq=False)
class Project:
    """One video of one visitor.

    Attributes:
        key: by which the page finds it; nobody can guess it.
        source: what was chosen, as the page has it: video, start, end, and who is meant.
        meant: the fields of the page that say who is meant.
        matted: once that is done.
        results: the latest.
        run: the latest work, which may be over.
        look: what the latest work was to make.
        made_with: the look of `results`.
    """

    key: str
    source: tuple[str, str, str, str]
    meant: tuple[Any, ...] = ()
    matted: Matted | None = None
    results: Results | None = None
    run: Run | None = None
    look: Look | None = None
    made_with: Look | None = None
    _folder: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="modnetv_app_", ignore_cleanup_errors=True)
    )
    _frame: tuple[int, Layers] | None = None

    @property
    def folder(self) -> Path:
        """The folder of all its files."""
        return Path(self._folder.name)

    def begin(self, events: Generator[Any, None, None], look: Look) -> None:
        """Start work whose events are Matted and Results, among others; both are kept."""
        if self.run is not None and not self.run.over:
            self.run.abandon()
        self.look = look
        self.run = Run(events, self.folder, self._note, self._deserted)

    def _deserted(self) -> None:
        """Delete the files of a video whose visitor left before it was matted; what is matted is kept for a return."""
        if self.matted is None:
            self.close()

    def _note(self, event: Any) -> None:
        if isinstance(event, Matted):
            self.matted, self._frame = event, None
        if isinstance(event, Results):
            if self.results is not None:
                shutil.rmtree(self.results.alpha.parent, ignore_errors=True)
            self.results, self.made_with = event, self.look

    def frame(self, index: int) -> Layers:
        """One frame of what is matted; the last one asked for is remembered, since knobs are turned on it."""
        assert self.matted is not None
        if self._frame is None or self._frame[0] != index:
            self._frame = index, read_frame(self.matted, index)
        return self._frame[1]

    def close(self) -> None:
        """Stop running work and delete all files."""
        if self.run is not None:
            self.run.abandon()
        self._folder.cleanup()


class Projects:
    """The projects of all visitors. Unused ones are dropped after a while, and the oldest if there are too many.

    Args:
        limits: of the app: `keep_minutes` and `kept_videos`.
    """

    def __init__(self, limits: Limits):
        self._limits = limits
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Project, threading.Timer]] = OrderedDict()

    def new(self, source: tuple[str, str, str, str], meant: tuple[Any, ...] = ()) -> Project:
        """An empty project; arguments as its attributes."""
        project = Project(secrets.token_urlsafe(16), source, meant)
        dropped = []
        with self._lock:
            self._touch(project)
            while len(self._kept) > self._limits.kept_videos:
                _, (oldest, timer) = self._kept.popitem(last=False)
                timer.cancel()
                dropped.append(oldest)
        for oldest in dropped:
            oldest.close()
        return project

    def get(self, key: str | None) -> Project | None:
        """The project of a key, or None if it has been dropped."""
        with self._lock:
            if key is None or key not in self._kept:
                return None
            project, timer = self._kept.pop(key)
            timer.cancel()
            self._touch(project)
            return project

    def drop(self, key: str | None) -> None:
        """Drop a project, if it exists."""
        with self._lock:
            project, timer = self._kept.pop(key or "", (None, None))
        if timer is not None:
            timer.cancel()
        if project is not None:
            project.close()

    def _touch(self, project: Project) -> None:
        timer = threading.Timer(self._limits.keep_minutes * 60, self.drop, [project.key])
        timer.daemon = True
        timer.start()
        self._kept[project.key] = project, timer
