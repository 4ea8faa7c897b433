"""The warm-up runs over the first second before frame 0 is written."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from matting_clips import red_square, write_clip

from modnetv_kit.inference import MattingSession, matte_video
from modnetv_kit.inference.warm_up import FRAMES, warm_up
from modnetv_kit.models import MODNetV
from modnetv_kit.video import Frame


def frames(images: list[np.ndarray], rate: int = 25) -> list[Frame]:
    return [Frame(image, index, index, Fraction(1, rate)) for index, image in enumerate(images)]


class Seen(MattingSession):
    """A session that notes what it is shown."""

    def __init__(self, model: MODNetV):
        super().__init__(model, "cpu")
        self.order: list[int] = []

    def step(self, frame: np.ndarray):  # type: ignore[no-untyped-def]
        self.order.append(int(frame[0, 0, 1]))
        return super().step(frame)


@pytest.mark.parametrize(("rate", "length"), [(25, 60), (60, 200), (5, 3), (10, 1)])
def test_frames_of_the_first_second_are_shown_backwards_and_the_first_not_at_all(
    red_model: MODNetV, rate: int, length: int
) -> None:
    session = Seen(red_model)
    images = []
    for index in range(length):
        images.append(red_square(0))
        images[-1][0, 0, 1] = index
    warm_up(session, frames(images, rate), float(rate))
    assert session.order == sorted(session.order, reverse=True)
    assert len(session.order) <= FRAMES
    assert all(0 < index < rate for index in session.order)
    assert bool(session.order) == (length > 1)


def test_the_background_is_known_from_the_first_frame_of_a_file_on(red_model: MODNetV, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=20)  # the square moves, and uncovers what it stood before
    known = []
    for warm in (False, True):
        summary = matte_video(
            clip,
            tmp_path / "out.mp4",
            model=red_model,
            device="cpu",
            warm_up=warm,
            watch=lambda frame, result, picture: (
                known.append(result.background_mask.mean()) if frame.index == 0 else None
            ),
        )
        assert summary.resets == [(0, "start")]
        assert summary.frames == 20
    assert known[1] > known[0] + 0.02
