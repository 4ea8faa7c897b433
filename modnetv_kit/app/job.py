"""Matting one uploaded video in a folder of its own: progress to watch comes out, files are left in the folder."""

import math
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import BrokenVideoError, MattingError
from ..inference import FrameResult, Prompt, matte_video
from ..inference.matte import StopMatting
from ..samples import checkerboard
from ..video import Frame
from ..viz import data_uri
from . import engine
from .limits import Limits
from .look import Look
from .messages import guarded, without_folders
from .uploads import UploadedClip, choose_background

EVERY = 0.3  # seconds between two reports of progress: often enough to be live, and little to send
SHOWN_SIDE = 480  # pixels of the picture that is shown meanwhile
START_UP = 15  # seconds until a lent GPU runs the first frame
STOP = "stop"  # a file of this name in a request's folder ends the job there
FINE = 8  # crf of the kept foreground: what is made of it is compressed a second time


@dataclass(frozen=True)
class Job:
    """A video to matte, in plain values, so that it can be sent to another process.

    Attributes:
        clip: the video, in the request's folder.
        look: shown while it goes on.
        limits: of the app.
        prompts: who is meant, by frame, counted from the first of the clip.
    """

    clip: UploadedClip
    look: Look
    limits: Limits
    prompts: Mapping[int, Prompt] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """Progress of a job.

    Attributes:
        done, total: frames.
        seconds: since the first frame was begun.
        picture: the latest composite, small, as a data URI; empty where nothing is shown.
        doing: what is done to the frames: "matting" or "writing".
    """

    done: int
    total: int
    seconds: float
    picture: str = ""
    doing: str = "matting"

    @property
    def rate(self) -> float:
        """Frames a second so far."""
        return self.done / max(self.seconds, 1e-6)

    @property
    def left(self) -> float:
        """Remaining seconds at that rate."""
        return max(0, self.total - self.done) / max(self.rate, 1e-6)


@dataclass(frozen=True)
class Matted:
    """A matted video, stored so that any number of results can be made from it.

    Attributes:
        clip: the video.
        alpha: the matte without loss, MKV.
        foreground: the person's own colours, MP4.
        background: the restored background, PNG.
        centres: where the person is in each frame, as a share of the width; NaN where nobody is.
        frames: how many were matted.
        seconds: it took.
        restored: share of the picture whose background was seen by the end, in [0, 1].
        notes: what the visitor should know, one line each.
    """

    clip: UploadedClip
    alpha: Path
    foreground: Path
    background: Path
    centres: tuple[float, ...]
    frames: int
    seconds: float
    restored: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Failure:
    """A failure, as a value, because not every exception can be sent between processes."""

    message: str


Events = queue.SimpleQueue[Progress | Matted | Failure]


def stop(folder: Path) -> None:
    """Ask the job in `folder` to finish early, with a file, because it may run in another process."""
    if folder.is_dir():
        (folder / STOP).touch()


def gpu_seconds(job: Job, folder: Path) -> int:
    """The time to request from ZeroGPU; generous, because the job stops itself before that."""
    megapixels = job.clip.width * job.clip.height / 1e6
    return min(job.limits.gpu_seconds, START_UP + round(job.clip.frames * (0.03 + 0.08 * megapixels)))


@engine.on_gpu(gpu_seconds)
def run_job(job: Job, folder: Path) -> Iterator[Progress | Matted | Failure]:
    """Matte a video into `folder`; closing the iterator stops the job.

    Yields:
        Progress, the last of which is the end, then Matted or a Failure.
    """
    events: Events = queue.SimpleQueue()
    thread = threading.Thread(target=lambda: events.put(_run(job, folder, events)), daemon=True)
    thread.start()
    try:
        while True:
            event = events.get()
            yield event
            if not isinstance(event, Progress):
                return
    finally:
        stop(folder)
        thread.join()


def _run(job: Job, folder: Path, events: Events) -> Matted | Failure:
    try:
        with guarded():
            return _matte(job, folder, events)
    except MattingError as error:
        return Failure(str(error))


def _matte(job: Job, folder: Path, events: Events) -> Matted:
    clip, stem = job.clip, job.clip.path.stem
    behind = choose_background(job.look.background, job.look.colour, job.look.file, job.limits)
    alpha, foreground, background = (
        folder / f"{stem}_{name}" for name in ("alpha.mkv", "foreground.mp4", "background.png")
    )
    watcher = _Watcher(job, folder, events)
    notes = []
    try:
        summary = matte_video(
            clip.path,
            None,
            background=behind or _Checks(),
            alpha=alpha,
            foreground=foreground,
            save_background=background,
            edges=job.look.edges,
            prompts=job.prompts or None,
            crf=FINE,
            model=engine.model(),
            device=engine.long_work_device(),
            engine=engine.long_work_engine(),
            start=clip.start,
            end=clip.end,
            max_pixels=job.limits.pixels,
            watch=watcher,
        )
        if summary.stopped:
            notes.append(watcher.why)
    except BrokenVideoError as error:
        if not alpha.exists():
            raise
        notes.append(without_folders(error))
    if watcher.person < 0.005:
        notes.append("Hardly anything was cut out: is there a person in this video?")
    return Matted(
        clip,
        alpha,
        foreground,
        background,
        tuple(watcher.centres),
        watcher.frames,
        watcher.seconds,
        watcher.restored,
        tuple(notes),
    )


class _Checks:
    """A checkerboard, which stands for transparency."""

    def draw(self, frame: Frame, result: FrameResult) -> np.ndarray:
        return checkerboard(*frame.image.shape[:2])


class _Watcher:
    """A callback for `matte_video`: report progress, store the position of the person, and stop on request."""

    def __init__(self, job: Job, folder: Path, events: Events):
        self._job, self._folder, self._events = job, folder, events
        self._began = time.monotonic()
        self._sent = -EVERY
        self._deadline = self._began + gpu_seconds(job, folder) - START_UP / 2 if engine.ON_ZERO_GPU else math.inf
        self._alpha = 0.0
        self._last: FrameResult | None = None
        self.centres: list[float] = []
        self.frames = 0
        self.why = ""

    def __call__(self, frame: Frame, result: FrameResult, picture: np.ndarray) -> None:
        self.frames += 1
        columns = result.alpha.mean(0)
        mean = float(columns.mean())
        self._alpha += mean
        middles = (np.arange(len(columns)) + 0.5) / len(columns)
        self.centres.append(float(columns @ middles / columns.sum()) if mean > 0.005 else math.nan)
        self._last = result
        last = self.frames == self._job.clip.frames
        if last or self.seconds - self._sent >= EVERY:
            self._sent = self.seconds
            self._events.put(Progress(self.frames, self._job.clip.frames, self.seconds, shown(picture)))
        if not last and (self._folder / STOP).exists():
            self.why = f"Stopped after {self.frames} of {self._job.clip.frames} frames; what was done is kept."
            raise StopMatting
        if not last and time.monotonic() > self._deadline:
            self.why = f"The time on the GPU was up after {self.frames} of {self._job.clip.frames} frames."
            raise StopMatting

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    @property
    def person(self) -> float:
        """Mean alpha so far."""
        return self._alpha / max(1, self.frames)

    @property
    def restored(self) -> float:
        """Share of the picture whose background has been seen."""
        return 0.0 if self._last is None else float(self._last.background_mask.mean())


def shown(picture: np.ndarray, side: int = SHOWN_SIDE) -> str:
    """A picture, uint8 (H, W, 3), as a data URI with a long side of at most `side` pixels."""
    image = Image.fromarray(picture)
    image.thumbnail((side, side), Image.Resampling.BILINEAR)
    return data_uri(np.asarray(image))
