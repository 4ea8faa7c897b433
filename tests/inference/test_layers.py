"""High dynamic range that is kept: levels and tags of the source in the outputs."""

from pathlib import Path

import av
import numpy as np
import pytest

from modnetv_kit import matte_videos
from modnetv_kit.batch import split
from modnetv_kit.errors import InputError, OutputError
from modnetv_kit.inference import matte_video
from modnetv_kit.inference.edges import Edges
from modnetv_kit.inference.foreground import estimate_foreground
from modnetv_kit.models import MODNetV
from modnetv_kit.video import open_video
from modnetv_kit.video.deep import BLACK

SIZE = (96, 64)
SQUARE = (slice(16, 48), slice(24, 72))
CORE = (slice(20, 44), slice(28, 68))  # without the chroma that the square shares with its surroundings
CURVES = {"PQ": 16, "HLG": 18}


def drawn(index: int) -> list[np.ndarray]:
    """Y', Cb and Cr of frame `index`, uint16: a square so bright that its alpha is 1, with a ramp, on black."""
    y, cb, cr = (np.full(SIZE[::-1], level, np.uint16) for level in (64, 512, 512))
    y[SQUARE] = np.linspace(740, 930, 48).astype(np.uint16) + index
    cb[SQUARE], cr[SQUARE] = 440, 600
    return [y, cb, cr]


def write_hdr(path: Path, curve: int, frames: int = 4, cut: int | None = None) -> Path:
    """A lossless clip in BT.2020, 4:2:0, 10 bits; from frame `cut` on, it is upside down and dark."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p10le"
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace, context.color_range = 9, curve, 9, 1
        for index in range(frames):
            frame = av.VideoFrame(*SIZE, "yuv420p10le")
            for number, (plane, levels) in enumerate(zip(frame.planes, drawn(index), strict=True)):
                words = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)  # type: ignore[call-overload]
                shown = levels if cut is None or index < cut else levels[::-1] // 4 + 384 * (number > 0) + 48
                words[:, : plane.width] = shown if number == 0 else shown[::2, ::2]
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def read(path: Path) -> tuple[list[list[np.ndarray]], tuple[int, int, int]]:
    """The planes of each frame in 10 bits, float, and the tags of the file."""
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        tags = context.color_primaries, context.color_trc, context.colorspace
        bits = context.format.components[0].bits
        frames = []
        for frame in container.decode(video=0):
            assert (frame.color_primaries, frame.color_trc, int(frame.colorspace)) == tags
            words = [np.frombuffer(p, np.uint16).reshape(p.height, -1)[:, : p.width] for p in frame.planes]  # type: ignore[call-overload]
            frames.append([plane / 2 ** (bits - 10) for plane in words])
    return frames, tags


def read_tags(path: Path) -> tuple[int, int, int]:
    """The tags of a file."""
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        return context.color_primaries, context.color_trc, context.colorspace


@pytest.mark.parametrize("name", CURVES)
def test_levels_and_tags_of_high_dynamic_range_are_kept(red_model: MODNetV, tmp_path: Path, name: str) -> None:
    source = write_hdr(tmp_path / "in.mkv", CURVES[name])
    shown = []
    summary = matte_video(
        source,
        tmp_path / "out.mov",
        foreground=tmp_path / "foreground.mov",
        alpha=tmp_path / "alpha.mp4",
        model=red_model,
        device="cpu",
        hdr="keep",
        watch=lambda frame, result, picture: shown.append((picture.dtype, result.alpha)),
    )
    assert summary.notes == [f"the source is HDR ({name}): it is kept in 10 bits"]
    assert all(dtype == np.uint8 and (alpha[CORE] == 1).all() for dtype, alpha in shown)
    for output, planes, most in (("out.mov", 4, 1), ("foreground.mov", 3, 3)):  # ProRes 422 is less exact than 4444
        frames, tags = read(tmp_path / output)
        assert tags == (9, CURVES[name], 9)
        assert len(frames) == 4
        for index, frame in enumerate(frames):
            assert len(frame) == planes
            for plane, expected in zip(frame[:3], drawn(index), strict=True):
                columns = plane.shape[1] / SIZE[0]  # 4:2:2 has half of them in the chroma
                core = plane[CORE[0], round(28 * columns) : round(68 * columns)]
                wanted = expected[CORE][:, :: round(1 / columns)]
                assert np.abs(core - wanted).max() <= most, output
                assert np.abs(core - wanted).mean() < 0.6, output
            if planes == 4:
                assert frame[3][CORE].min() >= 1022
                assert frame[3][:8].max() < 1
    assert read_tags(tmp_path / "alpha.mp4") == (1, 1, 1)


def test_a_source_without_high_dynamic_range_is_written_as_ever(red_model: MODNetV, clip: Path, tmp_path: Path) -> None:
    summary = matte_video(clip, tmp_path / "out.mov", model=red_model, device="cpu", hdr="keep")
    assert summary.notes == []
    assert read_tags(tmp_path / "out.mov") == (1, 1, 1)


def test_what_cannot_be_kept_is_refused_before_anything_is_written(red_model: MODNetV, tmp_path: Path) -> None:
    source = write_hdr(tmp_path / "in.mkv", 18)
    out = tmp_path / "out.mov"

    def keep(dst: Path = out, **options: object) -> None:
        matte_video(source, dst, model=red_model, device="cpu", hdr="keep", **options)  # type: ignore[arg-type]

    for name in ("out.mp4", "out.webm", "out.mkv", "frames"):
        with pytest.raises(OutputError, match=r"kept in \.mov only"):
            keep(tmp_path / name)
    with pytest.raises(OutputError, match=r"kept in \.mov only"):
        keep(foreground=tmp_path / "f.mp4")
    with pytest.raises(OutputError, match="without the restored background"):
        keep(save_background=tmp_path / "plate.png")
    with pytest.raises(OutputError, match=r"kept in \.mov only"):
        keep(copies=[tmp_path / "copy.gif"])
    with pytest.raises(InputError, match="without a background only"):
        keep(background="blur")
    with pytest.raises(InputError, match="of files only"):
        matte_video(open_video(source), out, model=red_model, device="cpu", hdr="keep")
    with pytest.raises(InputError, match="tone-map or keep"):
        matte_video(source, out, model=red_model, device="cpu", hdr="map")  # type: ignore[arg-type]
    with pytest.raises(OutputError, match=r"kept in \.mov only"):
        matte_videos([source], tmp_path / "many", hdr="keep")
    assert {path.name for path in tmp_path.iterdir()} <= {"in.mkv", "many"}


def test_a_picture_without_a_person_has_a_black_foreground() -> None:
    """Networks are never quite sure: their matte is 1e-9 there, and Y'CbCr of 0 would be green."""
    frame = np.full((60, 90, 3), (600, 400, 620), np.uint16)
    for faint in (0, 1e-9):
        colours = estimate_foreground(frame, np.full((60, 90), faint, np.float32))
        assert np.abs(colours - np.array(BLACK, float)).max() <= 1


def test_a_strong_despill_stays_within_10_bits() -> None:
    frame, estimated = np.full((4, 4, 3), 500, np.uint16), np.full((4, 4, 3), 900, np.uint16)
    assert (Edges(despill=2).foreground(frame, estimated) == 1023).all()
    assert (Edges(despill=2).foreground(estimated, frame) == 100).all()


@pytest.mark.slow  # each opening of tone-mapped video takes seconds
def test_a_split_video_keeps_it_as_one_that_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "SECONDS", 0.1)
    source = write_hdr(tmp_path / "in.mkv", 16, frames=8, cut=4)
    assert len(split.find_scenes(open_video(source))) == 2
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder, splits in ((whole, False), (parts, True)):
        (report,) = matte_videos(
            [source],
            folder,
            format="mov",
            foreground=folder / "colours",
            alpha=folder / "mattes",
            hdr="keep",
            split=splits,
            device="cpu",
            engine="torch",
        )
        assert (report.state, report.frames) == ("done", 8), report.message
        assert report.notes == ("the source is HDR (PQ): it is kept in 10 bits",)
    for name, tags in (("in.mov", (9, 16, 9)), ("colours/in.mov", (9, 16, 9)), ("mattes/in.mov", (1, 1, 1))):
        one, other = read(whole / name), read(parts / name)
        assert one[1] == other[1] == tags
        for before, after in zip(one[0], other[0], strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_a_batch_keeps_it_and_its_manifest_says_so(tmp_path: Path) -> None:
    source = write_hdr(tmp_path / "in.mkv", 18)
    options = {"format": "mov", "hdr": "keep", "device": "cpu", "engine": "torch"}
    (report,) = matte_videos([source], tmp_path / "many", **options)  # type: ignore[arg-type]
    assert report.notes == ("the source is HDR (HLG): it is kept in 10 bits",)
    assert read_tags(tmp_path / "many" / "in.mov") == (9, 18, 9)
    with pytest.raises(InputError, match="hdr: keep, now tone-map"):
        list(matte_videos([source], tmp_path / "many", **options | {"hdr": "tone-map"}))  # type: ignore[arg-type]


def test_smaller_frames_are_kept_as_well(red_model: MODNetV, tmp_path: Path) -> None:
    source = write_hdr(tmp_path / "in.mkv", 16)
    matte_video(source, tmp_path / "out.mov", model=red_model, device="cpu", hdr="keep", size=48)
    frames, tags = read(tmp_path / "out.mov")
    assert tags == (9, 16, 9)
    assert frames[0][0].shape == (32, 48)
    assert np.abs(frames[0][0][12:20, 16:32] - drawn(0)[0][24:40:2, 32:64:2]).max() < 6


def test_the_edge_is_freed_of_the_background_in_10_bits() -> None:
    alpha = np.tile(np.clip(np.linspace(-1, 2, 90), 0, 1), (60, 1)).astype(np.float32)
    person, behind = np.array([900, 400, 620]), np.array([200, 560, 480])
    mixed = np.rint(alpha[..., None] * person + (1 - alpha[..., None]) * behind).astype(np.uint16)
    estimated = estimate_foreground(mixed, alpha)
    assert estimated.dtype == np.uint16
    edge = (alpha > 0.3) & (alpha < 1)
    before, after = (np.abs(picture[edge].astype(float) - person).mean() for picture in (mixed, estimated))
    assert after < before / 2
