"""Workers that are processes of this machine and share its cores, or its GPUs."""

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

_STARTS = 3  # a worker that ends so often before it is ready never will be


class LocalWorkers:
    """Processes that are fed by pipes, each in a process group of its own, so that Ctrl-C reaches this one alone.

    They end with this process, however that ends: their pipe is closed then. One that ends by itself, such as for want
    of memory, is replaced, and its task is reported as lost.

    Args:
        count: how many.
        setup: for all; without `threads` each computes with its share of the cores.
        report: called in this thread, while `wait` waits.

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
        next(member for member in self._members if member.state == "idle").give(task)

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
                case ("ended", Failed(message)) if member.task is None:  # the networks, as it began
                    raise MattingError(message)
                case ("ended", outcome):
                    return [(member.release(), outcome)]
                case ("gone", code):
                    lost = member.task
                    member.restart(code)
                    return [(lost, Lost(_how_it_ended(code)))] if lost else []

    def close(self) -> None:
        """See `Workers`."""
        for member in self._members:
            member.kill()


@dataclass(frozen=True)
class Greeting:
    """The first thing that a worker is sent."""

    rank: int
    setup: Setup


class _Member:
    """One process, and the thread that listens to it."""

    def __init__(self, rank: int, setup: Setup, events: "queue.SimpleQueue[tuple[_Member, Any]]"):
        self._greeting = Greeting(rank, setup)
        self._events = events
        self._starts = 0
        self._start()

    def _start(self) -> None:
        self.state: Literal["starting", "idle", "busy"] = "starting"
        self.task: Task | None = None
        self._starts += 1
        # not multiprocessing: it would import the caller's script anew, which scripts without a main guard do not bear
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
        self._events.put((self, ("gone", process.wait())))

    def _send(self, message: object) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # the listener says that it is gone
            pickle.dump(message, self._process.stdin)
            self._process.stdin.flush()

    def give(self, task: Task) -> None:
        self.state, self.task = "busy", task
        self._send(task)

    def release(self) -> Task:
        task, self.task, self.state, self._starts = self.task, None, "idle", 0
        assert task is not None
        return task

    def restart(self, code: int) -> None:
        if self._starts >= _STARTS:
            raise MattingError(f"workers do not start: {_how_it_ended(code)}, {_STARTS} times; try fewer workers")
        self.kill()
        self._start()

    def kill(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.kill()
        self._listener.join()
        with suppress(BrokenPipeError):  # of what was not sent yet
            self._process.stdin.close()
        self._process.stdout.close()


def _how_it_ended(code: int) -> str:
    if code == -9:
        return "its process was killed (signal 9), as happens when memory runs out"
    return f"its process ended with signal {-code}" if code < 0 else f"its process ended with exit code {code}"
