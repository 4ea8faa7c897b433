"""Lower sizes keep the aspect ratio, and lower rates drop frames by their timestamps."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from video_clips import picture

from modnetv_kit.errors import InputError
from modnetv_kit.video import VideoInfo, open_video, open_writer
from modnetv_kit.video.lowered import fitted, lowered


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lowered") / "clip.mkv"
    with open_writer(path, VideoInfo(160, 90, Fraction(30), Fraction(1, 30))) as writer:
        for index in range(30):
            writer.write(picture(index, (160, 90)), index, Fraction(1, 30))
    return path


def test_frames_shrink_in_proportion_and_never_grow(clip: Path) -> None:
    small = lowered(open_video(clip), size=80)
    assert (small.info.width, small.info.height) == (80, 45)
    assert [frame.image.shape for frame in small] == [(45, 80, 3)] * 30
    assert small[3].image.shape == (45, 80, 3)
    assert lowered(open_video(clip), size=1000).info.width == 160
    assert fitted(1080, 1920, 720) == (405, 720)
    with pytest.raises(InputError, match="too small"):
        lowered(open_video(clip), size=40)


@pytest.mark.parametrize(
    ("rate", "kept"), [(30, list(range(30))), (15, list(range(0, 30, 2))), (10, list(range(0, 30, 3)))]
)
def test_a_lower_rate_keeps_the_frames_nearest_after_each_tick(clip: Path, rate: float, kept: list[int]) -> None:
    reader = lowered(open_video(clip), rate=rate)
    frames = list(reader)
    assert [round(frame.time * 30) for frame in frames] == kept
    assert [frame.index for frame in frames] == list(range(len(kept))) == list(range(len(reader)))
    assert np.array_equal(frames[-1].image, open_video(clip)[kept[-1]].image)
    assert float(reader.info.rate) == rate


def test_a_rate_that_does_not_divide_the_source_rate_is_right_on_average(clip: Path) -> None:
    frames = list(lowered(open_video(clip), rate=12))
    assert len(frames) == 12
    assert np.diff([frame.time for frame in frames]).max() < 0.11


@pytest.mark.parametrize("rate", [31, 0, -5, 1e-9, float("nan")])
def test_a_higher_or_invalid_rate_is_refused(clip: Path, rate: float) -> None:
    with pytest.raises(InputError, match=r"not lower|not a frame rate"):
        lowered(open_video(clip), rate=rate)
