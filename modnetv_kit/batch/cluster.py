"""Workers that are Ray actors, on as many machines as the cluster has."""

import os
import time
from dataclasses import dataclass, replace
from typing import Any

from ..engines.convert import needed
from ..errors import InputError, MattingError, one_line
from .tasks import Networks, Setup, Task
from .workers import Lost, Outcome, Report, attempt

_STARTS = 3  # times as many actors as there should be may be lost before any is ready
_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Cluster:
    """A Ray cluster, and what a worker takes of it.

    Attributes:
        address: as for `ray.init`; "auto" is the cluster that this machine belongs to.
        cpus: processor cores that a worker declares, and computes with; fractions share one.
        gpus: of a worker; 0.25 lets four share one.
    """

    address: str = "auto"
    cpus: float = 1.0
    gpus: float = 0.0

    def __post_init__(self) -> None:
        if self.cpus <= 0 or self.gpus < 0:
            raise InputError(f"a worker needs more than 0 CPUs and not less than 0 GPUs, not {self.cpus}, {self.gpus}")


class RayWorkers:
    """Ray actors that load the networks once and are given one video after the other.

    A video goes to an actor only when that is ready for it, so neither Ray's queues nor its object store grow with the
    number of videos. An actor that is lost, with its machine or alone, is replaced; its task is reported as lost.

    Args:
        count: how many actors; None is as many as the cluster has room for now. Those without room wait, which is
            what an autoscaler looks at.
        most: no more than this.
        setup: for all.
        cluster: where, and with which resources.
        report: called in this thread, while `wait` waits.

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
            max_concurrency=2,  # it says how far it is while it works
            scheduling_strategy="SPREAD",
        )(Actor)
        self._loading: dict[Any, Any] = {}  # what was asked of whom
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
        """Ask every worker, once a second, how far it is."""
        if self._asked or time.monotonic() < self._ask_at:
            return
        self._ask_at = time.monotonic() + _POLL_SECONDS
        self._asked = {actor.progress.remote(): task for actor, task in self._working.values()}

    def _tell(self, task: Task, reference: Any) -> None:
        try:
            asked, done, total = self._ray.get(reference)
        except self._ray.exceptions.RayError:
            return  # its work tells what happened
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
    """One worker, in a process of the cluster."""

    def __init__(self) -> None:
        self._networks: Networks | None = None
        self._now: tuple[Task | None, int, int | None] = (None, 0, None)

    def load(self, setup: Setup) -> str:
        """Load the networks; what is wrong, or an empty string."""
        import cv2

        cv2.setNumThreads(setup.threads or 1)
        try:
            self._networks = Networks.load(setup)
        except MattingError as error:
            return str(error)
        return ""

    def work(self, task: Task) -> Outcome:
        """Do a task."""
        assert self._networks is not None
        self._now = task, 0, None

        def note(done: int, total: int | None) -> None:
            self._now = task, done, total

        return attempt(task, self._networks, note)

    def progress(self) -> tuple[Task | None, int, int | None]:
        """The task that it works on, its frames done and, if known, of all."""
        return self._now
