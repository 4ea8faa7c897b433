"""What became of one video of a batch."""

from dataclasses import dataclass
from typing import Literal

State = Literal["done", "skipped", "failed"]


@dataclass(frozen=True)
class VideoReport:
    """What became of one video.

    Attributes:
        source: as it was planned.
        outputs: the files that belong to it, its composite first; of a failed one they may be missing.
        state: "done", "skipped" (its outputs are there already), or "failed".
        frames: how many were matted.
        seconds: of work on it, as its workers took the time; 0 where nothing was done.
        message: why it failed or was skipped, in one line; empty where it is done.
    """

    source: str
    outputs: tuple[str, ...]
    state: State
    frames: int = 0
    seconds: float = 0.0
    message: str = ""
