from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from matting_clips import red_square, write_clip
from PIL import Image

from modnetv_kit.errors import BrokenVideoError, InputError, OutputError, VideoError
from modnetv_kit.inference import FrameResult, MatteSummary, matte_video
from modnetv_kit.inference.edges import Edges
from modnetv_kit.inference.matte import StopMatting
from modnetv_kit.models import MODNetV
from modnetv_kit.video import Frame, open_video

Matte = Callable[..., MatteSummary]


@pytest.fixture
def matte(red_model: MODNetV) -> Matte:
    def run(src: Path, dst: Path, **options: object) -> MatteSummary:
        return matte_video(src, dst, model=red_model, device="cpu", **options)  # type: ignore[arg-type]

    return run


def images(path: Path) -> list[np.ndarray]:
    return [frame.image for frame in open_video(path)]


def sound(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def test_composite_has_every_frame_its_time_its_sound_and_the_new_background(
    matte: Matte, clip: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.mp4"
    summary = matte(clip, out, background="#00ff00")
    frames, source = list(open_video(out)), list(open_video(clip))
    assert summary.frames == len(frames) == len(source) == 20
    assert [frame.time for frame in frames] == pytest.approx([frame.time for frame in source])
    assert sound(out) == sound(clip)
    for index, frame in enumerate(frames):
        red = red_square(index)[..., 0] == 255
        assert abs(frame.image[red].mean(0) - (255, 0, 0)).max() < 30
        assert abs(frame.image[~red].mean(0) - (0, 255, 0)).max() < 30


def test_mov_and_webm_and_folders_are_transparent_by_default_and_mp4_is_green(
    matte: Matte, clip: Path, tmp_path: Path
) -> None:
    matte(clip, tmp_path / "frames")
    with Image.open(tmp_path / "frames" / "000003.png") as image:
        rgba = np.array(image)
    red = red_square(3)[..., 0] == 255
    assert rgba.shape == (64, 96, 4)
    assert rgba[red, 3].mean() > 240  # chroma of the source is blurred at the square's edge
    assert rgba[~red, 3].mean() < 10
    matte(clip, tmp_path / "out.mp4")
    assert images(tmp_path / "out.mp4")[0][:8].reshape(-1, 3).mean(0) == pytest.approx((0, 128, 0), abs=4)


def test_matte_foreground_and_restored_background_are_outputs_of_their_own(
    matte: Matte, clip: Path, tmp_path: Path
) -> None:
    alpha, foreground, plate = tmp_path / "alpha.mp4", tmp_path / "fg.mp4", tmp_path / "plate.png"
    summary = matte(clip, tmp_path / "out.mp4", alpha=alpha, foreground=foreground, save_background=plate)
    assert set(summary.outputs) == {tmp_path / "out.mp4", alpha, foreground, plate}
    for index, frame in enumerate(images(alpha)):
        red = red_square(index)[..., 0] == 255
        assert frame[red].mean() > 240
        assert frame[~red].mean() < 10
    assert len(images(foreground)) == 20
    with Image.open(plate) as image:
        restored = np.array(image)
    known = restored[..., 3] == 255
    assert known.mean() == pytest.approx(summary.restored)
    assert known[:12].all()
    # the square has passed over its whole row: what lay behind it at first was seen later
    assert known[32, 4:20].all()
    assert np.abs(restored[known][:, :3].astype(int) - (0, 40, 180)).mean() < 4


def test_start_and_end_take_that_part_and_no_more(matte: Matte, clip: Path, tmp_path: Path) -> None:
    summary = matte(clip, tmp_path / "out.mp4", start=0.2, end=0.6)
    assert summary.frames == len(images(tmp_path / "out.mp4")) == 10


def test_an_interruption_finishes_what_was_done_into_a_playable_file(matte: Matte, clip: Path, tmp_path: Path) -> None:
    def interrupt(done: int, total: int | None) -> None:
        if done == 7:
            raise KeyboardInterrupt

    out, alpha = tmp_path / "out.mp4", tmp_path / "alpha.mp4"
    with pytest.raises(KeyboardInterrupt):
        matte(clip, out, alpha=alpha, progress=interrupt)
    assert len(images(out)) == len(images(alpha)) == 7


def test_a_callback_that_stops_the_run_leaves_whole_files_and_gets_the_summary(
    matte: Matte, clip: Path, tmp_path: Path
) -> None:
    def stop(done: int, total: int | None) -> None:
        if done == 7:
            raise StopMatting

    out, plate = tmp_path / "out.mp4", tmp_path / "plate.png"
    summary = matte(clip, out, save_background=plate, progress=stop)
    assert summary.stopped
    assert summary.frames == len(images(out)) == 7
    assert plate.exists()
    assert not matte(clip, tmp_path / "whole.mp4").stopped


def test_a_watcher_sees_every_frame_its_result_and_the_composite_as_it_is_written(
    matte: Matte, clip: Path, tmp_path: Path
) -> None:
    seen: list[tuple[int, float]] = []

    def watch(frame: Frame, result: FrameResult, picture: np.ndarray) -> None:
        assert picture.shape == (*frame.image.shape[:2], 4)
        assert np.array_equal(picture[..., 3], np.rint(result.alpha * 255))
        seen.append((frame.index, frame.time))

    matte(clip, tmp_path / "frames", watch=watch)
    assert [index for index, _ in seen] == list(range(20))

    def look(frame: Frame, result: FrameResult, picture: np.ndarray) -> None:
        assert picture.shape == frame.image.shape

    matte(clip, tmp_path / "out.mp4", background="green", watch=look)


def test_a_source_that_breaks_off_keeps_what_was_decoded_and_names_the_frame(
    matte: Matte, tmp_path: Path, red_model: MODNetV
) -> None:
    whole = write_clip(tmp_path / "whole.mkv", frames=60)
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    out = tmp_path / "out.mp4"
    with pytest.raises(BrokenVideoError) as error:
        matte(broken, out)
    assert 0 < error.value.frame == len(images(out)) < 60
    assert str(error.value.frame) in str(error.value)


def test_an_error_in_the_middle_leaves_no_file_behind(matte: Matte, clip: Path, tmp_path: Path) -> None:
    def fail(done: int, total: int | None) -> None:
        if done == 5:
            raise InputError("broken on purpose")

    folder = tmp_path / "results"
    folder.mkdir()
    with pytest.raises(InputError):
        matte(clip, folder / "out.mp4", alpha=folder / "a.mp4", save_background=folder / "p.png", progress=fail)
    assert list(folder.iterdir()) == []


def test_bad_outputs_are_refused_before_anything_is_written(matte: Matte, clip: Path, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    for options, word in (
        ({"dst": tmp_path / "out.mp4", "background": "none"}, "transparency"),
        ({"dst": tmp_path / "out.xyz"}, "format"),
        ({"dst": tmp_path / "nowhere" / "out.mp4"}, "folder"),
        ({"dst": tmp_path / "out.mp4", "save_background": tmp_path / "plate.jpg"}, "png"),
        ({"dst": tmp_path / "out.mp4", "save_background": tmp_path / "nowhere" / "plate.png"}, "folder"),
        ({"dst": clip}, "named twice"),
        ({"dst": tmp_path / "out.mp4", "alpha": tmp_path / "out.mp4"}, "named twice"),
    ):
        with pytest.raises(OutputError, match=word) as error:
            matte(clip, **options)
        assert "\n" not in str(error.value)
    assert set(tmp_path.iterdir()) == before


def test_a_background_is_never_written_over(matte: Matte, clip: Path, tmp_path: Path) -> None:
    beach, picture = write_clip(tmp_path / "beach.mp4", frames=4), tmp_path / "bg.png"
    Image.fromarray(red_square(0)).save(picture)
    (tmp_path / "link.mp4").symlink_to(beach)
    before = {path: path.read_bytes() for path in (clip, beach, picture)}
    for options in (
        {"dst": beach, "background": str(beach)},
        {"dst": tmp_path / "link.mp4", "background": str(beach)},
        {"dst": tmp_path / "out.mp4", "alpha": beach, "background": str(beach)},
        {"dst": tmp_path / "out.mp4", "background": str(picture), "save_background": picture},
    ):
        with pytest.raises(OutputError, match="of its own"):
            matte(clip, **options)
    assert before == {path: path.read_bytes() for path in before}


def test_a_background_that_breaks_off_does_not_end_the_result(matte: Matte, clip: Path, tmp_path: Path) -> None:
    whole, broken = write_clip(tmp_path / "whole.mkv", frames=40), tmp_path / "broken.mkv"
    broken.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.4)])
    summary = matte(clip, tmp_path / "out.mp4", background=str(broken))
    assert summary.frames == len(images(tmp_path / "out.mp4")) == 20


def test_a_missing_source_is_one_line(matte: Matte, tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"missing\.mp4"):
        matte(tmp_path / "missing.mp4", tmp_path / "out.mp4")


def test_edges_size_and_rate_reach_every_output(matte: Matte, clip: Path, tmp_path: Path) -> None:
    names = {name: tmp_path / f"{name}.mkv" for name in ("out", "alpha", "foreground")}
    summary = matte(
        clip,
        names["out"],
        alpha=names["alpha"],
        foreground=names["foreground"],
        copies=[tmp_path / "copy.gif"],
        edges=Edges(shrink=2, feather=1),
        size=48,
        fps=12.5,
    )
    assert summary.frames == 10
    assert tmp_path / "copy.gif" in summary.outputs
    for path in names.values():
        assert [frame.image.shape for frame in open_video(path)] == [(32, 48, 3)] * 10
    shrunk = next(iter(open_video(names["alpha"]))).image[..., 0]
    assert 50 < np.count_nonzero(shrunk > 127) < 16**2 - 60  # the red square was 16 pixels wide
    with Image.open(tmp_path / "copy.gif") as image:
        assert image.n_frames == 10  # type: ignore[attr-defined]


def test_without_a_composite_the_other_outputs_are_written(matte: Matte, clip: Path, tmp_path: Path) -> None:
    summary = matte(clip, None, alpha=tmp_path / "alpha.mkv", crf=30)
    assert summary.outputs == [tmp_path / "alpha.mkv"]
    assert len(images(tmp_path / "alpha.mkv")) == 20


def test_a_crf_is_refused_where_there_is_none_before_anything_is_written(
    matte: Matte, clip: Path, tmp_path: Path
) -> None:
    for name in ("out.mov", "frames"):
        with pytest.raises(OutputError, match="crf"):
            matte(clip, tmp_path / name, crf=20)
    assert not list(tmp_path.iterdir())
