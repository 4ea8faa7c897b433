"""Requests from files to results, without a browser."""

import re
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from app_clips import sounds
from matting_clips import write_clip
from PIL import Image
from service_calls import BLUR, FRAMES, LIMITS, LONG, events, results

from modnetv_kit.app import compositing, job
from modnetv_kit.app.compositing import Results
from modnetv_kit.app.job import Matted, ProgressEvent
from modnetv_kit.app.look import Look
from modnetv_kit.app.service import Service, Waiting, request_folder
from modnetv_kit.app.waiting_line import BusyError, WaitingLine
from modnetv_kit.errors import InputError, MattingError
from modnetv_kit.video import open_video, read_alpha


def job_threads() -> int:
    return sum("lambda" in thread.name for thread in threading.enumerate())


def test_progress_is_followed_by_all_results_with_their_frames_and_sound(
    clip: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "REPORT_INTERVAL", 0)
    monkeypatch.setattr(compositing, "REPORT_INTERVAL", 0)
    *steps, made = events(Service(LIMITS), clip, folder)
    assert isinstance(made, Results)
    for stage in ("matting", "writing"):
        assert [
            (step.done, step.total) for step in steps if isinstance(step, ProgressEvent) and step.stage == stage
        ] == [(done, FRAMES) for done in range(1, FRAMES + 1)]
    assert sum(isinstance(step, Matted) for step in steps) == 1
    assert all(step.picture.startswith("data:image/jpeg") for step in steps if isinstance(step, ProgressEvent))
    assert made.composite.is_relative_to(folder)
    assert re.fullmatch(r"[\w-]+\.mp4", made.composite.name)
    for video in (made.composite, made.alpha, made.foreground, made.preview):
        assert len(list(open_video(video))) == made.frames == FRAMES
        assert sounds(video) == sounds(clip) > 0
    with Image.open(made.background) as plate:
        assert plate.mode == "RGBA"
        assert plate.size == (256, 208)
    assert made.notes == ()


def test_notes_on_the_source_come_with_the_results(tmp_path: Path, folder: Path) -> None:
    made = results(Service(LIMITS), write_clip(tmp_path / "fields.mp4", 3, interlaced=True), folder)
    assert sum("deinterlaced" in note for note in made.notes) == 1


@pytest.mark.parametrize(("form", "suffix"), [("mov", ".mov"), ("webm", ".webm"), ("png", ".zip")])
def test_transparent_results_hold_alpha_and_come_with_a_preview_that_plays(
    clip: Path, folder: Path, tmp_path: Path, form: str, suffix: str
) -> None:
    made = results(Service(LIMITS), clip, folder, Look("transparent", form=form))
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


def test_mp4_cannot_be_transparent_and_unknown_formats_are_refused() -> None:
    with pytest.raises(InputError, match="MP4 cannot be transparent"):
        Look("transparent")
    with pytest.raises(InputError, match="no format"):
        Look(form="../../etc/passwd")
    with pytest.raises(InputError, match="no shape"):
        Look(shape="4:3")


def test_pictures_and_videos_go_behind_the_person(clip: Path, folder: Path, tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), (0, 0, 255)).save(tmp_path / "blue.png")
    made = results(Service(LIMITS), clip, folder, Look("picture", file=tmp_path / "blue.png"))
    assert open_video(made.composite)[0].image[:8, :8].mean((0, 1)) == pytest.approx((0, 0, 255), abs=12)
    red_square = write_clip(tmp_path / "behind.mp4", frames=3)
    with request_folder() as other:
        made = results(Service(LIMITS), clip, other, Look("video", file=red_square, form="mov"))
        assert open_video(made.composite)[0].image[:8, -8:].mean((0, 1)) == pytest.approx((0, 40, 180), abs=16)


def test_stopping_keeps_the_finished_frames(long_clip: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "REPORT_INTERVAL", 0)
    made = None
    for event in Service(LIMITS).matte(long_clip, Look("transparent", form="webm"), folder=folder):
        if isinstance(event, ProgressEvent) and event.stage == "matting":
            job.stop(folder)
        made = event
    assert isinstance(made, Results)
    assert 0 < made.frames < LONG
    assert "Stopped" in made.notes[0]
    assert len(list(open_video(made.preview))) == len(list(open_video(made.alpha))) == made.frames
    assert len(list(read_alpha(made.composite))) == made.frames


def test_closing_a_request_ends_its_work_and_frees_its_place(long_clip: Path) -> None:
    service = Service(LIMITS)
    with request_folder() as folder:
        running = service.matte(long_clip, BLUR, folder=folder)
        next(running)
        assert job_threads() == len(service.waiting_line) == 1
        running.close()
    assert job_threads() == len(service.waiting_line) == 0
    assert not folder.exists()


def test_further_requests_wait_in_line_up_to_its_limit(clip: Path, folder: Path) -> None:
    service = Service(replace(LIMITS, at_once=1, waiting=1))
    first = service.matte(clip, BLUR, folder=folder)
    next(first)
    with request_folder() as second_folder, request_folder() as third_folder:
        second = service.matte(clip, BLUR, folder=second_folder)
        assert next(second) == Waiting(1)
        with pytest.raises(BusyError, match="try again"):
            next(iter(service.matte(clip, BLUR, folder=third_folder)))
        list(first)
        assert isinstance(next(event for event in second if not isinstance(event, Waiting)), ProgressEvent)
        assert isinstance(list(second)[-1], Results)


def test_stopping_while_waiting_is_reported(clip: Path, folder: Path) -> None:
    service = Service(replace(LIMITS, at_once=1))
    with service.waiting_line.join():
        waiting = service.matte(clip, BLUR, folder=folder)
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


def test_a_truncated_source_gives_its_good_frames_and_a_note(tmp_path: Path, folder: Path) -> None:
    whole = write_clip(tmp_path / "whole.mkv", frames=60)
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    made = results(Service(LIMITS), broken, folder, Look("colour", "#00ff00", form="mov"))
    assert 0 < made.frames < 60
    assert f"broken.mkv breaks off at frame {made.frames}" in made.notes[0]
    assert len(list(open_video(made.preview))) == len(list(open_video(made.composite))) == made.frames


def test_errors_name_files_without_their_folders(clip: Path, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    for look in (Look("picture", file=tmp_path / "text.png"), Look(str(clip))):
        with pytest.raises(MattingError) as error, request_folder() as other:
            results(Service(LIMITS), clip, other, look)
        assert str(tmp_path) not in str(error.value)
        assert str(other) not in str(error.value)
    with pytest.raises(InputError, match="choose a video"):
        list(Service(LIMITS).matte(None, BLUR, folder=folder))


def test_internal_errors_are_logged_and_not_shown(
    clip: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(job, "matte_video", fail)
    with pytest.raises(MattingError) as error:
        results(Service(LIMITS), clip, folder)
    assert "secret" not in str(error.value)
    assert "secret detail" in caplog.text
