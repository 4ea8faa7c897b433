"""The order of tasks, and the result of each video from the outcomes of its tasks."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from .plan import VideoJob
from .split import FindParts, JoinParts, MattePart
from .tasks import MatteTask, Options, Parts, Succeeded, Task
from .workers import Failed, Lost, Outcome

ATTEMPTS = 3  # after losing this many workers, a video counts as the cause


@dataclass
class _Split:
    """A video whose parts are being matted: the number of unfinished parts, and the progress of each."""

    parts: Parts
    missing: int
    seconds: float
    done: dict[int, int] = field(default_factory=dict)


class Schedule:
    """Hands out tasks in the order of the jobs. Follow-up tasks and lost tasks come first.

    Args:
        jobs: the videos.
        options: of all videos.
        pieces: number of parts to split each video into, if its scenes allow; 1 does not split.
    """

    def __init__(self, jobs: Iterable[VideoJob], options: Options, pieces: int = 1):
        self._jobs = iter(jobs)
        self._options = options
        self._pieces = pieces
        self._next: deque[Task] = deque()
        self._lost: dict[str, int] = {}
        self._splits: dict[str, _Split] = {}

    def take(self) -> Task | None:
        """The next task; None if there is none at present."""
        if self._next:
            return self._next.popleft()
        job = next(self._jobs, None)
        if job is None:
            return None
        return FindParts(job, self._options, self._pieces) if self._pieces > 1 else MatteTask(job, self._options)

    def progress(self, task: Task, done: int, total: int | None) -> tuple[int, int | None]:
        """Finished and total frames of the whole video, given those of a task."""
        split = self._splits.get(task.job.key)
        if split is None or not isinstance(task, MattePart):
            return done, total
        split.done[task.index] = done
        return sum(split.done.values()), sum(part.frames for part in split.parts.parts)

    def finish(self, task: Task, outcome: Outcome) -> Succeeded | Failed | None:
        """Record an outcome. Returns the result of the video if this was its last task."""
        key = task.job.key
        if isinstance(outcome, Lost):
            times = self._lost[key] = self._lost.get(key, 0) + 1
            if times < ATTEMPTS:
                self._next.append(self._replacement(task))
                return None
            outcome = Failed(
                f"{task.job.source}: {times} workers were lost on this video; the last one: {outcome.message}"
            )
        if isinstance(task, FindParts):
            self._start_parts(task, outcome)
            return None
        if isinstance(task, MattePart):
            return self._finish_part(task, outcome)
        self._lost.pop(key, None)
        split = self._splits.pop(key, None)
        assert not isinstance(outcome, Parts)
        if split and isinstance(outcome, Succeeded):
            return replace(outcome, seconds=outcome.seconds + split.seconds)
        return outcome

    def _replacement(self, task: Task) -> Task:
        """The task that replaces a lost one. After a lost join, start over: its parts may have been deleted."""
        if not isinstance(task, JoinParts):
            return task
        del self._splits[task.job.key]
        return FindParts(task.job, task.options, self._pieces)

    def _start_parts(self, task: FindParts, outcome: Outcome) -> None:
        if isinstance(outcome, Parts) and len(outcome.parts) > 1:
            self._splits[task.job.key] = _Split(outcome, len(outcome.parts), 0.0)
            self._next.extend(MattePart(task.job, task.options, outcome, n) for n in range(len(outcome.parts)))
        else:  # nothing to split, or a truncated video, whose readable frames are kept
            self._next.append(MatteTask(task.job, task.options))

    def _finish_part(self, task: MattePart, outcome: Outcome) -> Failed | None:
        split = self._splits.get(task.job.key)
        if split is None:  # another part has failed
            return None
        if isinstance(outcome, Failed):
            del self._splits[task.job.key]
            self._next = deque(other for other in self._next if other.job.key != task.job.key)
            return outcome
        assert isinstance(outcome, Succeeded)
        split.missing -= 1
        split.seconds += outcome.seconds
        split.done[task.index] = outcome.frames
        if not split.missing:
            self._next.appendleft(JoinParts(task.job, task.options, split.parts))
        return None
