"""Videos that arrive through a pipe: nothing is lost in silence, and frames are those of the file."""

import io
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from test_video_appended import KINDS, _plain
from video_clips import picture

from modnetv_kit.errors import BrokenVideoError, VideoError
from modnetv_kit.video import Frame, open_video
from modnetv_kit.video.pipes import PipeReader


class Trickle(io.RawIOBase):
    """A pipe out of which a few bytes come at a time."""

    def __init__(self, data: bytes, most: int):
        super().__init__()
        self._data, self._most = io.BytesIO(data), most

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, self._most))


def piped(data: bytes, most: int = 1 << 20) -> PipeReader:
    return PipeReader(Trickle(data, most))  # type: ignore[arg-type]


def times(frames: list[Frame]) -> list[Fraction]:
    return [frame.pts * frame.time_base for frame in frames]


@pytest.mark.parametrize("suffix", ["mkv", "ts", "nut", "avi", "mpg"])
def test_frames_of_a_pipe_are_those_of_the_file(tmp_path: Path, suffix: str) -> None:
    path = _plain(tmp_path / f"clip.{suffix}", "mpeg2video" if suffix == "mpg" else "mpeg4")
    of_file, of_pipe = list(open_video(path)), list(piped(path.read_bytes(), most=1000))
    assert times(of_pipe) == times(of_file)
    assert [frame.duration for frame in of_pipe] == [frame.duration for frame in of_file]
    assert all(np.array_equal(one.image, other.image) for one, other in zip(of_file, of_pipe, strict=True))


@pytest.mark.parametrize("suffix", ["ts", "mts", "mpg"])
def test_clocks_that_begin_anew_in_a_pipe_go_on(tmp_path: Path, suffix: str) -> None:
    path = _plain(tmp_path / f"clip.{suffix}", "mpeg2video" if suffix == "mpg" else "mpeg4")
    frames = list(piped(path.read_bytes() * 2))
    assert len(frames) == 24
    assert {round(float(b - a), 2) for a, b in pairwise(times(frames))} == {0.04}


FIRST_ONLY = {
    **{suffix: KINDS[suffix] for suffix in ("m4v", "mov", "mkv", "webm", "wmv", "nut", "ivf", "ogv")},
    "flv": lambda path: _plain(path, "flv"),
    "y4m": lambda path: _plain(path, "rawvideo"),
}


@pytest.mark.parametrize("most", [1 << 20, 977])
@pytest.mark.parametrize("suffix", FIRST_ONLY)
def test_a_second_file_in_a_pipe_is_one_line_after_the_frames_of_the_first(
    tmp_path: Path, suffix: str, most: int
) -> None:
    data = FIRST_ONLY[suffix](tmp_path / f"part.{suffix}").read_bytes()
    alone = list(piped(data, most))
    assert len(alone) == 12
    frames = []
    with pytest.raises(BrokenVideoError, match="the pipe breaks off at frame 12: ") as caught:
        frames.extend(piped(data * 2, most))
    assert caught.value.frame == len(frames) == 12
    assert "\n" not in str(caught.value)
    assert suffix in ("ogv", "y4m") or "a second file was appended" in str(caught.value)
    assert times(frames) == times(alone)
    assert all(np.array_equal(one.image, other.image) for one, other in zip(alone, frames, strict=True))


def test_high_dynamic_range_from_a_pipe_is_tone_mapped_with_one_line(tmp_path: Path) -> None:
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p10le"
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace, context.color_range = 9, 16, 9, 1
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(picture(index), format="rgb24").reformat(format="yuv420p10le")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    reader, expected = piped(path.read_bytes()), list(open_video(path))
    assert reader.info.notes == ("the source is HDR (PQ): it is tone-mapped to BT.709",)
    assert all(np.array_equal(one.image, other.image) for one, other in zip(expected, reader, strict=True))


def test_a_pipe_never_opens_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _plain(tmp_path / "clip.ts", "mpeg4")
    for text in ("ffconcat version 1.0\nfile clip.ts\n", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.5,\nclip.ts\n"):
        with pytest.raises(VideoError, match="the pipe does not deliver a video"):
            piped(text.encode())


def test_a_pipe_that_breaks_off_says_so(tmp_path: Path) -> None:
    path = KINDS["m4v"](tmp_path / "clip.m4v")
    with pytest.raises(BrokenVideoError, match="the pipe breaks off at frame"):
        list(piped(path.read_bytes()[:-150]))
