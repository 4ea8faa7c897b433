"""The camera's session: it has its own state, which is emptied when necessary."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modnetv_kit.app import engine
from modnetv_kit.app.examples import compose
from modnetv_kit.app.limits import Limits
from modnetv_kit.app.live import Cameras, LiveSession
from modnetv_kit.app.waiting_line import BusyError
from modnetv_kit.errors import InputError
from modnetv_kit.video import VideoInfo, open_writer

LIMITS = Limits()


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return compose(pans=False, frames=6, size=(90, 160))


def session(limits: Limits = LIMITS) -> LiveSession:
    return LiveSession(engine.runtime(), limits)


def test_every_view_has_the_frames_size_and_the_session_counts(frames: np.ndarray) -> None:
    live = session()
    for index, view in enumerate(("result", "matte", "background", "result")):
        assert live.step(frames[index], "colour", "#0000ff", view=view).shape == frames[0].shape
    assert live.frames == 4
    assert live.rate > 0
    assert live.reset_for is None


def test_backgrounds_change_while_it_runs(frames: np.ndarray, tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), (255, 0, 0)).save(tmp_path / "red.png")
    live = session()
    corner = (slice(0, 4), slice(-4, None))
    assert live.step(frames[0], "colour", "#0000ff")[corner].mean((0, 1)) == pytest.approx((0, 0, 255), abs=3)
    assert live.step(frames[1], "picture", None, tmp_path / "red.png")[corner].mean((0, 1)) == pytest.approx(
        (255, 0, 0), abs=3
    )
    checks = live.step(frames[2], "transparent")[:16, -16:]
    assert set(np.unique(checks)) <= set(range(200, 256))
    with pytest.raises(InputError, match="choose a picture"):
        live.step(frames[3], "picture")


def test_the_state_is_emptied_by_a_click_and_by_another_size_and_never_shared(frames: np.ndarray) -> None:
    live, other = session(), session()
    live.step(frames[0], "blur")
    assert live.reset_for == "start"
    other.step(frames[1], "blur")
    live.step(frames[1], "blur")
    assert (live.reset_for, live.frames, other.frames) == (None, 2, 1)
    live.step(np.ascontiguousarray(frames[2][:, :100]), "blur")
    assert (live.reset_for, live.frames) == ("frame size", 1)
    live.step(np.ascontiguousarray(frames[3][:, :100]), "blur")
    live.reset()
    live.step(np.ascontiguousarray(frames[4][:, :100]), "blur")
    assert (live.reset_for, live.frames) == ("start", 1)


def test_large_frames_are_shrunk(frames: np.ndarray) -> None:
    assert session(Limits(live_side=80)).step(frames[0], "blur").shape == (45, 80, 3)


RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
CORNER = (slice(0, 4), slice(-4, None))


def colours_in_turn(path: Path, *colours: tuple[int, int, int], rate: int = 5) -> Path:
    """A video whose frames, `rate` a second, are one colour each."""
    with open_writer(path, VideoInfo(64, 48, Fraction(rate))) as writer:
        for index, colour in enumerate(colours):
            writer.write(np.full((48, 64, 3), colour, np.uint8), index, Fraction(1, rate))
    return path


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the time that sessions see, in seconds."""
    now = [100.0]
    monkeypatch.setattr("modnetv_kit.app.live.time.monotonic", lambda: now[0])

    def put(seconds: float) -> None:
        now[0] = 100.0 + seconds

    return put


def behind(live: LiveSession, frame: np.ndarray, file: Path) -> tuple[int, int, int]:
    """The pure colour nearest to the background behind the person."""
    seen = live.step(frame, "video", None, file)[CORNER].mean((0, 1))
    return min((RED, GREEN, BLUE), key=lambda colour: float(np.abs(seen - colour).sum()))


def test_a_video_behind_plays_in_real_time_however_many_frames_the_camera_sends(
    frames: np.ndarray, tmp_path: Path, clock: Callable[[float], None]
) -> None:
    file = colours_in_turn(tmp_path / "behind.mp4", RED, GREEN, BLUE)  # 0.2 s each
    live = session()
    shown = []
    for seconds in (0, 0.05, 0.1, 0.25, 0.3, 0.45, 0.65, 0.85):
        clock(seconds)
        shown.append(behind(live, frames[0], file))
    assert shown == [RED, RED, RED, GREEN, GREEN, BLUE, RED, GREEN]  # after 0.6 s it begins again


def test_after_a_pause_the_video_behind_goes_on_without_catching_up(
    frames: np.ndarray, tmp_path: Path, clock: Callable[[float], None]
) -> None:
    file = colours_in_turn(tmp_path / "behind.mp4", RED, GREEN, BLUE)
    live = session()
    behind(live, frames[0], file)
    clock(3600)
    assert behind(live, frames[0], file) == BLUE  # half a second later, as if nothing had been missed


def test_every_visitor_sees_the_own_video_behind_and_without_one_is_asked_for_it(
    frames: np.ndarray, tmp_path: Path, clock: Callable[[float], None]
) -> None:
    first, second, third = session(), session(), session()
    red, blue = colours_in_turn(tmp_path / "red.mp4", RED, RED), colours_in_turn(tmp_path / "blue.mp4", BLUE, BLUE)
    for seconds in (0, 0.3, 0.6):
        clock(seconds)
        assert behind(first, frames[0], red) == RED
        assert behind(second, frames[0], blue) == BLUE
        with pytest.raises(InputError, match="choose a video"):
            third.step(frames[0], "video", None, None)


def test_a_video_behind_that_is_gone_stays_on_its_last_picture_and_no_video_or_too_large_is_one_line(
    frames: np.ndarray, tmp_path: Path, clock: Callable[[float], None]
) -> None:
    live = session()
    file = colours_in_turn(tmp_path / "behind.mp4", RED, GREEN)
    behind(live, frames[0], file)
    file.unlink()
    clock(0.5)  # it cannot begin again
    for _ in range(3):
        assert behind(live, frames[0], file) == GREEN
    assert live.step(frames[0], "colour", "#0000ff").shape == frames[0].shape  # and the session goes on
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(InputError, match="not a video"):
        live.step(frames[0], "video", None, tmp_path / "text.mp4")
    with pytest.raises(InputError, match="64 x 48"):
        session(Limits(pixels=64 * 48 - 1)).step(frames[0], "video", None, colours_in_turn(tmp_path / "large.mp4", RED))


def test_only_so_many_cameras_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("modnetv_kit.app.live.time.monotonic", lambda: now)
    cameras, first, second = Cameras(1), session(), session()
    cameras.admit(first)
    with pytest.raises(BusyError, match="try again"):
        cameras.admit(second)
    now = 4.0
    cameras.admit(first)
    now = 8.0
    with pytest.raises(BusyError):
        cameras.admit(second)
    now = 20.0
    cameras.admit(second)
