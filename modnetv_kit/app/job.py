"""Matting one uploaded video in a folder of its own: steps to watch come out, files are left in the folder."""

import logging
import math
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import BrokenVideoError, InputError, MattingError
from ..inference import FrameResult, matte_video
from ..inference.composite import composite
from ..inference.matte import StopMatting
from ..samples import checkerboard
from ..video import Frame, Writer, open_writer, probe
from ..viz import data_uri
from . import engine
from .limits import Limits
from .uploads import Clip, choose_background, without_folders

logger = logging.getLogger(__name__)
FORMATS = {"mp4": ".mp4", "mov": ".mov", "webm": ".webm", "png": ""}
EVERY = 0.3  # seconds between two reports of progress: often enough to be live, and little to send
SHOWN_SIDE = 480  # pixels of the picture that is shown meanwhile
START_UP = 15  # seconds until a lent GPU runs the first frame
STOP = "stop"  # a file of this name in a request's folder ends the job there


@dataclass(frozen=True)
class Job:
    """What somebody wants done; plain values, so that it can travel to another process.

    Attributes:
        clip: the video, in the request's folder.
        background: one of `uploads.KINDS`.
        colour: for "colour".
        file: for "picture" and "video", in the request's folder.
        form: one of `FORMATS`.
        limits: of the app.
    """

    clip: Clip
    background: str
    colour: str | None
    file: Path | None
    form: str
    limits: Limits

    def __post_init__(self) -> None:
        if self.form not in FORMATS:
            raise InputError(f"there is no format {self.form!r}; choose one of {', '.join(FORMATS)}")
        if self.background == "transparent" and self.form == "mp4":
            raise InputError("MP4 cannot be transparent; choose MOV, WebM or PNG pictures")


@dataclass(frozen=True)
class Progress:
    """How far it is.

    Attributes:
        done, total: frames.
        seconds: since the first frame was begun.
        picture: the latest composite, small, as a data URI; empty where nothing is shown.
    """

    done: int
    total: int
    seconds: float
    picture: str = ""

    @property
    def rate(self) -> float:
        """Frames a second so far."""
        return self.done / max(self.seconds, 1e-6)

    @property
    def left(self) -> float:
        """Seconds still to go at that rate."""
        return max(0, self.total - self.done) / max(self.rate, 1e-6)


@dataclass(frozen=True)
class Results:
    """What lies in the folder when the work is over.

    Attributes:
        composite: the result as ordered; a folder of PNG images before it is packed.
        preview: what a browser can play: the composite itself, or the person over a checkerboard.
        alpha: the matte as MP4.
        background: the restored background as PNG.
        frames: how many were matted.
        seconds: it took.
        restored: share of the picture whose background was seen by the end, in [0, 1].
        notes: what the person should know, one line each.
    """

    composite: Path
    preview: Path
    alpha: Path
    background: Path
    frames: int
    seconds: float
    restored: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Failure:
    """Why nothing came of it; a value, since not every exception survives the way from one process to another."""

    message: str


Events = queue.SimpleQueue[Progress | Results | Failure]


def stop(folder: Path) -> None:
    """Ask the work in `folder` to finish what it has; a file, since the work may be in another process."""
    if folder.is_dir():
        (folder / STOP).touch()


def gpu_seconds(job: Job, folder: Path) -> int:
    """For how long the GPU of a ZeroGPU Space is asked: generous, since the work stops itself before that is over."""
    megapixels = job.clip.width * job.clip.height / 1e6
    return min(job.limits.gpu_seconds, START_UP + round(job.clip.frames * (0.03 + 0.08 * megapixels)))


@engine.on_gpu(gpu_seconds)
def run_job(job: Job, folder: Path) -> Iterator[Progress | Results | Failure]:
    """Matte a video into `folder`; closing the iterator stops the work.

    Yields:
        Progress, the last of which is the end, then Results or a Failure.
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


def _run(job: Job, folder: Path, events: Events) -> Results | Failure:
    try:
        return _matte(job, folder, events)
    except MattingError as error:
        files = [job.clip.path, folder / "any", *([job.file] if job.file else [])]
        return Failure(without_folders(error, *files))
    except Exception:
        logger.exception("a request failed")
        return Failure("something went wrong here; try again, or try another video")


def _matte(job: Job, folder: Path, events: Events) -> Results:
    clip, stem = job.clip, job.clip.path.stem
    behind = choose_background(job.background, job.colour, job.file, job.limits)
    cutout = folder / f"{stem}_cutout{FORMATS[job.form]}"
    alpha, background = folder / f"{stem}_matte.mp4", folder / f"{stem}_background.png"
    preview = cutout if job.form == "mp4" else folder / f"{stem}_preview.mp4"
    watcher = _Watcher(job, folder, events, None if preview is cutout else preview)
    notes = []
    try:
        summary = matte_video(
            clip.path,
            cutout,
            background="none" if behind is None else behind,
            alpha=alpha,
            save_background=background,
            model=engine.model(),
            device=engine.long_work_device(),
            engine=engine.long_work_engine(),
            start=clip.start,
            end=clip.end,
            watch=watcher,
        )
        if summary.stopped:
            notes.append(watcher.why)
    except BrokenVideoError as error:
        if not cutout.exists():
            raise
        notes.append(without_folders(error, clip.path))
    finally:
        watcher.close(partial=bool(notes), keep=cutout.exists())
    if watcher.person < 0.005:
        notes.append("Hardly anything was cut out: is there a person in this video?")
    return Results(cutout, preview, alpha, background, watcher.frames, watcher.seconds, watcher.restored, tuple(notes))


class _Watcher:
    """Looks over the shoulder of `matte_video`: sends progress, writes the preview, and stops it when asked to."""

    def __init__(self, job: Job, folder: Path, events: Events, preview: Path | None):
        clip = job.clip
        self._job, self._folder, self._events = job, folder, events
        self._preview: Writer | None = None
        if preview is not None:
            audio = clip.path if clip.has_audio else None
            info = probe(clip.path)
            self._preview = open_writer(preview, info, audio_from=audio, start=clip.start, end=clip.end)
        self._began = time.monotonic()
        self._sent = -EVERY
        self._deadline = self._began + gpu_seconds(job, folder) - START_UP / 2 if engine.ON_ZERO_GPU else math.inf
        self._alpha = 0.0
        self._last: FrameResult | None = None
        self.frames = 0
        self.why = ""

    def __call__(self, frame: Frame, result: FrameResult, picture: np.ndarray) -> None:
        self.frames += 1
        self._alpha += float(result.alpha.mean())
        self._last = result
        last = self.frames == self._job.clip.frames
        if picture.shape[2] == 4:
            picture = composite(result.foreground, result.alpha, checkerboard(*picture.shape[:2]))
        if self._preview:
            self._preview.write(picture, frame.pts, frame.time_base)
        if last or self.seconds - self._sent >= EVERY:
            self._sent = self.seconds
            self._events.put(Progress(self.frames, self._job.clip.frames, self.seconds, data_uri(_small(picture))))
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

    def close(self, partial: bool, keep: bool) -> None:
        """Finish the preview, or throw it away."""
        if self._preview and keep:
            self._preview.close(partial)
        elif self._preview:
            self._preview.abort()


def _small(picture: np.ndarray) -> np.ndarray:
    image = Image.fromarray(picture)
    image.thumbnail((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.BILINEAR)
    return np.asarray(image)
