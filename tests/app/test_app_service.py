"""A request from its files to its results, without a browser."""

import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app_clips import real_clip, sounds
from matting_clips import write_clip
from PIL import Image

from modnetv_kit.app import job
from modnetv_kit.app.job import Progress, Results
from modnetv_kit.app.limits import Limits
from modnetv_kit.app.service import Service, Waiting, compare, request_folder
from modnetv_kit.app.waiting_line import BusyError, WaitingLine
from modnetv_kit.errors import InputError, MattingError
from modnetv_kit.video import open_video, read_alpha

LIMITS = Limits()
FRAMES = 10
LONG = 1000  # frames: more than are done before somebody reacts


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return real_clip(tmp_path_factory.mktemp("service") / "a man & his car.mp4", FRAMES)


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("service") / "long.mp4", LONG, sound=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    with request_folder() as folder:
        yield folder


def events(service: Service, video: Path, folder: Path, **options: object) -> list[Waiting | Progress | Results]:
    options = {"background": "colour", "colour": "#00ff00"} | options
    return list(service.matte(video, folder=folder, **options))  # type: ignore[arg-type]


def results(service: Service, video: Path, folder: Path, **options: object) -> Results:
    last = events(service, video, folder, **options)[-1]
    assert isinstance(last, Results)
    return last


def job_threads() -> int:
    return sum("lambda" in thread.name for thread in threading.enumerate())


def test_steps_lead_to_all_results_with_their_frames_and_sound(
    clip: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "EVERY", 0)
    *steps, made = events(Service(LIMITS), clip, folder)
    assert isinstance(made, Results)
    assert [(step.done, step.total) for step in steps if isinstance(step, Progress)] == [
        (done, FRAMES) for done in range(1, FRAMES + 1)
    ]
    assert all(step.picture.startswith("data:image/jpeg") for step in steps if isinstance(step, Progress))
    assert made.preview == made.composite
    assert made.composite.parent == folder
    assert re.fullmatch(r"[\w-]+\.mp4", made.composite.name)
    for video in (made.composite, made.alpha):
        assert len(list(open_video(video))) == made.frames == FRAMES
        assert sounds(video) == sounds(clip) > 0
    with Image.open(made.background) as plate:
        assert plate.mode == "RGBA"
        assert plate.size == (256, 208)
    assert made.notes == ()


@pytest.mark.parametrize(("form", "suffix"), [("mov", ".mov"), ("webm", ".webm"), ("png", ".zip")])
def test_transparent_results_hold_alpha_and_come_with_a_preview_that_plays(
    clip: Path, folder: Path, tmp_path: Path, form: str, suffix: str
) -> None:
    made = results(Service(LIMITS), clip, folder, background="transparent", form=form)
    assert made.composite.suffix == suffix
    alphas = made.composite
    if form == "png":
        with zipfile.ZipFile(made.composite) as archive:
            archive.extractall(tmp_path)
        alphas = next(path for path in tmp_path.iterdir() if path.is_dir())
    else:
        assert sounds(made.composite) > 0
    read = list(read_alpha(alphas))
    assert len(read) == FRAMES
    assert read[0].max() > 240 > 10 > read[0].min()
    frames = list(open_video(made.preview))
    assert len(frames) == FRAMES
    assert open_video(made.preview).info.codec == "h264"
    assert sounds(made.preview) > 0


def test_mp4_cannot_be_transparent_and_formats_have_names(clip: Path, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="MP4 cannot be transparent"):
        results(Service(LIMITS), clip, folder, background="transparent")
    with request_folder() as other, pytest.raises(InputError, match="no format"):
        results(Service(LIMITS), clip, other, form="../../etc/passwd")


def test_pictures_and_videos_go_behind_the_person(clip: Path, folder: Path, tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), (0, 0, 255)).save(tmp_path / "blue.png")
    corner = open_video(
        results(Service(LIMITS), clip, folder, background="picture", file=tmp_path / "blue.png").preview
    )
    assert corner[0].image[:8, :8].mean((0, 1)) == pytest.approx((0, 0, 255), abs=12)
    red_square = write_clip(tmp_path / "behind.mp4", frames=3)
    with request_folder() as other:
        made = results(Service(LIMITS), clip, other, background="video", file=red_square, form="mov")
        assert open_video(made.preview)[0].image[:8, -8:].mean((0, 1)) == pytest.approx((0, 40, 180), abs=16)


def test_stopping_keeps_what_is_done(long_clip: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "EVERY", 0)
    made = None
    for event in Service(LIMITS).matte(long_clip, background="transparent", form="webm", folder=folder):
        job.stop(folder)
        made = event
    assert isinstance(made, Results)
    assert 0 < made.frames < LONG
    assert "Stopped" in made.notes[0]
    assert len(list(open_video(made.preview))) == len(list(open_video(made.alpha))) == made.frames
    assert len(list(read_alpha(made.composite))) == made.frames


def test_whoever_leaves_ends_the_work_and_makes_room(long_clip: Path) -> None:
    service = Service(LIMITS)
    with request_folder() as folder:
        running = service.matte(long_clip, background="blur", folder=folder)
        next(running)
        assert job_threads() == len(service.waiting_line) == 1
        running.close()  # type: ignore[attr-defined]
    assert job_threads() == len(service.waiting_line) == 0
    assert not folder.exists()


def test_others_wait_in_line_and_the_line_has_an_end(clip: Path, folder: Path) -> None:
    service = Service(replace(LIMITS, at_once=1, waiting=1))
    first = service.matte(clip, background="blur", folder=folder)
    next(first)
    with request_folder() as second_folder, request_folder() as third_folder:
        second = service.matte(clip, background="blur", folder=second_folder)
        assert next(second) == Waiting(1)
        with pytest.raises(BusyError, match="try again"):
            next(iter(service.matte(clip, background="blur", folder=third_folder)))
        list(first)
        assert isinstance(next(event for event in second if not isinstance(event, Waiting)), Progress)
        assert isinstance(list(second)[-1], Results)


def test_who_stops_while_waiting_is_told_so(clip: Path, folder: Path) -> None:
    service = Service(replace(LIMITS, at_once=1))
    with service.waiting_line.join():
        waiting = service.matte(clip, background="blur", folder=folder)
        assert next(waiting) == Waiting(1)
        job.stop(folder)
        with pytest.raises(InputError, match="stopped before it began"):
            next(waiting)
    assert len(service.waiting_line) == 0


def test_the_line_serves_in_order() -> None:
    line = WaitingLine(at_once=2, waiting=5)
    places = [line.join() for _ in range(5)]
    assert [place.ahead for place in places] == [0, 0, 1, 2, 3]
    places[1].leave()
    places[1].leave()
    assert [place.ahead for place in (places[0], *places[2:])] == [0, 0, 1, 2]


def test_a_source_that_breaks_off_gives_what_was_good_and_says_where(tmp_path: Path, folder: Path) -> None:
    whole = write_clip(tmp_path / "whole.mkv", frames=60)
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    made = results(Service(LIMITS), broken, folder, form="mov")
    assert 0 < made.frames < 60
    assert f"broken.mkv breaks off at frame {made.frames}" in made.notes[0]
    assert len(list(open_video(made.preview))) == len(list(open_video(made.composite))) == made.frames


def test_errors_name_files_without_their_folders(clip: Path, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    for options in ({"background": "picture", "file": tmp_path / "text.png"}, {"background": str(clip)}):
        with pytest.raises(MattingError) as error, request_folder() as other:
            results(Service(LIMITS), clip, other, **options)
        assert str(tmp_path) not in str(error.value)
        assert str(other) not in str(error.value)
    with pytest.raises(InputError, match="choose a video"):
        list(Service(LIMITS).matte(None, background="blur", folder=folder))


def test_what_goes_wrong_inside_is_noted_and_not_shown(
    clip: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(job, "matte_video", fail)
    with pytest.raises(MattingError) as error:
        results(Service(LIMITS), clip, folder)
    assert "secret" not in str(error.value)
    assert "secret detail" in caplog.text


def test_comparing_shows_the_same_frame_before_and_after(clip: Path, folder: Path) -> None:
    made = results(Service(LIMITS), clip, folder, start=0.08, end=0.28)
    before, after = compare(clip, 0.08, 0.28, made.preview, 3)
    assert np.array_equal(before, open_video(clip)[5].image)
    assert np.array_equal(after, open_video(made.preview)[3].image)
    assert np.array_equal(compare(clip, 0.08, 0.28, made.preview, 99)[0], open_video(clip)[6].image)
    made.preview.unlink()
    with pytest.raises(InputError, match="no longer kept"):
        compare(clip, 0.08, 0.28, made.preview, 3)


def test_a_picture_becomes_a_transparent_png(clip: Path, folder: Path, tmp_path: Path) -> None:
    frame = open_video(clip)[0].image
    Image.fromarray(frame).save(tmp_path / "man.jpg", quality=95)
    made = Service(LIMITS).picture(
        tmp_path / "man.jpg", background="transparent", colour=None, file=None, folder=folder
    )
    with Image.open(made.file) as image:
        assert image.mode == "RGBA"
        assert np.array_equal(np.array(image)[..., 3], made.alpha)
    assert made.alpha.max() > 240 > 10 > made.alpha.min()
    opaque = Service(LIMITS).picture(
        tmp_path / "man.jpg", background="colour", colour="#ff0000", file=None, folder=folder
    )
    assert opaque.shown[made.alpha == 0].mean(0) == pytest.approx((255, 0, 0), abs=2)
