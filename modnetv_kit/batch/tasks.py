"""The tasks of workers, and the networks that each worker loads once."""

import time
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from ..engines import Engine, open_engine_for_video
from ..errors import BrokenVideoError
from ..hub import load_model
from ..inference.edges import UNCHANGED, Edges
from ..inference.matte import Progress, matte_video
from ..models import MODNetV
from ..video.deep import Hdr
from .plan import VideoJob
from .staging import local_source, stage

_PROGRESS_INTERVAL = 0.2  # seconds between calls of `progress`, each of which may be a network message


@dataclass(frozen=True)
class Options:
    """Options that change the results, as in `matte_video`."""

    background: str | None = None
    edges: Edges = UNCHANGED
    crf: int | None = None
    size: int | None = None
    fps: float | None = None
    warm_up: bool = True
    start: float | None = None
    end: float | None = None
    hdr: Hdr = "tone-map"

    def as_arguments(self) -> dict[str, Any]:
        """The options as keyword arguments of `matte_video`."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Setup:
    """How to load and run the networks, as in `load_model` and `matte_video`."""

    weights: str | None = None
    device: str = "auto"
    engine: str = "auto"
    threads: int | None = None


@dataclass(frozen=True)
class Networks:
    """A worker's model and engine, loaded once and used for every task."""

    model: MODNetV
    engine: Engine

    @classmethod
    def load(cls, setup: Setup) -> Self:
        """Load the networks as `setup` specifies.

        Raises:
            InputError, WeightsError, DeviceError: see `load_model` and `open_engine`.
        """
        model = load_model(setup.weights, device="cpu")
        return cls(model, open_engine_for_video(model, setup.engine, setup.device, setup.threads))


@dataclass(frozen=True)
class Succeeded:
    """The result of a task that succeeded.

    Attributes:
        frames: number of matted frames.
        seconds: processing time.
        staged: temporary paths of the outputs that wait for `publish`, by kind.
        broken: one line on where the source breaks off; empty if it is intact.
        notes: further messages for the user, as in `MatteSummary`.
    """

    frames: int
    seconds: float
    staged: dict[str, str] = field(default_factory=dict)
    broken: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """A part of a video between scene cuts: start and end in seconds for `matte_video`, and its number of frames."""

    start: float | None
    end: float | None
    frames: int


@dataclass(frozen=True)
class Parts:
    """The parts of a split video, and the folder that holds them until they are joined."""

    folder: str
    parts: tuple[Part, ...]


class Task(Protocol):
    """A unit of work on one video, which is pickled and sent to a worker."""

    @property
    def job(self) -> VideoJob:
        """The video."""

    def run(self, networks: Networks, progress: Progress) -> Succeeded | Parts:
        """Run the task. Running it again, after a worker was lost, gives the same result.

        Raises:
            MattingError: the task failed; the message states why.
        """


@dataclass(frozen=True)
class MatteTask:
    """Matte a whole video."""

    job: VideoJob
    options: Options

    def run(self, networks: Networks, progress: Progress) -> Succeeded:
        """See `Task.run`."""
        began = time.monotonic()
        broken = ""
        notes: tuple[str, ...] = ()
        with local_source(self.job.source) as source, stage(self.job) as paths:
            try:
                summary = matte_video(
                    source,
                    paths["dst"],
                    alpha=paths.get("alpha"),
                    foreground=paths.get("foreground"),
                    save_background=paths.get("save_background"),
                    model=networks.model,
                    engine=networks.engine,
                    **self.options.as_arguments(),
                    progress=throttled(progress),
                )
                frames, notes = summary.frames, tuple(summary.notes)
            except BrokenVideoError as error:  # keep the frames that could be decoded
                frames, broken = error.frame, str(error)
        staged = {kind: str(path) for kind, path in paths.items() if path.exists()}
        return Succeeded(frames, time.monotonic() - began, staged, broken, notes)


def throttled(progress: Progress) -> Progress:
    """Limit `progress` to a few calls per second."""
    due = 0.0

    def call(done: int, total: int | None) -> None:
        nonlocal due
        now = time.monotonic()
        if now >= due:
            due = now + _PROGRESS_INTERVAL
            progress(done, total)

    return call
