"""Workers that run as Ray actors, on any number of machines."""

import os
import time
from dataclasses import dataclass, replace
from typing import Any

from ..engines.convert import needed
from ..errors import InputError, MattingError, one_line
from .tasks import Networks, Setup, Task
from .workers import Lost, Outcome, Report, attempt

_STARTS = 3  # give up after losing this many times the wanted number of actors before one is ready
_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Cluster:
    """A Ray cluster, and the resources of each worker.

    Attributes:
        address: as for `ray.init`; "auto" is the cluster that this machine belongs to.
        cpus: processor cores that each worker reserves and computes with; workers may share a core by fractions.
        gpus: GPUs that each worker reserves; with 0.25, four workers share a GPU.
    """

    address: str = "auto"
    cpus: float = 1.0
    gpus: float = 0.0

    def __post_init__(self) -> None:
        if self.cpus <= 0 or self.gpus < 0:
            raise InputError(f"a worker needs more than 0 CPUs and at least 0 GPUs, not {self.cpus}, {self.gpus}")


class RayWorkers:
    """Ray actors that load the networks once and then process one video after another.

    An actor receives a video only when it is ready for it, so neither Ray's queues nor its object store grow with the
    number of videos. An actor that is lost, alone or with its machine, is replaced. Its task is reported as lost.

    Args:
        count: number of actors; None starts as many as the cluster has room for now. Actors that do not fit wait, and
            an autoscaler adds machines for them.
        most: upper limit of the number of actors.
        setup: how each actor loads its networks.
        cluster: the cluster, and the resources of each actor.
        report: called with the progress of tasks, in the thread that calls `wait`.

    Raises:
        InputError: Ray is not installed, or there is no such cluster.
        MattingError: from `wait`, when an actor cannot load the networks, or actors do not start.
    """

    def __init__(self, count: int | None, most: int, setup: Setup, cluster: Cluster, report: Report):
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        self._ray = needed("ray", "cluster", "a batch on a cluster")
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
            max_concurrency=2,  # so that it can report progress while it works
            scheduling_strategy="SPREAD",
        )(Actor)
        self._loading: dict[Any, Any] = {}  # call of `load` -> actor
        self._working: dict[Any, tuple[Any, Task]] = {}
        self._asked: dict[Any, Task] = {}
        self._ready: list[Any] = []
        self._ask_at = 0.0
        self._count = min(most, count or self._room(cluster))
        self._starts = 0
        for _ in range(self._count):
            self._start()

    def _room(self, cluster: Cluster) -> int:
        there = self._ray.cluster_resources()
        room = there.get("CPU", 0) / cluster.cpus
        if cluster.gpus:
            room = min(room, there.get("GPU", 0) / cluster.gpus)
        return max(1, int(room))

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
        self._ask()
        ready, _ = self._ray.wait([*self._working, *self._loading, *self._asked], num_returns=1, timeout=_POLL_SECONDS)
        ended: list[tuple[Task, Outcome]] = []
        for reference in ready:
            if reference in self._asked:
                self._tell(self._asked.pop(reference), reference)
            elif reference in self._loading:
                self._loaded(self._loading.pop(reference), reference)
            else:
                actor, task = self._working.pop(reference)
                ended.append((task, self._outcome(actor, reference)))
        return ended

    def _ask(self) -> None:
        """Ask every busy worker for its progress, once a second."""
        if self._asked or time.monotonic() < self._ask_at:
            return
        self._ask_at = time.monotonic() + _POLL_SECONDS
        self._asked = {actor.progress.remote(): task for actor, task in self._working.values()}

    def _tell(self, task: Task, reference: Any) -> None:
        try:
            asked, done, total = self._ray.get(reference)
        except self._ray.exceptions.RayError:
            return  # the outcome of its task will tell what happened
        if asked == task:
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
        self._now: tuple[Task | None, int, int | None] = (None, 0, None)

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
        self._now = task, 0, None

        def note(done: int, total: int | None) -> None:
            self._now = task, done, total

        return attempt(task, self._networks, note)

    def progress(self) -> tuple[Task | None, int, int | None]:
        """The current task, the frames done, and the number of all frames if it is known."""
        return self._now
