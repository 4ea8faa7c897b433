"""A recording matches the network's outputs, a replay matches B, and a shared model stays unchanged."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from modnetv_kit import load_model
from modnetv_kit.errors import InputError
from modnetv_kit.inference import MattingSession, recording
from modnetv_kit.inference.recording import Recording, record, replay
from modnetv_kit.models import BackgroundRestoration, BackgroundState, MODNetV
from modnetv_kit.models.background import presence

SIZE = (64, 96)


def moving_person(count: int = 6, size: tuple[int, int] = SIZE) -> list[np.ndarray]:
    """A dark figure crosses a textured wall."""
    rng = np.random.default_rng(0)
    wall = rng.integers(120, 250, (size[0] // 8, size[1] // 8, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    frames = []
    for t in range(count):
        frame = wall.copy()
        frame[size[0] // 4 :, 8 * t : 8 * t + size[1] // 4] = (60, 40, 50)
        frames.append(frame)
    return frames


@pytest.fixture(scope="module")
def model() -> MODNetV:
    """The bundled weights; no test depends on their results."""
    return load_model(device="cpu")


class Undecided(nn.Module):
    """Replaces S: the left is background, the right is not, and the border moves with the frame's brightness."""

    def forward(
        self, e_8x: torch.Tensor, e_16x: torch.Tensor, e_32x: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        columns = torch.linspace(-6, 6, e_16x.shape[-1]).expand(len(e_16x), 1, *e_16x.shape[-2:])
        return columns + e_16x.mean(1, keepdim=True), e_8x


@pytest.fixture
def undecided(model: MODNetV) -> Iterator[MODNetV]:
    """A network whose state always holds part of the background, but never all of it."""
    semantic, model.semantic = model.semantic, Undecided()  # type: ignore[assignment]
    yield model
    model.semantic = semantic


def test_a_recording_equals_a_session_frame_by_frame(undecided: MODNetV) -> None:
    frames = moving_person()
    kept = record(undecided, frames, device="cpu")
    session = MattingSession(undecided, "cpu")
    for t, frame in enumerate(frames):
        result, output, state = session.observe(frame)
        assert np.array_equal(kept.frames[t], frame)
        assert np.array_equal(kept.alpha[t], result.alpha.astype(np.float16))
        assert output.detail is not None
        for name, map_ in {"coarse_alpha": output.coarse_alpha, "d_p": output.detail}.items():
            assert np.array_equal(getattr(kept, name)[t], np.rint(map_[0, 0].numpy() * 255)), name
        assert np.array_equal(kept.s_p[t], output.semantic[0, 0].numpy())
        assert np.array_equal(kept.p[t], presence(output.coarse_alpha, state.bgF)[0, 0].numpy())
        assert np.array_equal(kept.bgM[t], state.bgM[0, 0].numpy() == 1)
        assert np.array_equal(kept.bgF[t], state.bgF[0].half().numpy())
        assert np.array_equal(kept.plate[t], result.background)
        assert np.array_equal(kept.plate_mask[t], result.background_mask)
        assert np.array_equal(kept.flaw[t], result.flaw_map)
        assert np.array_equal(kept.refined[t], result.refined)
    assert len(kept) == len(frames)
    assert kept.resets == {0: "start"}
    assert not kept.truncated
    assert 0 < kept.bgM.mean() < 1


def test_recorded_features_are_those_of_the_encoder_before_b_enriches_them(undecided: MODNetV) -> None:
    frames = moving_person(3)
    kept = record(undecided, frames, device="cpu")
    with torch.inference_mode():
        for t, frame in enumerate(frames):
            _, e_4x = undecided.encoder.stem(torch.from_numpy(frame).permute(2, 0, 1)[None].float() / 255)
            np.testing.assert_allclose(kept.e_4x[t], e_4x[0].numpy(), atol=1e-2)


@pytest.mark.parametrize("rule", ["accumulate", "refresh"])
def test_replay_under_the_recorded_rules_gives_the_recorded_state_and_pictures(
    undecided: MODNetV, rule: recording.Update
) -> None:
    kept = record(undecided, moving_person(), device="cpu", update=rule)
    again = replay(kept)
    assert again.update == rule
    assert np.array_equal(again.bgM, kept.bgM)
    np.testing.assert_allclose(again.bgF, kept.bgF, atol=1e-2)
    assert np.abs(again.bg_p.astype(int) - kept.bg_p).max() <= 1
    # the matte is kept in half precision: a pixel that lies just on the plate's limit may fall on its other side
    assert (np.abs(again.plate.astype(int) - kept.plate) <= 1).mean() > 0.999
    assert (again.plate_mask == kept.plate_mask).mean() > 0.999
    assert np.allclose(again.coverage, kept.bgM.mean((1, 2)))


def test_replay_with_another_rule_gives_the_state_that_rule_builds_from_the_same_features(undecided: MODNetV) -> None:
    kept = record(undecided, moving_person(), device="cpu", update="refresh")
    module = BackgroundRestoration("accumulate", kept.theta)
    state = BackgroundState.empty(torch.zeros(1, *kept.e_4x.shape[1:]))
    for t in range(len(kept)):
        e_4x, p = torch.from_numpy(kept.e_4x[t])[None].float(), torch.from_numpy(kept.p[t])[None, None]
        state = module.update(e_4x, p, state)
    other = replay(kept, update="accumulate")
    np.testing.assert_allclose(other.bgF[-1], state.bgF[0].numpy(), atol=1e-2)
    assert not np.allclose(other.bgF[-1], kept.bgF[-1], atol=1e-2)


def test_a_higher_theta_restores_more_and_none_of_it_elsewhere(undecided: MODNetV) -> None:
    kept = record(undecided, moving_person(), device="cpu")
    # "refresh" also forgets what is certainly the person, which a theta above 0.9 restores
    masks = [replay(kept, theta=theta, update="accumulate").bgM for theta in (0.0, 0.1, 0.5, 1.1)]
    assert not masks[0].any()
    assert masks[3].all()
    for fewer, more in pairwise(masks):
        assert fewer.sum() < more.sum()
        assert not (fewer & ~more).any()


def test_replay_starts_anew_where_the_recording_did(undecided: MODNetV) -> None:
    dark, bright = np.full((*SIZE, 3), 20, np.uint8), np.full((*SIZE, 3), 230, np.uint8)
    dark[:32, :, 1], bright[:, 48:, 2] = 200, 30
    kept = record(undecided, [dark, dark, bright, bright], device="cpu")
    assert kept.resets == {0: "start", 2: "scene cut"}
    alone = record(undecided, [bright, bright], device="cpu")
    again = replay(kept)
    np.testing.assert_allclose(again.bgF[2:], alone.bgF, atol=1e-2)
    assert np.array_equal(again.plate[2:], alone.plate)


def test_recording_leaves_a_shared_model_as_it_was(model: MODNetV) -> None:
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    background, parts = model.background, dict(model.named_children())
    rule = background.update_rule
    other = "accumulate" if rule == "refresh" else "refresh"
    seen = []

    def frames() -> Iterator[np.ndarray]:
        for frame in moving_person(3):
            seen.append((model.background is background, model.background.update_rule))  # as another thread would
            yield frame

    kept = record(model, frames(), device="cpu", update=other)
    assert kept.update == other
    assert seen == [(True, rule)] * 3
    assert model.background is background
    assert background.update_rule == rule
    assert dict(model.named_children()) == parts
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_later_training_does_not_change_what_a_recording_replays(undecided: MODNetV) -> None:
    kept = record(undecided, moving_person(2), device="cpu")
    bias = undecided.background.head[-1].bias
    with torch.no_grad():
        bias += 1
        again = replay(kept).bg_p
        bias -= 1
    assert np.abs(again.astype(int) - kept.bg_p).max() <= 1


def test_a_long_video_is_cut_and_the_recording_says_so(model: MODNetV) -> None:
    assert record(model, moving_person(3), device="cpu", max_frames=3).truncated is False
    endless = (frame for _ in iter(int, 1) for frame in moving_person(1))
    kept = record(model, endless, device="cpu", max_frames=4)
    assert kept.truncated
    assert len(kept) == len(kept.alpha) == 4


def test_large_frames_are_cut_earlier_so_that_memory_is_bounded(
    model: MODNetV, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MAX_BYTES", 500_000)
    lengths = []
    for size in (SIZE, (128, 192)):
        kept = record(model, moving_person(12, size), device="cpu")
        assert _bytes(kept) <= 500_000
        assert kept.truncated
        lengths.append(len(kept))
    assert lengths[0] > lengths[1] >= 1


def _bytes(kept: Recording) -> int:
    return sum(value.nbytes for value in vars(kept).values() if isinstance(value, np.ndarray))


def test_progress_counts_frames_and_knows_their_number_where_a_list_is_given(model: MODNetV) -> None:
    told: list[tuple[int, int | None]] = []
    record(model, moving_person(3), device="cpu", max_frames=2, progress=lambda *done: told.append(done))
    record(model, iter(moving_person(2)), device="cpu", progress=lambda *done: told.append(done))
    assert told == [(1, 2), (2, 2), (1, None), (2, None)]


@pytest.mark.parametrize(
    ("frames", "options", "line"),
    [
        ([], {}, "no frames"),
        ([np.zeros((64, 96, 3), np.uint8), np.zeros((64, 64, 3), np.uint8)], {}, "frame 1 has shape"),
        ([np.zeros((64, 96, 3), np.float32)], {}, "uint8"),
        ([np.zeros((64, 96, 3), np.uint8)], {"max_frames": 0}, "max_frames"),
    ],
    ids=["empty", "two sizes", "float", "no frame wanted"],
)
def test_frames_that_cannot_be_recorded_are_refused_in_one_line(
    model: MODNetV, frames: list[np.ndarray], options: dict[str, int], line: str
) -> None:
    with pytest.raises(InputError, match=line) as error:
        record(model, frames, device="cpu", **options)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
