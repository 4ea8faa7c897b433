"""Prompts by clicks and brush strokes on single frames, which show the matte as a tint."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from torch import Tensor

from ..engines import Engine
from ..errors import InputError
from ..inference import MattingSession, Prompt
from ..models import BackgroundState, CoarseOutput
from ..video import open_video
from ..video.lowered import fitted, shrunk
from . import engine
from .limits import Limits
from .uploads import UploadedClip, validate_upload

SIDE = 640  # pixels: long side of the frame that is clicked on
MATTED = 512  # pixels: long side at which it is matted for the tint; no patch of so small a frame is refined
TINT = np.array([20, 184, 166], np.float32)
"""Teal, over the person."""
DOTS = {"keep": (34, 197, 94), "remove": (239, 68, 68)}

Said = dict[str, list[list[Any]]]
"""Clicks by the frame's index, as JSON has them: {"0": [[x, y, "keep" or "remove"], ...]}, in pixels of the source."""


def prompts_of(said: Mapping[str, Any] | None) -> dict[int, Prompt]:
    """Prompts by frame from the values of endpoints and of the page.

    Args:
        said: {"0": {"points": [[x, y, "keep"], ...], "boxes": [[x, y, w, h], ...]}}, or for points alone the list.

    Raises:
        InputError: it is something else.
    """
    if said is None:
        return {}
    try:
        prompts = {}
        for index, what in said.items():
            parts = {"points": what} if isinstance(what, list) else dict(what)
            points = [(float(x), float(y), str(kind)) for x, y, kind in parts.pop("points", [])]
            boxes = [tuple(float(number) for number in box) for box in parts.pop("boxes", [])]
            if parts or any(len(box) != 4 for box in boxes):
                raise ValueError
            if points or boxes:
                prompts[int(index)] = Prompt(points, boxes)  # type: ignore[arg-type]
        return prompts
    except (ValueError, TypeError, AttributeError):
        raise InputError(
            'prompts are JSON such as {"0": {"points": [[320, 180, "keep"]], "boxes": [[10, 10, 200, 300]]}}, '
            "by frame and in pixels"
        ) from None


def with_mask(prompts: Mapping[int, Prompt], index: int, mask: np.ndarray | None) -> dict[int, Prompt]:
    """`prompts` and a mask, (H, W) of the source's size, for one frame; the same where there is no mask."""
    if mask is None or not mask.any():
        return dict(prompts)
    before = prompts.get(index)
    return {**prompts, index: Prompt(before.points if before else (), before.boxes if before else (), mask)}


def tinted(video: str, start: str, end: str, index: int, prompts: Mapping[int, Prompt], limits: Limits) -> np.ndarray:
    """A frame, small, with what would be cut out of it, and dots where it was clicked: uint8 (H, W, 3).

    Args:
        video, start, end: as for `Service.matte`.
        index: of the frame in this part.
        prompts: those of other frames are left out.
        limits: of the app.

    Raises:
        InputError: the video cannot be used, or a click is outside.
    """
    height, width = frame_of(video, start, end, index, limits).shape[:2]
    small = _small(video, *_place(video, start, end, index, limits), engine.runtime())  # type: ignore[arg-type]
    prompt = prompts.get(index)
    fit = None if prompt is None else prompt.resized((height, width), small.matted.shape[:2])
    alpha = MattingSession(engine.model(), engine=small.engine).predict(small.matted, fit).alpha
    alpha = cv2.resize(alpha, small.shown.shape[1::-1], interpolation=cv2.INTER_LINEAR)[..., None]
    grey = small.shown.mean(2, keepdims=True) * 0.5
    person = 0.55 * small.shown + 0.45 * TINT
    shown = np.ascontiguousarray(np.rint(alpha * person + (1 - alpha) * grey).clip(0, 255).astype(np.uint8))
    for x, y, kind in () if prompt is None else prompt.resized((height, width), small.shown.shape[:2]).points:
        cv2.circle(shown, (round(x), round(y)), 7, (255, 255, 255), -1, cv2.LINE_AA)
        cv2.circle(shown, (round(x), round(y)), 5, DOTS[kind], -1, cv2.LINE_AA)
    return shown


def frame_of(video: str | None, start: str, end: str, index: int, limits: Limits) -> np.ndarray:
    """A frame of the selected part; the latest are cached, because users click on them several times.

    Raises:
        InputError: the video cannot be used.
    """
    if not video:
        raise InputError("choose a video first")
    return _frame(video, *_place(video, start, end, index, limits))


def _place(video: str, start: str, end: str, index: int, limits: Limits) -> tuple[float | None, float | None, int]:
    """Start and end of the part in seconds, and the frame in it."""
    path = Path(video)
    clip = _validated(path, start, end, limits) if path.exists() else validate_upload(path, limits, start, end)
    return clip.start, clip.end, min(max(0, index), clip.frames - 1)


@lru_cache(16)
def _validated(path: Path, start: str, end: str, limits: Limits) -> UploadedClip:
    return validate_upload(path, limits, start, end)


@lru_cache(4)
def _frame(video: str, start: float | None, end: float | None, index: int) -> np.ndarray:
    return open_video(video, start, end)[index].image


class _Small(NamedTuple):
    """A frame in two small sizes, uint8 (H, W, 3): to look at, and for the network; and an engine for it alone."""

    shown: np.ndarray
    matted: np.ndarray
    engine: Engine


@lru_cache(8)
def _small(video: str, start: float | None, end: float | None, index: int, runtime: Engine) -> _Small:
    frame = _frame(video, start, end, index)
    shown, matted = (shrunk(frame, *fitted(frame.shape[1], frame.shape[0], side)) for side in (SIDE, MATTED))
    return _Small(shown, matted, _OneFrame(runtime))


class _OneFrame:
    """An engine for sessions that see one and the same frame: every click asks for its matte without prompts again."""

    def __init__(self, runtime: Engine):
        self.name, self.device, self.model, self.patches = runtime.name, runtime.device, runtime.model, runtime.patches
        self._step = runtime.step
        self._unprompted: tuple[CoarseOutput, BackgroundState] | None = None

    def step(self, frame: Tensor, state: BackgroundState) -> tuple[CoarseOutput, BackgroundState]:
        """See `Engine.step`."""
        if any(part.any() for part in state):
            return self._step(frame, state)
        if self._unprompted is None:
            self._unprompted = self._step(frame, state)
        return self._unprompted


def to_source(x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
    """From a pixel of the small frame to one of the source, of `size` = (H, W)."""
    height, width = size
    small = fitted(width, height, SIDE)
    return min(width - 1.0, (x + 0.5) * width / small[0]), min(height - 1.0, (y + 0.5) * height / small[1])
