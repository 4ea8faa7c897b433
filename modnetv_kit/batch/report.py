"""The result of one video of a batch."""

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
        seconds: working time, summed over its workers; 0 if nothing was done.
        message: why it failed or was skipped, in one line; empty if it is done.
        notes: further lines for the user, such as that sound was left out.
    """

    source: str
    outputs: tuple[str, ...]
    state: State
    frames: int = 0
    seconds: float = 0.0
    message: str = ""
    notes: tuple[str, ...] = ()
