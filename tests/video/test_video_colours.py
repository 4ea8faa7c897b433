"""Interlaced video, high dynamic range and unusual colour matrices."""

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from modnetv_kit.errors import VideoError
from modnetv_kit.video import RandomReader, StreamReader, open_video


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_interlaced_video_is_deinterlaced_and_the_user_is_informed(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"fields.{suffix}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"x264-params": "interlaced=1:crf=5", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for index in range(8):
            frame = np.zeros((64, 96, 3), np.uint8)
            frame[::2, 4 * index : 4 * index + 30] = 255  # a bar that moves between the two fields
            frame[1::2, 4 * index + 8 : 4 * index + 38] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    reader = StreamReader(path)
    assert "deinterlaced" in reader.info.notes[0]
    frames = [frame.image.astype(int) for frame in reader]
    assert len(frames) == 8
    combed = [np.abs(np.diff(frame[..., 0], axis=0)).mean() for frame in frames]
    assert max(combed[1:]) < 25  # 42 as stored
    assert np.abs(reader[3].image.astype(int) - frames[3]).mean() < 8
    with pytest.raises(VideoError, match="StreamReader"):
        RandomReader(path)


@pytest.mark.parametrize("suffix", ["ts", "mpg"])
def test_video_that_becomes_interlaced_midway_is_deinterlaced_from_there(tmp_path: Path, suffix: str) -> None:
    parts = []
    for interlaced in (False, True):
        path = tmp_path / f"{interlaced}.{suffix}"
        with av.open(str(path), "w") as container:
            codec, options = (
                ("libx264", {"crf": "5", "bf": "0"}) if suffix == "ts" else ("mpeg2video", {"b": "4000000"})
            )
            if interlaced:
                options |= {"x264-params": "interlaced=1"} if suffix == "ts" else {"flags": "+ildct+ilme"}
            stream = container.add_stream(codec, rate=25, options=options)
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            for index in range(8):
                frame = np.zeros((64, 96, 3), np.uint8)
                frame[::2, 4 * index : 4 * index + 30] = 255
                frame[1::2, 4 * index + 8 * interlaced : 4 * index + 8 * interlaced + 30] = 255
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode(None))
        parts.append(path.read_bytes())
    (tmp_path / f"both.{suffix}").write_bytes(b"".join(parts))
    reader = open_video(tmp_path / f"both.{suffix}")
    frames = [frame.image.astype(int) for frame in reader]
    assert len(frames) == 16
    assert max(np.abs(np.diff(frame[..., 0], axis=0)).mean() for frame in frames[9:]) < 25
    assert "deinterlaced" in reader.info.notes[0]
    assert np.abs(list(reader)[3].image.astype(int) - frames[3]).mean() < 1  # progressive frames stay as they are


def _tagged(path: Path, planes: Sequence[int], depth: int, matrix: int, curve: int, primaries: int, codec: str) -> Path:
    """Five frames of one colour, given as the values of its planes."""
    kind = "yuv444p" if depth == 8 else "yuv420p10le"
    with av.open(str(path), "w") as container:
        options = {"x265-params": "log-level=none:lossless=1"} if codec == "libx265" else {"crf": "1"}
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 96, 64, kind
        context = stream.codec_context
        context.colorspace, context.color_trc, context.color_primaries, context.color_range = (
            matrix,
            curve,
            primaries,
            1,
        )
        for index in range(5):
            frame = av.VideoFrame(96, 64, kind)
            for plane, value in zip(frame.planes, planes, strict=True):
                plane.update(
                    np.full(
                        plane.buffer_size * 8 // (8 if depth == 8 else 16), value, np.uint8 if depth == 8 else np.uint16
                    ).tobytes()
                )
            frame.colorspace, frame.color_trc, frame.color_primaries, frame.color_range = matrix, curve, primaries, 1
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(("curve", "name", "white"), [(16, "PQ", 573), (18, "HLG", 721)])
def test_hdr_is_tone_mapped_and_the_user_is_informed(tmp_path: Path, curve: int, name: str, white: int) -> None:
    levels = []
    for value in (64, white, 940):
        path = _tagged(tmp_path / f"{value}.mkv", (value, 512, 512), 10, 9, curve, 9, "libx265")
        reader = StreamReader(path)
        assert reader.info.notes == (f"the source is HDR ({name}): it is tone-mapped to BT.709",)
        levels.append(float(list(reader)[2].image.mean()))
    assert levels[0] < 3
    assert levels[1] > 150  # diffuse white is bright, with headroom for highlights
    assert levels[2] - levels[1] > 5


@pytest.mark.parametrize(("codec", "suffix"), [("libx264", "mp4"), ("libx264", "mkv"), ("libx265", "mov")])
def test_ycgco_has_its_own_matrix(tmp_path: Path, codec: str, suffix: str) -> None:
    red, green, blue = 200, 60, 50
    y, cg, co = red / 4 + green / 2 + blue / 4, -red / 4 + green / 2 - blue / 4, red / 2 - blue / 2
    planes = [round(16 + y * 219 / 255), round(128 + cg * 224 / 255), round(128 + co * 224 / 255)]
    path = _tagged(tmp_path / f"a.{suffix}", planes, 8, 8, 1, 1, codec)
    assert np.abs(list(StreamReader(path))[2].image.mean((0, 1)) - (red, green, blue)).max() < 3


def test_an_unknown_colour_system_is_refused(tmp_path: Path) -> None:
    path = _tagged(tmp_path / "a.mkv", (120, 128, 128), 8, 14, 1, 1, "libx264")
    with pytest.raises(VideoError, match="colours"):
        StreamReader(path)
