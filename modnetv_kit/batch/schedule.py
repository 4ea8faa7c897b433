"""Which task comes next, and what the outcomes of a video's tasks make of it."""

from collections import deque
from collections.abc import Iterable

from .plan import Job
from .tasks import MatteTask, Options, Task, Worked
from .workers import Failed, Lost, Outcome

ATTEMPTS = 3  # a video whose workers are lost this often is what loses them


class Schedule:
    """Hands out tasks, in the order of the jobs, and again those whose workers were lost.

    Args:
        jobs: what to do.
        options: for all of them.
    """

    def __init__(self, jobs: Iterable[Job], options: Options):
        self._jobs = iter(jobs)
        self._options = options
        self._again: deque[Task] = deque()
        self._lost: dict[str, int] = {}

    def take(self) -> Task | None:
        """The next task, None if there is none for now."""
        if self._again:
            return self._again.popleft()
        job = next(self._jobs, None)
        return None if job is None else MatteTask(job, self._options)

    def finish(self, task: Task, outcome: Outcome) -> Worked | Failed | None:
        """Note an outcome; what became of the video, if that was its last task."""
        if isinstance(outcome, Lost):
            times = self._lost[task.job.key] = self._lost.get(task.job.key, 0) + 1
            if times < ATTEMPTS:
                self._again.append(task)
                return None
            outcome = Failed(f"{task.job.source}: {times} workers were lost on it, the last since {outcome.message}")
        self._lost.pop(task.job.key, None)
        return outcome
