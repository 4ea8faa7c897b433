"""Those who do the tasks: what a pool of workers can do, and the simplest one, this process itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..errors import MattingError, one_line
from .tasks import Networks, Parts, Task, Worked

Report = Callable[[Task, int, int | None], None]
"""Called with a task, its frames done and, if known, of all; from the thread that works with the pool."""


@dataclass(frozen=True)
class Failed:
    """The task cannot be done; `message` is one line that says why."""

    message: str


@dataclass(frozen=True)
class Lost:
    """The worker ended in the middle; `message` is one line that says how."""

    message: str


Outcome = Worked | Parts | Failed | Lost


class Workers(Protocol):
    """A pool of workers; each has at most one task at a time."""

    @property
    def idle(self) -> int:
        """How many could take a task now."""

    @property
    def busy(self) -> int:
        """How many tasks are under way."""

    def submit(self, task: Task) -> None:
        """Give a task to one that is idle."""

    def wait(self) -> list[tuple[Task, Outcome]]:
        """Wait until something happens: tasks that ended, or none, where workers have become idle."""

    def close(self) -> None:
        """End all workers, whatever they are doing."""


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
        """See `Workers`; the task is done before this returns."""
        outcome = attempt(task, self._networks, lambda done, total: self._report(task, done, total))
        self._ended.append((task, outcome))

    def wait(self) -> list[tuple[Task, Outcome]]:
        """See `Workers`."""
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """See `Workers`."""


def attempt(task: Task, networks: Networks, progress: Callable[[int, int | None], None]) -> Worked | Parts | Failed:
    """Do a task; whatever goes wrong becomes one line, since one video must not take the others with it."""
    try:
        return task.run(networks, progress)
    except MattingError as error:
        return Failed(str(error))
    except Exception as error:
        kind = type(error).__name__
        return Failed(f"{task.job.source} failed in a way that the kit does not expect: {kind}: {one_line(error)}")
