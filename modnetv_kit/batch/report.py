"""The result of one video of a batch."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Literal

State = Literal["done", "skipped", "failed"]


@dataclass(frozen=True)
class VideoReport:
    """The result of one video.

    Attributes:
        source: absolute path or address of the video.
        outputs: its output files, the composite first. They may be missing if the video failed.
        state: "done", "skipped" (its outputs exist already), or "failed".
        frames: number of matted frames.
        seconds: processing time summed over workers; 0 if nothing was done.
        message: one line on why it failed or was skipped; empty if it is done.
        notes: further messages for the user, such as that sound was left out.
    """

    source: str
    outputs: tuple[str, ...]
    state: State
    frames: int = 0
    seconds: float = 0.0
    message: str = ""
    notes: tuple[str, ...] = ()


class VideoReports(Iterator[VideoReport]):
    """The reports of a batch as its videos finish.

    Args:
        run: does the work.
        total: number of videos, skipped ones included.
    """

    def __init__(self, run: Generator[VideoReport, None, None], total: int):
        self._run, self.total = run, total

    def __next__(self) -> VideoReport:
        return next(self._run)

    def close(self) -> None:
        """Stop all workers and delete unfinished outputs."""
        self._run.close()
