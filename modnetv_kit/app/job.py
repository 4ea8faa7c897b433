"""Matting one uploaded video in its own folder: yields progress, and leaves files in the folder."""

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

REPORT_INTERVAL = 0.3  # seconds between progress reports: frequent enough to look live, and cheap to send
THUMBNAIL_SIDE = 480  # pixels: long side of the picture in a progress report
START_UP = 15  # seconds until an assigned GPU runs the first frame
STOP = "stop"  # a file of this name in a request's folder stops its job
FOREGROUND_CRF = 8  # of the stored foreground: high quality, since results are compressed a second time


@dataclass(frozen=True)
class MattingJob:
    """A video to matte, in plain values, so that it can be sent to another process.

    Attributes:
        clip: the video, in the request's folder.
        look: of the pictures in progress reports.
        limits: of the app.
        prompts: which people to keep, by frame index in the clip.
    """

    clip: UploadedClip
    look: Look
    limits: Limits
    prompts: Mapping[int, Prompt] = field(default_factory=dict)


@dataclass(frozen=True)
class ProgressEvent:
    """ProgressEvent of a job.

    Attributes:
        done, total: frames.
        seconds: since the start of the first frame.
        picture: thumbnail of the latest composite as a data URI; may be empty.
        stage: "matting" or "writing".
    """

    done: int
    total: int
    seconds: float
    picture: str = ""
    stage: str = "matting"

    @property
    def rate(self) -> float:
        """Frames per second so far."""
        return self.done / max(self.seconds, 1e-6)

    @property
    def remaining(self) -> float:
        """Remaining seconds at that rate."""
        return max(0, self.total - self.done) / max(self.rate, 1e-6)


@dataclass(frozen=True)
class Matted:
    """A matted video, stored so that any number of results can be made from it.

    Attributes:
        clip: the video.
        alpha: the lossless matte, MKV.
        foreground: the person's own colours, MP4.
        background: the restored background, PNG.
        centres: horizontal position of the person in each frame, as a fraction of the width; NaN without a person.
        frames: number of matted frames.
        seconds: duration of matting.
        restored: fraction of the picture whose background was restored by the end, in [0, 1].
        notes: messages for the user, one line each.
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
    """A failure as a value, because not every exception can be sent between processes."""

    message: str


Events = queue.SimpleQueue[ProgressEvent | Matted | Failure]


def stop(folder: Path) -> None:
    """Ask the job in `folder` to finish early, through a file, because it may run in another process."""
    if folder.is_dir():
        (folder / STOP).touch()


def gpu_seconds(job: MattingJob, folder: Path) -> int:
    """The time to request from ZeroGPU; generous, because the job stops itself before it is over."""
    megapixels = job.clip.width * job.clip.height / 1e6
    return min(job.limits.gpu_seconds, START_UP + round(job.clip.frames * (0.03 + 0.08 * megapixels)))


@engine.on_gpu(gpu_seconds)
def run_job(job: MattingJob, folder: Path) -> Iterator[ProgressEvent | Matted | Failure]:
    """Matte a video into `folder`; closing the iterator stops the job.

    Yields:
        ProgressEvents up to the last frame, then Matted or a Failure.
    """
    events: Events = queue.SimpleQueue()
    thread = threading.Thread(target=lambda: events.put(_run(job, folder, events)), daemon=True)
    thread.start()
    try:
        while True:
            event = events.get()
            yield event
            if not isinstance(event, ProgressEvent):
                return
    finally:
        stop(folder)
        thread.join()


def _run(job: MattingJob, folder: Path, events: Events) -> Matted | Failure:
    try:
        with guarded():
            return _matte(job, folder, events)
    except MattingError as error:
        return Failure(str(error))


def _matte(job: MattingJob, folder: Path, events: Events) -> Matted:
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
            background=behind or _Checkerboard(),
            alpha=alpha,
            foreground=foreground,
            save_background=background,
            edges=job.look.edges,
            prompts=job.prompts or None,
            crf=FOREGROUND_CRF,
            model=engine.model(),
            device=engine.long_work_device(),
            engine=engine.long_work_engine(),
            start=clip.start,
            end=clip.end,
            max_pixels=job.limits.pixels,
            watch=watcher,
        )
        if summary.stopped:
            notes.append(watcher.stop_reason)
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


class _Checkerboard:
    """A background that represents transparency."""

    def draw(self, frame: Frame, result: FrameResult) -> np.ndarray:
        return checkerboard(*frame.image.shape[:2])


class _Watcher:
    """A callback for `matte_video`: reports progress, stores the person's position, and stops on request."""

    def __init__(self, job: MattingJob, folder: Path, events: Events):
        self._job, self._folder, self._events = job, folder, events
        self._began = time.monotonic()
        self._sent = -REPORT_INTERVAL
        self._deadline = self._began + gpu_seconds(job, folder) - START_UP / 2 if engine.ON_ZERO_GPU else math.inf
        self._alpha_sum = 0.0
        self._last: FrameResult | None = None
        self.centres: list[float] = []
        self.frames = 0
        self.stop_reason = ""

    def __call__(self, frame: Frame, result: FrameResult, picture: np.ndarray) -> None:
        self.frames += 1
        columns = result.alpha.mean(0)
        mean = float(columns.mean())
        self._alpha_sum += mean
        middles = (np.arange(len(columns)) + 0.5) / len(columns)
        self.centres.append(float(columns @ middles / columns.sum()) if mean > 0.005 else math.nan)
        self._last = result
        last = self.frames == self._job.clip.frames
        if last or self.seconds - self._sent >= REPORT_INTERVAL:
            self._sent = self.seconds
            self._events.put(ProgressEvent(self.frames, self._job.clip.frames, self.seconds, thumbnail_uri(picture)))
        if not last and (self._folder / STOP).exists():
            self.stop_reason = f"Stopped after {self.frames} of {self._job.clip.frames} frames, which are kept."
            raise StopMatting
        if not last and time.monotonic() > self._deadline:
            self.stop_reason = f"The GPU time ran out after {self.frames} of {self._job.clip.frames} frames."
            raise StopMatting

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    @property
    def person(self) -> float:
        """Mean alpha so far."""
        return self._alpha_sum / max(1, self.frames)

    @property
    def restored(self) -> float:
        """Fraction of the picture whose background has been restored."""
        return 0.0 if self._last is None else float(self._last.background_mask.mean())


def thumbnail_uri(picture: np.ndarray, side: int = THUMBNAIL_SIDE) -> str:
    """A picture, uint8 (H, W, 3), as a data URI with a long side of at most `side` pixels."""
    image = Image.fromarray(picture)
    image.thumbnail((side, side), Image.Resampling.BILINEAR)
    return data_uri(np.asarray(image))
