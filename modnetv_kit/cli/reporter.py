"""The output of a run: a progress bar and a summary, JSON lines, or nothing."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console

from ..inference import MatteSummary
from .console import console, frames_progress

REPORT_INTERVAL = 1.0  # seconds between two JSON lines


class Reporter:
    """Reports the progress of a run. The bar appears with the first finished frame, so early errors appear without it.

    Args:
        name: name of the source.
        quiet: print nothing.
        as_json: print JSON lines.
        to_pipe: stdout carries video, so everything goes to stderr.
    """

    def __init__(self, name: str, quiet: bool = False, as_json: bool = False, to_pipe: bool = False):
        self._name, self._quiet, self._json = name, quiet, as_json
        self._stream: TextIO = sys.stderr if to_pipe else sys.stdout
        self._console = (
            Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False) if to_pipe else console
        )
        self._bar = None if quiet or as_json else frames_progress()
        self._began = self._last_line = time.monotonic()
        self._started = False

    def left_in(self, output: str) -> str:
        """What an interrupted run leaves in `output`, which is nothing before its first frame."""
        return (
            f"the frames so far are in {output}" if self._started else f"no frame was finished, so there is no {output}"
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        """A context for the run; it removes the bar however the run ends."""
        try:
            yield
        finally:
            if self._bar is not None and self._started:
                self._bar.stop()

    def progress(self, done: int, total: int | None) -> None:
        """Report progress after a frame."""
        now = time.monotonic()
        if not self._started:
            self._started, self._began = True, now
            if self._bar is not None:
                self._bar.start()
                self._bar.add_task(self._name, total=total)
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, total=total)
        elif self._json and now - self._last_line >= REPORT_INTERVAL:
            self._last_line = now
            rate = (done - 1) / max(now - self._began, 1e-6)
            self._line({"done": done, "total": total, "fps": round(rate, 2)})

    def summary(self, summary: MatteSummary, extra: str | None) -> None:
        """Print the summary.

        Args:
            summary: summary of the run.
            extra: optional dependency that would speed up the run, or None.
        """
        cuts = sum(reason == "scene cut" for _, reason in summary.resets)
        rate = summary.frames / max(summary.seconds, 1e-6)
        outputs = [str(path) for path in summary.outputs]
        if self._json:
            counts = {"frames": summary.frames, "seconds": round(summary.seconds, 3), "fps": round(rate, 2)}
            self._line(
                counts
                | {"restored": round(summary.restored, 4), "person": round(summary.person, 4), "scene_cuts": cuts}
                | {"engine": summary.engine, "device": summary.device, "outputs": outputs, "notes": summary.notes}
            )
        if self._json or self._quiet:
            return
        self._console.print(
            f"{summary.frames} frames in {summary.seconds:.1f} s ({rate:.1f} frames/s), "
            f"{summary.restored:.0%} of the background restored"
            + (f", {cuts} scene cut{'s' * (cuts > 1)}" if cuts else "")
            + f": {', '.join(outputs)}"
        )
        self._console.print(
            f"engine: {summary.engine} on {summary.device}" + (f"; faster with {extra}" if extra else "")
        )
        for note in summary.notes:
            self._console.print(f"note: {note}")
        if summary.person < 0.005:
            self._console.print("Hardly anything was found: is there a person in this video?")

    def _line(self, values: dict[str, object]) -> None:
        print(json.dumps(values), file=self._stream, flush=True)
