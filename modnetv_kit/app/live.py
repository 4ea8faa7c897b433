"""The live camera: one session per user."""

import io
import itertools
import threading
import time
from collections import deque
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from ..engines import Engine
from ..errors import InputError, MattingError
from ..inference import FrameResult, MattingSession
from ..inference.composite import Background, composite
from ..inference.pixels import to_uint8
from ..samples import checkerboard
from ..video import Frame, VideoInfo, open_writer
from ..viz.images import encode
from .limits import Limits
from .messages import guarded, without_folders
from .uploads import choose_background
from .waiting_line import BusyError

VIEWS = ("result", "matte", "background")
IDLE = 5.0  # seconds without a frame after which a camera counts as stopped
RECENT = 10.0  # seconds of output that are kept
WINDOW = 3.0  # seconds over which the frame rate is averaged
MAX_STEP = 0.5
"""Seconds by which a background video advances at most per camera frame. Without a limit it would fall behind for ever
where decoding is slower than real time, and skip through everything missed after a pause."""


class Cameras:
    """The running sessions of all users.

    Args:
        at_once: maximum number of sessions.
    """

    def __init__(self, at_once: int):
        self._at_once = at_once
        self._lock = threading.Lock()  # every frame is admitted from a thread of its own
        self._seen: dict[int, float] = {}  # by the number of the session

    def admit(self, session: "LiveSession") -> None:
        """Admit a frame of a session.

        Raises:
            BusyError: too many other sessions sent a frame in the last seconds.
        """
        with self._lock:
            now = time.monotonic()
            self._seen = {number: seen for number, seen in self._seen.items() if seen > now - IDLE}
            if session.number not in self._seen and len(self._seen) >= self._at_once:
                raise BusyError(f"{len(self._seen)} cameras are running already; try again in a minute")
            self._seen[session.number] = now


class LiveSession:
    """The state of one user's camera.

    Args:
        engine: shared by all users.
        limits: of the app.

    Attributes:
        number: tells sessions apart; unlike `id`, it is never given to a second one.
        frames: number of frames since the background was last forgotten.
        reset_for: why it was forgotten before the last frame, or None.
    """

    _numbers = itertools.count()

    def __init__(self, engine: Engine, limits: Limits):
        self.number = next(self._numbers)
        self._lock = threading.Lock()  # a slow frame is still in work when the next arrives in another thread
        self._session = MattingSession(engine.model, engine=engine)
        self._limits = limits
        self._behind: Background | None = None
        self._chosen: tuple[object, ...] | None = None
        self._times: deque[float] = deque()
        self._played, self._last_draw = 0.0, 0.0  # position in the background video, and the time of its last frame
        self._recent: deque[tuple[float, tuple[int, ...], bytes]] = deque()  # time, shape, JPEG
        self.frames = 0
        self.reset_for: str | None = None

    def reset(self) -> None:
        """Forget the background; the next frame starts over."""
        with self._lock:
            self._session.reset()
            self.frames = 0

    def step(
        self,
        image: np.ndarray,
        background: str,
        colour: str | None = None,
        file: Path | None = None,
        view: str = "result",
    ) -> np.ndarray:
        """Process the next camera frame; returns the output, uint8 (H, W, 3), with a long side of at most `live_side`.

        Args:
            image: uint8 (H, W, 3).
            background, colour, file: as for `Service.matte`.
            view: one of `VIEWS`; the restored background has a checkerboard where it was never seen.

        Raises:
            InputError: the frame is too small, or the background cannot be used.
        """
        with self._lock:
            with guarded():
                output = self._step(image, background, colour, file, view)
            now = time.monotonic()
            self._recent.append((now, output.shape, encode(output, 92)[0]))
            while self._recent[0][0] < now - RECENT:
                self._recent.popleft()
        return output

    def snapshot(self, path: Path) -> Path:
        """Write the latest output as a picture.

        Raises:
            InputError: there is no output yet.
        """
        path.write_bytes(self._last_output()[2])
        return path

    def save(self, path: Path) -> Path:
        """Write the outputs of the last seconds as a video with their timestamps.

        Raises:
            InputError: there is no output yet.
        """
        shape = self._last_output()[1]
        kept = [(seconds, data) for seconds, size, data in list(self._recent) if size == shape]
        info = VideoInfo(shape[1], shape[0], Fraction(max(1, round(self.rate))), Fraction(1, 1000))
        with open_writer(path, info) as writer:
            for seconds, data in kept:
                picture = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
                writer.write(picture, round((seconds - kept[0][0]) * 1000), Fraction(1, 1000))
        return path

    def _last_output(self) -> tuple[float, tuple[int, ...], bytes]:
        if not self._recent:
            raise InputError("nothing is kept yet; start the camera first")
        return self._recent[-1]

    def _step(self, image: np.ndarray, background: str, colour: str | None, file: Path | None, view: str) -> np.ndarray:
        frame = self._shrunk(image)
        result = self._session.step(frame)
        self.reset_for = result.reset
        self.frames = 1 if result.reset else self.frames + 1
        self._count_frame()
        checks = checkerboard(*frame.shape[:2])
        if view == "matte":
            return np.repeat(to_uint8(result.alpha)[..., None], 3, 2)
        if view == "background":
            return np.where(result.background_mask[..., None], result.background, checks)
        behind = self._draw_behind(frame, result, (background, colour, file))
        return composite(result.foreground, result.alpha, checks if behind is None else behind)

    @property
    def rate(self) -> float:
        """Frames per second over the last few seconds; 0 for fewer than two frames."""
        return (len(self._times) - 1) / (self._times[-1] - self._times[0]) if len(self._times) > 1 else 0.0

    def _draw_behind(
        self, frame: np.ndarray, result: FrameResult, chosen: tuple[str, str | None, Path | None]
    ) -> np.ndarray | None:
        """The chosen background, which is opened when the choice changes; None for transparency."""
        now = time.monotonic()
        if chosen != self._chosen:
            self._chosen = None
            self._behind = choose_background(*chosen, self._limits)
            self._chosen, self._played, self._last_draw = chosen, 0.0, now
        if self._behind is None:
            return None
        self._played += min(now - self._last_draw, MAX_STEP)
        self._last_draw = now
        try:
            return self._behind.draw(Frame(frame, self.frames, round(self._played * 1000), Fraction(1, 1000)), result)
        except MattingError as error:
            self._chosen = None  # reopen it, since an interrupted video cannot continue
            raise InputError(without_folders(error)) from None

    def _count_frame(self) -> None:
        now = time.monotonic()
        self._times.append(now)
        while self._times[0] < now - WINDOW:
            self._times.popleft()

    def _shrunk(self, image: np.ndarray) -> np.ndarray:
        if max(image.shape[:2]) <= self._limits.live_side:
            return image
        small = Image.fromarray(image)
        small.thumbnail((self._limits.live_side, self._limits.live_side), Image.Resampling.BILINEAR)
        return np.array(small)
