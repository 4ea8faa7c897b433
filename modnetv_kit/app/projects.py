"""Projects: a user's video with its matte and running work, which a page finds again by a key."""

import secrets
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .compositing import MattedFrame, Results, read_frame
from .job import Matted
from .limits import Limits
from .look import Look
from .runs import DetachedRun


@dataclass(eq=False)
class Project:
    """One video of one user.

    Attributes:
        key: by which the page finds it; it cannot be guessed.
        source: the selection on the page: video, start, end, and a fingerprint of the prompts.
        prompt_values: values of the page's prompt fields.
        matted: the matted video, once it is done.
        results: the latest results.
        run: the latest work, which may be over.
        look: requested by the latest work.
        made_with: the look of `results`.
    """

    key: str
    source: tuple[str, str, str, str]
    prompt_values: tuple[Any, ...] = ()
    matted: Matted | None = None
    results: Results | None = None
    run: DetachedRun | None = None
    look: Look | None = None
    made_with: Look | None = None
    _folder: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="modnetv_app_", ignore_cleanup_errors=True)
    )
    _frame: tuple[int, MattedFrame] | None = None

    @property
    def folder(self) -> Path:
        """The folder of all its files."""
        return Path(self._folder.name)

    def begin(self, events: Generator[Any, None, None], look: Look) -> None:
        """Start work; of its events, Matted and Results are kept."""
        if self.run is not None and not self.run.over:
            self.run.abandon()
        self.look = look
        self.run = DetachedRun(events, self.folder, self._keep, self._on_deserted)

    def _on_deserted(self) -> None:
        """Delete the files if the user left before the video was matted; a matted video is kept for a return."""
        if self.matted is None:
            self.close()

    def _keep(self, event: Any) -> None:
        if isinstance(event, Matted):
            self.matted, self._frame = event, None
        if isinstance(event, Results):
            if self.results is not None:
                shutil.rmtree(self.results.alpha.parent, ignore_errors=True)
            self.results, self.made_with = event, self.look

    def frame(self, index: int) -> MattedFrame:
        """One matted frame; the latest one is cached, since users adjust sliders on it."""
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
    """The projects of all users. Unused ones are dropped after a while, and the oldest ones if there are too many.

    Args:
        limits: of the app: `keep_minutes` and `kept_videos`.
    """

    def __init__(self, limits: Limits):
        self._limits = limits
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Project, threading.Timer]] = OrderedDict()

    def new(self, source: tuple[str, str, str, str], prompt_values: tuple[Any, ...] = ()) -> Project:
        """An empty project; for the arguments see `Project`."""
        project = Project(secrets.token_urlsafe(16), source, prompt_values)
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
