"""The camera: one visitor's session, frame after frame."""

import time
from collections import deque
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from ..demo import checkerboard
from ..inference import MattingSession
from ..inference.composite import Background, composite
from ..models import MODNetV
from ..video import Frame
from .intake import choose_background
from .limits import Limits
from .line import BusyError

VIEWS = ("result", "matte", "background")
IDLE = 5.0  # seconds without a frame after which a camera counts as stopped
WINDOW = 3.0  # seconds over which frames a second are counted


class Cameras:
    """Those that are running, of all visitors.

    Args:
        at_once: how many may.
    """

    def __init__(self, at_once: int):
        self._at_once = at_once
        self._seen: dict[int, float] = {}

    def admit(self, session: "LiveSession") -> None:
        """Let one more frame of a session in.

        Raises:
            BusyError: too many others sent a frame in the last seconds.
        """
        now = time.monotonic()
        self._seen = {key: seen for key, seen in self._seen.items() if seen > now - IDLE}
        if id(session) not in self._seen and len(self._seen) >= self._at_once:
            raise BusyError(f"{len(self._seen)} cameras are running already; try again in a minute")
        self._seen[id(session)] = now


class LiveSession:
    """What is remembered of one visitor's camera.

    Args:
        model: shared by all.
        device: where it is.
        limits: of the app.
    """

    def __init__(self, model: MODNetV, device: str, limits: Limits):
        self._session = MattingSession(model, device)
        self._limits = limits
        self._behind: Background | None = None
        self._chosen: tuple[object, ...] | None = None
        self._times: deque[float] = deque()
        self.frames = 0
        self.reset_for: str | None = None

    def reset(self) -> None:
        """Forget the background; the next frame is a first frame."""
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
        """The next frame of the camera, as it is to be shown: uint8 (H, W, 3), its long side at most `live_side`.

        Args:
            image: uint8 (H, W, 3).
            background, colour, file: as for `Service.matte`.
            view: one of `VIEWS`; the restored background is grey checks where it was never seen.

        Raises:
            InputError: the frame is too small, or the background cannot be used.
        """
        frame = self._shrunk(image)
        result = self._session.step(frame)
        self.reset_for = result.reset
        self.frames = 1 if result.reset else self.frames + 1
        self._count()
        checks = checkerboard(*frame.shape[:2])
        if view == "matte":
            return np.repeat(np.rint(result.alpha[..., None] * 255).astype(np.uint8), 3, 2)
        if view == "background":
            return np.where(result.background_mask[..., None], result.background, checks)
        chosen = (background, colour, file)
        if chosen != self._chosen:
            self._behind, self._chosen = choose_background(background, colour, file, self._limits), chosen
        behind = (
            checks if self._behind is None else self._behind.draw(Frame(frame, self.frames, 0, Fraction(1)), result)
        )
        return composite(result.foreground, result.alpha, behind)

    @property
    def rate(self) -> float:
        """Frames a second over the last few seconds; 0 before there are two."""
        return (len(self._times) - 1) / (self._times[-1] - self._times[0]) if len(self._times) > 1 else 0.0

    def _count(self) -> None:
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
