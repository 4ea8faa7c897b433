"""The camera's session: state of its own, emptied when it must be."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modnetv_kit.app import engine
from modnetv_kit.app.examples import compose
from modnetv_kit.app.limits import Limits
from modnetv_kit.app.line import BusyError
from modnetv_kit.app.live import Cameras, LiveSession
from modnetv_kit.errors import InputError

LIMITS = Limits()


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return compose(pans=False, frames=6, size=(90, 160))


def session(limits: Limits = LIMITS) -> LiveSession:
    return LiveSession(engine.model(), engine.device(), limits)


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
