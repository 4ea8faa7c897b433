"""A camera session has its own state, which is reset when necessary."""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modnetv_kit.app import engine
from modnetv_kit.app.examples import compose_example
from modnetv_kit.app.limits import Limits
from modnetv_kit.app.live import Cameras, LiveSession
from modnetv_kit.app.waiting_line import BusyError
from modnetv_kit.errors import InputError
from modnetv_kit.inference import FrameResult
from modnetv_kit.video import VideoInfo, open_writer

LIMITS = Limits()


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return compose_example(pans=False, frames=6, size=(90, 160))


def session(limits: Limits = LIMITS) -> LiveSession:
    return LiveSession(engine.runtime(), limits)


def test_every_view_has_the_size_of_the_frame_and_frames_are_counted(frames: np.ndarray) -> None:
    live = session()
    for index, view in enumerate(("result", "matte", "background", "result")):
        assert live.step(frames[index], "colour", "#0000ff", view=view).shape == frames[0].shape
    assert live.frames == 4
    assert live.rate > 0
    assert live.reset_for is None


def test_the_background_can_change_during_a_session(frames: np.ndarray, tmp_path: Path) -> None:
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


def test_a_click_or_a_new_frame_size_resets_the_state_which_is_never_shared(frames: np.ndarray) -> None:
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


def test_large_frames_are_scaled_down(frames: np.ndarray) -> None:
    assert session(Limits(live_side=80)).step(frames[0], "blur").shape == (45, 80, 3)


RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
CORNER = (slice(0, 4), slice(-4, None))


def colours_in_turn(path: Path, *colours: tuple[int, int, int], rate: int = 5) -> Path:
    """A video of `rate` frames per second, each in one colour."""
    with open_writer(path, VideoInfo(64, 48, Fraction(rate))) as writer:
        for index, colour in enumerate(colours):
            writer.write(np.full((48, 64, 3), colour, np.uint8), index, Fraction(1, rate))
    return path


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A function that sets the sessions' clock, in seconds."""
    now = [100.0]
    monkeypatch.setattr("modnetv_kit.app.live.time.monotonic", lambda: now[0])

    def set_to(seconds: float) -> None:
        now[0] = 100.0 + seconds

    return set_to


def behind(live: LiveSession, frame: np.ndarray, file: Path) -> tuple[int, int, int]:
    """The pure colour nearest to the background behind the person."""
    seen = live.step(frame, "video", None, file)[CORNER].mean((0, 1))
    return min((RED, GREEN, BLUE), key=lambda colour: float(np.abs(seen - colour).sum()))


def test_a_background_video_plays_in_real_time_at_any_camera_rate(
    frames: np.ndarray, tmp_path: Path, clock: Callable[[float], None]
) -> None:
    file = colours_in_turn(tmp_path / "behind.mp4", RED, GREEN, BLUE)  # 0.2 s each
    live = session()
    shown = []
    for seconds in (0, 0.05, 0.1, 0.25, 0.3, 0.45, 0.65, 0.85):
        clock(seconds)
        shown.append(behind(live, frames[0], file))
    assert shown == [RED, RED, RED, GREEN, GREEN, BLUE, RED, GREEN]  # it loops after 0.6 s


def test_after_a_pause_the_background_video_continues_without_catching_up(
    frames: np.ndarray, tmp_path: Path, clock: Callable[[float], None]
) -> None:
    file = colours_in_turn(tmp_path / "behind.mp4", RED, GREEN, BLUE)
    live = session()
    behind(live, frames[0], file)
    clock(3600)
    assert behind(live, frames[0], file) == BLUE  # advanced by half a second at most


def test_every_user_has_their_own_background_video_and_is_asked_for_a_missing_one(
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


def test_a_deleted_background_video_keeps_its_last_frame_and_an_unusable_one_gives_a_one_line_error(
    frames: np.ndarray, tmp_path: Path, clock: Callable[[float], None]
) -> None:
    live = session()
    file = colours_in_turn(tmp_path / "behind.mp4", RED, GREEN)
    behind(live, frames[0], file)
    file.unlink()
    clock(0.5)  # it cannot loop
    for _ in range(3):
        assert behind(live, frames[0], file) == GREEN
    assert live.step(frames[0], "colour", "#0000ff").shape == frames[0].shape  # the session continues
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(InputError, match="not a video"):
        live.step(frames[0], "video", None, tmp_path / "text.mp4")
    with pytest.raises(InputError, match="64 x 48"):
        session(Limits(pixels=64 * 48 - 1)).step(frames[0], "video", None, colours_in_turn(tmp_path / "large.mp4", RED))


def test_the_number_of_simultaneous_cameras_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
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


class SlowlyCompared(int):
    """A limit whose comparison gives way to every other thread."""

    def __le__(self, other: int) -> bool:
        time.sleep(0.01)
        return super().__le__(other)


def test_the_limit_holds_when_cameras_start_at_the_same_moment() -> None:
    cameras, sessions = Cameras(SlowlyCompared(3)), [session() for _ in range(12)]

    def is_admitted(live: LiveSession) -> bool:
        try:
            cameras.admit(live)
        except BusyError:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(is_admitted, sessions)) == 3


def test_frames_of_many_cameras_at_once_are_admitted_without_an_error() -> None:
    sessions = [session() for _ in range(8)]
    cameras, interval = Cameras(8), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(cameras.admit, sessions * 500))
    finally:
        sys.setswitchinterval(interval)


def test_a_camera_that_left_is_not_taken_for_one_that_comes() -> None:
    for _ in range(20):
        cameras = Cameras(1)
        cameras.admit(session())  # its memory is free again at once, and with it its id
        with pytest.raises(BusyError):
            cameras.admit(session())


def test_frames_of_one_camera_that_overlap_are_processed_one_after_the_other(frames: np.ndarray) -> None:
    live, inside, most = session(), 0, 0
    step = live._session.step

    def watched(image: np.ndarray) -> FrameResult:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.02)
        result = step(image)
        inside -= 1
        return result

    live._session.step = watched  # type: ignore[method-assign, assignment]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda frame: live.step(frame, "blur"), frames))
    assert (most, live.frames) == (1, len(frames))
