"""Prompts by clicks and brush strokes on single frames, which show the matte as a tint."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..errors import InputError
from ..inference import MattingSession, Prompt
from ..video import open_video
from ..video.lowered import fitted, shrunk
from . import engine
from .limits import Limits
from .uploads import validate_upload

SIDE = 640  # pixels: long side of the frame that is clicked on
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
    frame = frame_of(video, start, end, index, limits)
    height, width = frame.shape[:2]
    small = shrunk(frame, *fitted(width, height, SIDE))
    prompt = prompts.get(index)
    session = MattingSession(engine.model(), engine=engine.runtime())
    fit = None if prompt is None else prompt.resized((height, width), small.shape[:2])
    alpha = session.step(small, fit).alpha[..., None]
    grey = small.mean(2, keepdims=True) * 0.5
    person = 0.55 * small + 0.45 * TINT
    shown = np.ascontiguousarray(np.rint(alpha * person + (1 - alpha) * grey).clip(0, 255).astype(np.uint8))
    for x, y, kind in () if fit is None else fit.points:
        cv2.circle(shown, (round(x), round(y)), 7, (255, 255, 255), -1, cv2.LINE_AA)
        cv2.circle(shown, (round(x), round(y)), 5, DOTS[kind], -1, cv2.LINE_AA)
    return shown


def frame_of(video: str | None, start: str, end: str, index: int, limits: Limits) -> np.ndarray:
    """A frame of the selected part; the latest is cached, because users click on it several times.

    Raises:
        InputError: the video cannot be used.
    """
    if not video:
        raise InputError("choose a video first")
    clip = validate_upload(Path(video), limits, start, end)
    return _frame(video, clip.start, clip.end, min(max(0, index), clip.frames - 1))


@lru_cache(4)
def _frame(video: str, start: float | None, end: float | None, index: int) -> np.ndarray:
    return open_video(video, start, end)[index].image


def to_source(x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
    """From a pixel of the small frame to one of the source, of `size` = (H, W)."""
    height, width = size
    small = fitted(width, height, SIDE)
    return min(width - 1.0, (x + 0.5) * width / small[0]), min(height - 1.0, (y + 0.5) * height / small[1])
