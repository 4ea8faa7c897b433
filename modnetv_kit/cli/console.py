"""Shared by all commands: the console, progress bars, handling of Ctrl-C, and common options."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

# file names are printed literally, even with brackets and colons
console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)

Weights = Annotated[
    str | None, typer.Option(help="Folder, or owner/repo on the Hugging Face Hub; the bundled weights by default.")
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")]


class FrameRate(ProgressColumn):
    """Frames per second so far; empty for bars that count something else."""

    def render(self, task: Task) -> Text:
        """The rate, or a dash before there is one."""
        if task.fields.get("unit", "frames") != "frames":
            return Text("")
        return Text(f"{task.speed:5.1f} frames/s" if task.speed else "    - frames/s")


def frames_progress() -> Progress:
    """A bar with finished frames, frames per second and time left."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        FrameRate(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def parts_progress() -> Progress:
    """A bar with finished parts, for work in named parts of different lengths."""
    return Progress(
        BarColumn(),
        TextColumn("{task.completed}/{task.total}  {task.description}", markup=False),
        console=Console(stderr=True),
    )


@contextmanager
def interruptible(consequence: str | Callable[[], str]) -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and SIGHUP into one line that states what is left of the work.

    The exit code is 128 plus the signal's number: 130 for Ctrl-C.

    Args:
        consequence: what is left, or a function that says it once the work has ended.
    """
    received: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        received.append(number)
        raise KeyboardInterrupt

    with _handled(interrupt):
        try:
            yield
        except KeyboardInterrupt:
            left = consequence if isinstance(consequence, str) else consequence()
            print(f"modnetv: interrupted; {left}", file=sys.stderr)
            raise typer.Exit(128 + (received or [signal.SIGINT])[0]) from None


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Install a handler for the signals that terminate a process; only the main thread can do so."""
    names = ("SIGINT", "SIGTERM", "SIGHUP") if threading.current_thread() is threading.main_thread() else ()
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if before[number] != signal.SIG_IGN:  # as under nohup
            signal.signal(number, handler)
    try:
        yield
    finally:
        for number, previous in before.items():
            if previous is not None:  # a handler that Python did not install cannot be restored
                signal.signal(number, previous)
