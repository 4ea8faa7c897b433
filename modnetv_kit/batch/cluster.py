"""Workers that run as Ray actors on any number of machines."""

import os
import time
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from ..engines.convert import needed
from ..errors import InputError, MattingError, one_line
from .tasks import Networks, Setup, Task
from .workers import Lost, Outcome, Report, attempt

_STARTS = 3  # give up once this many times the number of actors were lost before one became ready
_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Cluster:
    """A Ray cluster, and the resources of each worker.

    Attributes:
        address: as for `ray.init`; "auto" is the cluster that this machine belongs to.
        cpus: CPU cores that each worker reserves and uses; with fractions, workers share a core.
        gpus: GPUs that each worker reserves; with 0.25, four workers share a GPU.
    """

    address: str = "auto"
    cpus: float = 1.0
    gpus: float = 0.0

    def __post_init__(self) -> None:
        if self.cpus <= 0 or self.gpus < 0:
            raise InputError(f"a worker needs more than 0 CPUs and at least 0 GPUs, not {self.cpus}, {self.gpus}")


def load_ray() -> ModuleType:
    """Ray; raises InputError if it is not installed."""
    return needed("ray", "cluster", "a batch on a cluster")


class RayWorkers:
    """Ray actors that load the networks once and then process one video after another.

    An actor receives a video only when it is ready for it, so Ray's queues and object store do not grow with the number
    of videos. If an actor dies, alone or with its machine, it is replaced, and its task is reported as lost.

    Args:
        count: number of actors; None starts as many as currently fit on the cluster. Actors that do not fit wait until
            an autoscaler adds machines.
        most: maximum number of actors.
        setup: how each actor loads its networks.
        cluster: the cluster, and the resources of each actor.
        report: called with the progress of tasks in the thread that calls `wait`.

    Raises:
        InputError: Ray is not installed, or there is no such cluster.
        MattingError: from `wait`, when an actor cannot load the networks, or actors do not start.
    """

    def __init__(self, count: int | None, most: int, setup: Setup, cluster: Cluster, report: Report):
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        self._ray = load_ray()
        self._connected = not self._ray.is_initialized()
        if self._connected:
            try:
                self._ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
            except Exception as error:
                raise InputError(
                    f"there is no Ray cluster at {cluster.address} ({one_line(error)}): start one with `ray start`"
                ) from None
        if setup.threads is None:
            setup = replace(setup, threads=max(1, int(cluster.cpus)))
        self._setup, self._report = setup, report
        self._actor = self._ray.remote(
            num_cpus=cluster.cpus,
            num_gpus=cluster.gpus,
            max_concurrency=2,  # so that it can report progress while it runs a task
            scheduling_strategy="SPREAD",
        )(Actor)
        self._loading: dict[Any, Any] = {}  # call of `load` -> actor
        self._working: dict[Any, tuple[Any, Task]] = {}
        self._progress: dict[Any, Task] = {}  # call of `progress` -> task
        self._ready: list[Any] = []
        self._next_progress_at = 0.0
        self._count = min(most, count or self._capacity(cluster))
        self._starts = 0
        for _ in range(self._count):
            self._start()

    def _capacity(self, cluster: Cluster) -> int:
        resources = self._ray.cluster_resources()
        capacity = resources.get("CPU", 0) / cluster.cpus
        if cluster.gpus:
            capacity = min(capacity, resources.get("GPU", 0) / cluster.gpus)
        return max(1, int(capacity))

    def _start(self) -> None:
        self._starts += 1
        actor = self._actor.remote()
        self._loading[actor.load.remote(self._setup)] = actor

    @property
    def idle(self) -> int:
        """See `Workers`."""
        return len(self._ready)

    @property
    def busy(self) -> int:
        """See `Workers`."""
        return len(self._working)

    def submit(self, task: Task) -> None:
        """See `Workers`."""
        actor = self._ready.pop()
        self._working[actor.work.remote(task)] = actor, task

    def wait(self) -> list[tuple[Task, Outcome]]:
        """See `Workers`.

        Raises:
            MattingError: an actor cannot load the networks, or actors do not start.
        """
        self._request_progress()
        calls = [*self._working, *self._loading, *self._progress]
        ready, _ = self._ray.wait(calls, num_returns=1, timeout=_POLL_SECONDS)
        ended: list[tuple[Task, Outcome]] = []
        for reference in ready:
            if reference in self._progress:
                self._report_progress(self._progress.pop(reference), reference)
            elif reference in self._loading:
                self._loaded(self._loading.pop(reference), reference)
            else:
                actor, task = self._working.pop(reference)
                ended.append((task, self._outcome(actor, reference)))
        return ended

    def _request_progress(self) -> None:
        """Request the progress of every busy worker, once a second."""
        if self._progress or time.monotonic() < self._next_progress_at:
            return
        self._next_progress_at = time.monotonic() + _POLL_SECONDS
        self._progress = {actor.progress.remote(): task for actor, task in self._working.values()}

    def _report_progress(self, task: Task, reference: Any) -> None:
        try:
            current, done, total = self._ray.get(reference)
        except self._ray.exceptions.RayError:
            return  # the outcome of the task reports the failure
        if current == task:
            self._report(task, done, total)

    def _loaded(self, actor: Any, reference: Any) -> None:
        try:
            problem = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            if self._starts >= _STARTS * self._count:
                raise MattingError(f"workers do not start on the cluster: {one_line(error)}") from None
            self._start()
            return
        if problem:
            raise MattingError(problem)
        self._starts = 0
        self._ready.append(actor)

    def _outcome(self, actor: Any, reference: Any) -> Outcome:
        try:
            outcome: Outcome = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            self._ray.kill(actor)  # it may be unreachable rather than dead
            self._start()
            return Lost(one_line(error))
        self._ready.append(actor)
        return outcome

    def close(self) -> None:
        """See `Workers`."""
        for actor in [*self._ready, *self._loading.values(), *(actor for actor, _ in self._working.values())]:
            self._ray.kill(actor)
        if self._connected:
            self._ray.shutdown()


class Actor:
    """A worker in a process of the cluster."""

    def __init__(self) -> None:
        self._networks: Networks | None = None
        self._current: tuple[Task | None, int, int | None] = (None, 0, None)

    def load(self, setup: Setup) -> str:
        """Load the networks; returns an error message, or an empty string."""
        import cv2

        cv2.setNumThreads(setup.threads or 1)
        try:
            self._networks = Networks.load(setup)
        except MattingError as error:
            return str(error)
        return ""

    def work(self, task: Task) -> Outcome:
        """Run a task."""
        assert self._networks is not None
        self._current = task, 0, None

        def note(done: int, total: int | None) -> None:
            self._current = task, done, total

        return attempt(task, self._networks, note)

    def progress(self) -> tuple[Task | None, int, int | None]:
        """The current task, its finished frames and, if known, its total frames."""
        return self._current
