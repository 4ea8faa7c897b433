"""What the commands share: the console, the progress bar, how an interruption ends, and common options."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

console = Console(highlight=False, soft_wrap=True)

Weights = Annotated[
    str | None, typer.Option(help="Folder, or owner/repo on the Hugging Face Hub; the bundled weights by default.")
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")]


class FrameRate(ProgressColumn):
    """Frames per second so far."""

    def render(self, task: Task) -> Text:
        """The rate, or a dash before there is one."""
        return Text(f"{task.speed:5.1f} frames/s" if task.speed else "    - frames/s")


def frames_progress() -> Progress:
    """A bar with frames done, frames per second and time left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        FrameRate(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def parts_progress() -> Progress:
    """A bar with parts done, for work whose parts have names and differ in length."""
    return Progress(
        BarColumn(), TextColumn("{task.completed}/{task.total}  {task.description}"), console=Console(stderr=True)
    )


@contextmanager
def interruptible(consequence: str) -> Iterator[None]:
    """Turn Ctrl-C into one line that says what became of the work, and exit code 130."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"modnetv: interrupted; {consequence}", file=sys.stderr)
        raise typer.Exit(130) from None
