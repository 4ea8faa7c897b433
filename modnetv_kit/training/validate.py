"""Validation during training: logs figures and keeps the best weights."""

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from torch import nn

from .callbacks import Record

if TYPE_CHECKING:
    from .trainer import Trainer

BEST = "best"
Figures = dict[str, float]


class Validate:
    """Evaluates the averaged weights every few minutes and keeps the best ones in `best/`.

    Each evaluation adds a line to `validation.jsonl`: step, score, and every figure.

    Args:
        measure: returns the figures of a network; lower is better.
        score: the figure, or sum of figures, that ranks weights.
        folder: the run's folder.
        minutes: minutes between evaluations.
        export: writes a model's weights to a folder.
    """

    def __init__(
        self,
        measure: Callable[[nn.Module], Figures],
        score: Callable[[Figures], float],
        folder: Path,
        minutes: float,
        export: Callable[[nn.Module, Path], None],
    ):
        self.measure, self.score, self.folder, self.minutes, self.export = measure, score, folder, minutes, export
        self.log = folder / "validation.jsonl"
        self.last = time.monotonic()

    def start(self, trainer: "Trainer") -> None:
        """Start the clock."""
        self.last = time.monotonic()

    def step(self, trainer: "Trainer", record: Record) -> None:
        """Evaluate if it is time."""
        if time.monotonic() - self.last >= 60 * self.minutes:
            self._validate(trainer)

    def stop(self, trainer: "Trainer") -> None:
        """Evaluate the final weights."""
        self._validate(trainer)

    def best(self) -> float:
        """The best score so far, infinity before the first."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return min((json.loads(line)["score"] for line in lines), default=float("inf"))

    def _validate(self, trainer: "Trainer") -> None:
        figures = self.measure(trainer.ema.module)
        score = self.score(figures)
        if not math.isfinite(score):  # the run ended because its weights became NaN
            return
        if score < self.best():
            self.export(trainer.ema.module, self.folder / BEST)
        line = {"step": float(trainer.step), "score": score} | figures
        with self.log.open("a") as file:
            file.write(json.dumps({key: round(value, 4) for key, value in line.items()}) + "\n")
        self.last = time.monotonic()
