"""Workers that run as processes on this machine, sharing its cores or GPUs."""

import os
import pickle
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..engines.cores import usable_cores
from ..errors import MattingError
from .tasks import Setup, Task
from .workers import Failed, Lost, Outcome, Report

_STARTS = 3  # give up on a worker that has exited this many times before becoming ready


class LocalWorkers:
    """Worker processes that receive tasks through pipes.

    Each has its own process group, so that Ctrl-C reaches only this process. When this process ends for any reason, the
    pipes close and the workers exit. If a worker dies, for example because memory runs out, it is replaced, and its
    task is reported as lost.

    Args:
        count: number of processes.
        setup: how each worker loads its networks; without `threads` each gets an equal share of the cores.
        report: called with the progress of tasks in the thread that calls `wait`.

    Raises:
        MattingError: from `wait`, when a worker cannot load the networks.
    """

    def __init__(self, count: int, setup: Setup, report: Report):
        if setup.threads is None and count > 1:
            setup = replace(setup, threads=max(1, usable_cores() // count))
        self._setup, self._report = setup, report
        self._events: queue.SimpleQueue[tuple[_Member, Any]] = queue.SimpleQueue()
        self._members = [_Member(rank, setup, self._events) for rank in range(count)]

    @property
    def idle(self) -> int:
        """See `Workers`."""
        return sum(member.state == "idle" for member in self._members)

    @property
    def busy(self) -> int:
        """See `Workers`."""
        return sum(member.task is not None for member in self._members)

    def submit(self, task: Task) -> None:
        """See `Workers`."""
        next(member for member in self._members if member.state == "idle").assign(task)

    def wait(self) -> list[tuple[Task, Outcome]]:
        """See `Workers`.

        Raises:
            MattingError: a worker cannot load the networks, or does not start.
        """
        while True:
            member, event = self._events.get()
            match event:
                case ("progress", done, total) if member.task:
                    self._report(member.task, done, total)
                case "ready":
                    member.state = "idle"
                    return []
                case ("ended", Failed(message)) if member.task is None:  # loading the networks failed
                    raise MattingError(message)
                case ("ended", outcome):
                    return [(member.release(), outcome)]
                case ("exited", code):
                    lost = member.task
                    member.restart(code)
                    return [(lost, Lost(_exit_reason(code)))] if lost else []

    def close(self) -> None:
        """See `Workers`."""
        for member in self._members:
            member.kill()


@dataclass(frozen=True)
class Greeting:
    """The first message to a worker."""

    rank: int
    setup: Setup


class _Member:
    """A worker process, and the thread that reads its messages."""

    def __init__(self, rank: int, setup: Setup, events: "queue.SimpleQueue[tuple[_Member, Any]]"):
        self._greeting = Greeting(rank, setup)
        self._events = events
        self._starts = 0
        self._start()

    def _start(self) -> None:
        self.state: Literal["starting", "idle", "busy"] = "starting"
        self.task: Task | None = None
        self._starts += 1
        # not multiprocessing, which would re-import the caller's script and break scripts without a main guard
        root = str(Path(__file__).parents[2])
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([root, *filter(None, [os.getenv("PYTHONPATH")])])}
        if self._greeting.setup.threads:
            environment["OMP_NUM_THREADS"] = str(self._greeting.setup.threads)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "modnetv_kit.batch.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            process_group=0,
        )
        self._send(self._greeting)
        self._listener = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        self._listener.start()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with suppress(EOFError, pickle.UnpicklingError):
            while True:
                self._events.put((self, pickle.load(process.stdout)))
        self._events.put((self, ("exited", process.wait())))

    def _send(self, message: object) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # the listener reports that the worker has exited
            pickle.dump(message, self._process.stdin)
            self._process.stdin.flush()

    def assign(self, task: Task) -> None:
        self.state, self.task = "busy", task
        self._send(task)

    def release(self) -> Task:
        task, self.task, self.state, self._starts = self.task, None, "idle", 0
        assert task is not None
        return task

    def restart(self, code: int) -> None:
        if self._starts >= _STARTS:
            raise MattingError(f"workers do not start: {_exit_reason(code)}, {_STARTS} times; try fewer workers")
        self.kill()
        self._start()

    def kill(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.kill()
        self._listener.join()
        with suppress(BrokenPipeError):  # unsent messages
            self._process.stdin.close()
        self._process.stdout.close()


def _exit_reason(code: int) -> str:
    if code == -9:
        return "its process was killed (signal 9), as happens when memory runs out"
    return f"its process ended with signal {-code}" if code < 0 else f"its process ended with exit code {code}"
