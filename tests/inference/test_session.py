import numpy as np
import pytest
import torch

from modnetv_kit import load_model
from modnetv_kit.errors import DeviceError, InputError
from modnetv_kit.inference import MattingSession
from modnetv_kit.models import MODNetV


def frames(seed: int, count: int = 3, size: tuple[int, int] = (64, 96)) -> list[np.ndarray]:
    """A slowly changing textured video."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 256, (*size, 3)).astype(float)
    return [np.clip(first + 5 * i, 0, 255).astype(np.uint8) for i in range(count)]


def test_two_sessions_on_one_model_do_not_affect_each_other() -> None:
    model = load_model(device="cpu")
    a, b = frames(1), frames(2)
    first, second = MattingSession(model, "cpu"), MattingSession(model, "cpu")
    alone = [[first.step(x) for x in a], [second.step(x) for x in b]]
    first, second = MattingSession(model, "cpu"), MattingSession(model, "cpu")
    together = [[], []]
    for x, y in zip(a, b, strict=True):
        together[0].append(first.step(x))
        together[1].append(second.step(y))
    for one, other in zip(alone[0] + alone[1], together[0] + together[1], strict=True):
        assert np.array_equal(one.alpha, other.alpha)
        assert np.array_equal(one.background, other.background)
        assert np.array_equal(one.foreground, other.foreground)


def test_results_have_the_types_and_shapes_that_are_promised() -> None:
    result = MattingSession(load_model(device="cpu"), "cpu").step(frames(0, size=(70, 101))[0])
    assert result.alpha.dtype == np.float32
    assert result.alpha.shape == (70, 101)
    assert 0 <= result.alpha.min() <= result.alpha.max() <= 1
    assert result.foreground.dtype == result.background.dtype == np.uint8
    assert result.foreground.shape == result.background.shape == (70, 101, 3)
    assert result.background_mask.dtype == bool
    assert result.background_mask.shape == (70, 101)
    assert result.flaw_map.shape == result.refined.shape == (16, 16)


def test_session_starts_anew_when_the_frame_size_changes_and_says_so(red_model: MODNetV, scene: np.ndarray) -> None:
    session = MattingSession(red_model, "cpu")
    reasons = [session.step(x).reset for x in (scene, scene, scene[:48], scene[:48])]
    assert reasons == ["start", None, "frame size", None]


def test_session_starts_anew_at_a_scene_cut_and_forgets_the_old_background(red_model: MODNetV) -> None:
    dark, bright = np.full((64, 96, 3), 20, np.uint8), np.full((64, 96, 3), 230, np.uint8)
    dark[:32, :, 1], bright[:, 48:, 2] = 200, 30
    dark[..., 0] = bright[..., 0] = 0
    session = MattingSession(red_model, "cpu")
    assert session.step(dark).reset == "start"
    result = session.step(bright)
    assert result.reset == "scene cut"
    assert np.abs(result.background.astype(int) - bright).max() <= 1


def test_reset_makes_the_next_frame_a_first_frame(red_model: MODNetV, scene: np.ndarray) -> None:
    session = MattingSession(red_model, "cpu")
    session.step(scene)
    session.reset()
    assert session.step(scene).reset == "start"


def test_restored_background_grows_where_the_person_moves_away(red_model: MODNetV, scene: np.ndarray) -> None:
    left, right = scene.copy(), scene.copy()
    left[:, :48] = (255, 0, 0)
    right[:, 48:] = (255, 0, 0)
    session = MattingSession(red_model, "cpu")
    first = session.step(left)
    assert not first.background_mask[:, :48].any()
    assert first.background_mask[:, 70:].all()
    second = session.step(right)
    for part in (slice(0, 26), slice(70, 96)):
        assert second.background_mask[:, part].all()
        assert np.abs(second.background[:, part].astype(int) - scene[:, part]).max() <= 1


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((64, 64), np.uint8),
        np.zeros((64, 64, 4), np.uint8),
        np.zeros((64, 64, 3), np.float32),
        np.zeros((31, 64, 3), np.uint8),
    ],
    ids=["grey", "rgba", "float", "too small"],
)
def test_a_frame_of_another_kind_is_refused_in_one_line(red_model: MODNetV, frame: np.ndarray) -> None:
    with pytest.raises(InputError) as error:
        MattingSession(red_model, "cpu").step(frame)
    assert "\n" not in str(error.value)


def test_too_little_memory_is_one_line_and_leaves_the_session_usable(
    red_model: MODNetV, scene: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = MattingSession(red_model, "cpu")
    session.step(scene)

    def exhausted(*_: object) -> None:
        raise torch.OutOfMemoryError("out of memory")

    with monkeypatch.context() as patched:
        patched.setattr(session.engine, "step", exhausted)
        with pytest.raises(DeviceError, match="too little memory"):
            session.step(scene)
    assert session.step(scene).reset == "start"


def test_unknown_device_is_one_line(red_model: MODNetV) -> None:
    with pytest.raises(DeviceError, match="toaster"):
        MattingSession(red_model, "toaster")


def test_networks_may_run_ahead_of_the_restored_background_and_nothing_changes(red_model: MODNetV) -> None:
    dark, bright = np.full((64, 96, 3), 20, np.uint8), np.full((64, 96, 3), 230, np.uint8)
    dark[:32, :, 1], bright[:, 48:, 2] = 200, 30
    video = [dark, dark + np.uint8(3), bright, bright, bright[:48]]
    together, ahead = MattingSession(red_model, "cpu"), MattingSession(red_model, "cpu")
    predictions = [ahead.predict(frame) for frame in video]  # all of them before the first is restored
    for frame, prediction in zip(video, predictions, strict=True):
        one, other = together.step(frame), ahead.restore(prediction)
        assert one.reset == other.reset
        for name in ("alpha", "foreground", "background", "background_mask", "flaw_map", "refined"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert [prediction.reset for prediction in predictions] == ["start", None, "scene cut", None, "frame size"]
