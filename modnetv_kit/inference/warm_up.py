"""Fills the memory before the first frame, for files but not for cameras."""

from collections.abc import Iterable

import numpy as np

from ..errors import BrokenVideoError
from ..video import Frame
from .group import GroupSession
from .session import MattingSession

SECONDS = 1.0
FRAMES = 12  # frames spread over the first second; they are in memory together


def warm_up(session: MattingSession | GroupSession, frames: Iterable[Frame], rate: float) -> None:
    """Run a session over the first second of a video, backwards, so that its next frame is the first.

    Run backwards, it leads into frame 0 without a jump, and a scene cut within this second resets the memory of the
    later scene.

    Args:
        session: a new session.
        frames: the frames of the video, from its beginning.
        rate: average frames per second.

    Examples:
        >>> from fractions import Fraction
        >>> from modnetv_kit.models import MODNetV
        >>> picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
        >>> frames = [Frame(picture, index=t, pts=t, time_base=Fraction(1, 12)) for t in range(2)]
        >>> session = MattingSession(MODNetV().eval(), "cpu")
        >>> warm_up(session, frames, rate=12)
        >>> session.step(picture).reset is None  # it continues what the session has seen
        True
    """
    ahead = _ahead(frames, max(1, round(rate * SECONDS / FRAMES)))
    for image in reversed(ahead[1:]):
        session.step(image)


def _ahead(frames: Iterable[Frame], step: int) -> list[np.ndarray]:
    """Every `step`-th frame of the first second."""
    images: list[np.ndarray] = []
    begin = None
    try:
        for index, frame in enumerate(frames):
            begin = frame.time if begin is None else begin
            if frame.time - begin >= SECONDS or len(images) > FRAMES:
                break
            if index % step == 0:
                images.append(frame.image)
    except BrokenVideoError:
        pass  # the run itself reports the break
    return images
