"""The interface of a pool of workers, and the simplest pool: this process."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..errors import MattingError, one_line
from .tasks import Networks, Parts, Succeeded, Task

Report = Callable[[Task, int, int | None], None]
"""Called with a task, its finished frames and, if known, its total frames, in the thread that uses the pool."""


@dataclass(frozen=True)
class Failed:
    """The task failed; `message` is a one-line reason."""

    message: str


@dataclass(frozen=True)
class Lost:
    """The worker died during the task; `message` is a one-line reason."""

    message: str


Outcome = Succeeded | Parts | Failed | Lost


class Workers(Protocol):
    """A pool of workers, each of which runs at most one task at a time."""

    @property
    def idle(self) -> int:
        """Number of workers that can take a task now."""

    @property
    def busy(self) -> int:
        """Number of tasks in progress."""

    def submit(self, task: Task) -> None:
        """Give a task to an idle worker."""

    def wait(self) -> list[tuple[Task, Outcome]]:
        """Wait for an event. Returns the tasks that ended, or none if workers only became idle."""

    def close(self) -> None:
        """Stop all workers at once, even during a task."""


class ThisProcess:
    """A pool of one worker: this process."""

    def __init__(self, networks: Networks, report: Report):
        self._networks, self._report = networks, report
        self._ended: list[tuple[Task, Outcome]] = []

    @property
    def idle(self) -> int:
        """See `Workers`."""
        return 1 - self.busy

    @property
    def busy(self) -> int:
        """See `Workers`."""
        return len(self._ended)

    def submit(self, task: Task) -> None:
        """See `Workers`. Returns when the task is done."""
        outcome = attempt(task, self._networks, lambda done, total: self._report(task, done, total))
        self._ended.append((task, outcome))

    def wait(self) -> list[tuple[Task, Outcome]]:
        """See `Workers`."""
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """See `Workers`."""


def attempt(task: Task, networks: Networks, progress: Callable[[int, int | None], None]) -> Succeeded | Parts | Failed:
    """Run a task. Any error becomes a one-line message, since one video must not stop the others."""
    try:
        return task.run(networks, progress)
    except MattingError as error:
        return Failed(str(error))
    except Exception as error:
        kind = type(error).__name__
        return Failed(f"{task.job.source} failed unexpectedly: {kind}: {one_line(error)}")
