"""Callbacks of the training loop, such as a log, a progress bar, or a plot in a notebook."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..files import replace_file

if TYPE_CHECKING:
    from .trainer import Trainer

Record = dict[str, float]


class Callback(Protocol):
    """The trainer calls it on the main process; `record` holds step, loss, every term, lr and images_per_s."""

    def start(self, trainer: "Trainer") -> None:
        """Before the first step."""

    def step(self, trainer: "Trainer", record: Record) -> None:
        """After every `log_every` steps."""

    def stop(self, trainer: "Trainer") -> None:
        """After the last step, also if the run was interrupted."""


class JsonLog:
    """Appends each record as one line of JSON to a file.

    A resumed run drops the lines of the steps that it repeats.
    """

    def __init__(self, path: Path):
        self.path = path

    def start(self, trainer: "Trainer") -> None:
        """Keep the lines of the steps done so far."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        kept = [line for line in lines if _step_of(line) <= trainer.step]
        replace_file(self.path, lambda path: path.write_text("".join(line + "\n" for line in kept)))

    def step(self, trainer: "Trainer", record: Record) -> None:
        """Append one line."""
        with self.path.open("a") as file:
            file.write(json.dumps({key: round(value, 6) for key, value in record.items()}) + "\n")

    def stop(self, trainer: "Trainer") -> None:
        """Nothing is left to write."""


def _step_of(line: str) -> float:
    """The step of a log line; infinity for a line that a killed run left unfinished."""
    try:
        step: float = json.loads(line)["step"]
        return step
    except json.JSONDecodeError:
        return math.inf


class ProgressBar:
    """Steps, loss, pictures a second and time left, on the terminal."""

    def __init__(self) -> None:
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("loss {task.fields[loss]:.4f}  {task.fields[speed]:.1f} pictures/s"),
        )

    def start(self, trainer: "Trainer") -> None:
        """Print the precision of the run, and show the bar."""
        self.progress.console.print(f"training in {trainer.precision} on {trainer.accelerator.device}")
        self.progress.start()
        self.task = self.progress.add_task(
            trainer.config.stage, total=trainer.config.steps, completed=trainer.step, loss=float("nan"), speed=0.0
        )

    def step(self, trainer: "Trainer", record: Record) -> None:
        """Move the bar."""
        self.progress.update(self.task, completed=trainer.step, loss=record["loss"], speed=record["images_per_s"])

    def stop(self, trainer: "Trainer") -> None:
        """Leave the bar where it is."""
        self.progress.stop()
