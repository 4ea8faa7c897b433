"""Prompts from clicks and brush strokes on single frames, which show the matte as a tint."""

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
MATTED_SIDE = 512  # pixels: long side for matting the tint; patches of such small frames are not refined
TINT = np.array([20, 184, 166], np.float32)
"""Teal, to tint the person."""
DOTS = {"keep": (34, 197, 94), "remove": (239, 68, 68)}

Clicks = dict[str, list[list[Any]]]
"""Clicks by frame index, as in JSON: {"0": [[x, y, "keep" or "remove"], ...]}, in pixels of the source."""


def parse_prompts(values: Mapping[str, Any] | None) -> dict[int, Prompt]:
    """Prompts by frame index, from the JSON of endpoints and of the page.

    Args:
        values: {"0": {"points": [[x, y, "keep"], ...], "boxes": [[x, y, w, h], ...]}}, or just the list of points.

    Raises:
        InputError: the JSON has another form.
    """
    if values is None:
        return {}
    try:
        prompts = {}
        for index, value in values.items():
            parts = {"points": value} if isinstance(value, list) else dict(value)
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
            "by frame index and in pixels"
        ) from None


def with_mask(prompts: Mapping[int, Prompt], index: int, mask: np.ndarray | None) -> dict[int, Prompt]:
    """`prompts` with a mask, (H, W) in the source's size, added to one frame; unchanged without a mask."""
    if mask is None or not mask.any():
        return dict(prompts)
    before = prompts.get(index)
    return {**prompts, index: Prompt(before.points if before else (), before.boxes if before else (), mask)}


def tinted(video: str, start: str, end: str, index: int, prompts: Mapping[int, Prompt], limits: Limits) -> np.ndarray:
    """A small frame with its matte as a tint, and dots at its clicks: uint8 (H, W, 3).

    Args:
        video, start, end: as for `Service.matte`.
        index: of the frame in this part.
        prompts: only those of this frame are used.
        limits: of the app.

    Raises:
        InputError: the video cannot be used, or a click is outside the frame.
    """
    height, width = frame_of(video, start, end, index, limits).shape[:2]
    small = _small_frame(video, *_clip_position(video, start, end, index, limits), engine.runtime())  # type: ignore[arg-type]
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
    """A frame of the selected part; recent ones are cached, because users click on a frame several times.

    Raises:
        InputError: the video cannot be used.
    """
    if not video:
        raise InputError("choose a video first")
    return _frame(video, *_clip_position(video, start, end, index, limits))


def _clip_position(
    video: str, start: str, end: str, index: int, limits: Limits
) -> tuple[float | None, float | None, int]:
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


class _SmallFrame(NamedTuple):
    """A frame in two small sizes, uint8 (H, W, 3), for display and for the network, and an engine only for it."""

    shown: np.ndarray
    matted: np.ndarray
    engine: Engine


@lru_cache(8)
def _small_frame(video: str, start: float | None, end: float | None, index: int, runtime: Engine) -> _SmallFrame:
    frame = _frame(video, start, end, index)
    shown, matted = (shrunk(frame, *fitted(frame.shape[1], frame.shape[0], side)) for side in (SIDE, MATTED_SIDE))
    return _SmallFrame(shown, matted, _SingleFrameEngine(runtime))


class _SingleFrameEngine:
    """An engine for sessions on the same frame: caches the step without prompts, which every click needs again."""

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
    """Convert a pixel of the small frame to a pixel of the source, of `size` = (H, W)."""
    height, width = size
    small = fitted(width, height, SIDE)
    return min(width - 1.0, (x + 0.5) * width / small[0]), min(height - 1.0, (y + 0.5) * height / small[1])
