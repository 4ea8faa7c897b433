"""Looking inside the model: a clip is recorded once, and its figures are redrawn for every setting."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import plotly.graph_objects as go

from ..errors import InputError
from ..inference.patches import inspect_patches
from ..inference.recording import Recording, record
from ..models.background import Update
from ..video import open_video
from ..viz import coverage_figure, flaw_still, frame_explorer, without_frames
from ..viz.images import resized
from ..viz.stills import RULES, Restorations
from . import engine
from .job import ProgressEvent
from .limits import Limits
from .messages import guarded
from .service import POLL, Waiting
from .uploads import validate_upload
from .waiting_line import WaitingLine

EXPLORER = 1100  # pixels: the width of the page
NARROW = 640  # pixels: narrower pages, as on phones, have two pictures per row instead of four
PICTURE = 320  # pixels: maximum height of a picture, so that upright videos do not fill the screen
DRAWN_SIDE = 384  # pixels: long side of a picture in a figure, since all are sent to the browser


class RecordingCache:
    """Recordings of all users; the least recently used one is dropped when the cache is full.

    Args:
        size: maximum number of recordings.
    """

    def __init__(self, size: int):
        self._size = size
        self._lock = threading.Lock()
        self._recordings: OrderedDict[str, Recording] = OrderedDict()

    def put(self, recording: Recording) -> str:
        """Store a recording and return its key, which cannot be guessed."""
        key = secrets.token_urlsafe(16)
        with self._lock:
            self._recordings[key] = recording
            while len(self._recordings) > self._size:
                self._recordings.popitem(last=False)
        return key

    def get(self, key: str | None) -> Recording:
        """The recording of a key.

        Raises:
            InputError: it has been dropped.
        """
        with self._lock:
            if key is None or key not in self._recordings:
                raise InputError("this recording is no longer kept on the server; press the button to make it again")
            self._recordings.move_to_end(key)
            return self._recordings[key]

    def drop(self, key: str | None) -> None:
        """Drop a recording, if it exists."""
        with self._lock:
            self._recordings.pop(key or "", None)


def record_clip(
    video: str | Path | None, start: str | float | None, end: str | float | None, limits: Limits, line: WaitingLine
) -> Iterator[Waiting | ProgressEvent | Recording]:
    """Record the first frames of an uploaded video, scaled to `limits.recorded_side`; yields the recording last.

    Raises:
        MattingError: one line that states the problem.
    """
    with guarded():
        yield from _record_clip(video, start, end, limits, line)


def _record_clip(
    video: str | Path | None, start: str | float | None, end: str | float | None, limits: Limits, line: WaitingLine
) -> Iterator[Waiting | ProgressEvent | Recording]:
    if video is None:
        raise InputError("choose a video in the tab Video first")
    clip = validate_upload(Path(video), limits, start, end)
    with line.join() as place:
        while ahead := place.ahead:
            yield Waiting(ahead)
            time.sleep(POLL)
        done, abandoned, began = 0, False, time.monotonic()

        def frames() -> Iterator[np.ndarray]:
            nonlocal done
            for frame in open_video(clip.path, clip.start, clip.end):
                if abandoned:
                    return
                yield _shrunk(frame.image, limits.recorded_side)
                done += 1

        with ThreadPoolExecutor(1) as thread:
            running = thread.submit(
                record, engine.model(), frames(), device=engine.device(), max_frames=limits.recorded_frames
            )
            try:
                while wait([running], POLL).not_done:
                    yield ProgressEvent(done, min(clip.frames, limits.recorded_frames), time.monotonic() - began)
            finally:
                abandoned = True
            yield running.result()


@dataclass(frozen=True, eq=False)
class InspectionFigures:
    """Figures of a recording, with its background under both rules for one theta, for a page width in pixels."""

    recording: Recording
    restored: Restorations
    width: int = EXPLORER

    @classmethod
    def of(cls, recording: Recording, theta: float, width: float | None = None) -> Self:
        """Replay B with `theta`, for a page of the width that the browser reports."""
        return cls(recording, Restorations(recording, theta), min(max(round(width or EXPLORER), 240), EXPLORER))

    def explorer(self, rule: Update, xi: float) -> go.Figure:
        """All maps side by side, frame by frame, under one rule."""
        recording = self.recording
        return self._figure(
            {
                "frame (I)": self._small(recording.frames),
                "matte (alpha)": self._small(recording.alpha),
                "coarse person (s_p)": recording.s_p,
                "flaws of the matte": recording.flaw,
                "restored so far (bgM)": self._after("bgM", rule),
                "background features (bgF)": self._after("bgF", rule),
                "restored background": self._small(self._after("restored background", rule)),
                f"refined (ξ = {xi:g})": recording.flaw > xi,
            }
        )

    def both_rules(self) -> go.Figure:
        """The backgrounds restored under both rules, side by side, and their difference."""
        plates: dict[str, list[np.ndarray]] = {
            rule: self._small(self._after("restored background", rule)) for rule in RULES
        }
        first, second = (np.stack(plate).astype(np.int16) for plate in plates.values())
        difference = (4 * np.abs(first - second).max(-1)).clip(0, 255).astype(np.uint8)
        return self._figure(
            {"frame (I)": self._small(self.recording.frames), **plates, "difference, times 4": difference}
        )

    def coverage(self, rule: Update) -> go.Figure:
        """The restored fraction of the picture over time."""
        return coverage_figure(self.restored.replays[rule].bgM, self.recording.resets, stacked=self.width < NARROW)

    def _figure(self, maps: dict[str, Any]) -> go.Figure:
        columns = 2 if self.width < NARROW else 4
        height, width = self.recording.frames.shape[1:3]
        max_width = round(columns * PICTURE * width / height)
        return without_frames(frame_explorer(maps, columns=columns, width=min(self.width, max_width)))

    def _after(self, name: str, rule: Update) -> list[np.ndarray]:
        return [self.restored.picture(name, rule, t) for t in range(len(self.recording))]

    def _small(self, images: Iterable[np.ndarray]) -> list[np.ndarray]:
        height, width = self.recording.frames.shape[1:3]
        scale = min(1.0, DRAWN_SIDE / max(height, width))
        return [resized(image, (round(height * scale), round(width * scale))) for image in images]


def flaws(recording: Recording, index: int, xi: float) -> np.ndarray:
    """A frame before and after P with a close-up of its worst patch, uint8 (H, W, 3); `index` is clipped."""
    frame = recording.frames[min(max(0, index), len(recording) - 1)]
    return flaw_still(inspect_patches(engine.model(), frame, ks=(), device=engine.device()), xi=xi)


def _shrunk(image: np.ndarray, side: int) -> np.ndarray:
    scale = side / max(image.shape[:2])
    size = round(image.shape[0] * scale), round(image.shape[1] * scale)
    return image if scale >= 1 else np.array(resized(image, size))
