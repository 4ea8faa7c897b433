"""Fades, flashes and exposure changes must not restore the person as background."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from modnetv_kit.hub import load_model
from modnetv_kit.inference import MattingSession
from modnetv_kit.inference.brightness import Exposure, Verdict, track_exposure
from modnetv_kit.inference.recording import record, replay
from modnetv_kit.inference.scenecut import glance
from modnetv_kit.models import MODNetV
from modnetv_kit.samples.footage import carphone
from modnetv_kit.video import open_video

Disturb = Callable[[list[np.ndarray]], list[np.ndarray]]


@pytest.fixture(scope="module")
def model() -> MODNetV:
    return load_model(device="cpu")


@pytest.fixture(scope="module")
def talking() -> list[np.ndarray]:
    """A second of a man in a moving car."""
    reader = open_video(carphone())
    return [frame.image for frame, _ in zip(reader, range(26), strict=False)]


@pytest.fixture(scope="module")
def undisturbed(model: MODNetV, talking: list[np.ndarray]) -> list[float]:
    return _areas(model, talking)


def _areas(model: MODNetV, frames: list[np.ndarray]) -> list[float]:
    session = MattingSession(model, "cpu")
    return [float(session.step(frame).alpha.mean()) for frame in frames]


def _toward(level: int, shares: dict[int, float]) -> Disturb:
    """Frames mixed with black (0) or white (255); for each by its index, the share of itself that is left."""

    def disturb(frames: list[np.ndarray]) -> list[np.ndarray]:
        mixed = [shares.get(t, 1.0) * frame.astype(np.float32) for t, frame in enumerate(frames)]
        return [np.uint8(np.rint(image + (1 - shares.get(t, 1.0)) * level)) for t, image in enumerate(mixed)]

    return disturb


def _gain(gains: dict[int, float], since: int | None = None, gain: float = 1.0) -> Disturb:
    def disturb(frames: list[np.ndarray]) -> list[np.ndarray]:
        each = [gains.get(t, gain if since is not None and t >= since else 1.0) for t in range(len(frames))]
        return [np.uint8(np.clip(frame * g, 0, 255)) for frame, g in zip(frames, each, strict=True)]

    return disturb


FADE = {t: t / 14 for t in range(14)}
DIP = {t: abs(t - 12) / 6 for t in range(6, 19)}


@pytest.mark.parametrize(
    ("disturb", "end"),
    [
        pytest.param(_toward(0, FADE), 14, id="fade from black"),
        pytest.param(_toward(255, FADE), 14, id="fade from white"),
        pytest.param(_toward(128, FADE), 14, id="fade from grey"),
        pytest.param(_toward(0, DIP), 19, id="dip to black"),
        pytest.param(_toward(255, DIP), 19, id="dip to white"),
        pytest.param(_toward(0, {0: 0.0}), 1, id="first frame black"),
        pytest.param(_toward(0, dict.fromkeys(range(6), 0.0)), 6, id="black at first"),
        pytest.param(_toward(255, dict.fromkeys((5, 9, 10, 14), 0.1)), 15, id="flashes"),
        pytest.param(_toward(0, dict.fromkeys(range(4, 17, 4), 0.15)), 17, id="strobe"),
        pytest.param(_gain({}, since=10, gain=0.6), 10, id="darker exposure"),
        pytest.param(_gain({}, since=10, gain=1.3), 10, id="brighter exposure"),
    ],
)
def test_the_person_is_kept_after_a_fade_in(
    model: MODNetV, talking: list[np.ndarray], undisturbed: list[float], disturb: Disturb, end: int
) -> None:
    areas = _areas(model, disturb(talking))
    assert np.mean(areas[end:]) == pytest.approx(np.mean(undisturbed[end:]), abs=0.02)


def test_a_real_fade_in_keeps_the_person(model: MODNetV) -> None:
    reader = open_video(Path(__file__).parent / "cases" / "fade_in_1s_person_lost.mp4")
    frames = [frame.image for frame in reader][:36]
    areas, without = _areas(model, frames), _areas(model, frames[15:])
    assert np.mean(without) > 0.2
    assert np.mean(areas[15:]) == pytest.approx(np.mean(without), abs=0.02)


def _verdicts(frames: list[np.ndarray]) -> list[Verdict]:
    exposure, verdicts = Exposure(), []
    for frame in frames:
        exposure, verdict = track_exposure(exposure, glance(frame))
        verdicts.append(verdict)
    return verdicts


def test_ordinary_frames_and_slow_changes_of_light_teach_the_memory(talking: list[np.ndarray]) -> None:
    assert set(_verdicts(talking)) == {"learn"}
    dusk = _gain({t: 1 - 0.01 * t for t in range(26)})(talking)
    assert set(_verdicts(dusk)) == {"learn"}


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize(("beside", "above"), [(0, 0), (0, 24), (0, 60), (110, 0), (190, 0), (40, 40)])
def test_fades_between_black_bars_are_followed(talking: list[np.ndarray], level: int, beside: int, above: int) -> None:
    bars = ((above, above), (beside, beside), (0, 0))
    verdicts = _verdicts([np.pad(frame, bars) for frame in _toward(level, FADE)(talking)])
    assert set(verdicts[:14]) == {"wait"}
    assert verdicts[-1] == "learn"


@pytest.mark.parametrize("beside", [110, 190])
def test_bars_alone_change_nothing(talking: list[np.ndarray], beside: int) -> None:
    assert set(_verdicts([np.pad(frame, ((0, 0), (beside, beside), (0, 0))) for frame in talking])) == {"learn"}


@pytest.mark.parametrize("tone", [20, 235])
@pytest.mark.parametrize("width", [50, 75])
def test_a_person_who_crosses_the_frame_is_not_a_change_of_light(
    talking: list[np.ndarray], tone: int, width: int
) -> None:
    crossed = []
    for t, frame in enumerate(talking):
        left = round((frame.shape[1] + width) * t / 25) - width
        crossed.append(frame.copy())
        crossed[-1][20:, max(left, 0) : max(left + width, 0)] = tone
        crossed[-1][50:90, max(left, 0) : max(left + width, 0)] = 255 - tone
    assert set(_verdicts(crossed)) == {"learn"}


def test_another_scene_behind_a_fade_is_a_scene_cut(talking: list[np.ndarray]) -> None:
    other = [255 - frame[:, ::-1] for frame in talking]
    shares = [1 - t / 10 for t in range(11)]
    faded = [np.uint8(frame * share) for frame, share in zip(talking, shares, strict=False)]
    begun = [np.uint8(frame * share) for frame, share in zip(other, shares[::-1], strict=False)]
    verdicts = _verdicts([*talking[:10], *faded, *begun, *other[11:20]])
    assert verdicts.count("scene cut") + verdicts.count("brightness") == 1
    assert verdicts[-1] == "learn"


def test_a_replay_learns_from_the_same_frames(model: MODNetV, talking: list[np.ndarray]) -> None:
    disturbed = _toward(0, {t: t / 6 for t in range(6)})(talking[:12])
    recording = record(model, disturbed, device="cpu")
    assert recording.learned.tolist() == [False] * 8 + [True] * 4
    replayed = replay(recording)
    assert np.array_equal(replayed.bgM, recording.bgM)
    assert np.array_equal(replayed.plate_mask, recording.plate_mask)
    assert not recording.plate_mask[:8].any()
