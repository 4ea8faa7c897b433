"""Long clips, real clips and prompts in the video stage."""

import pytest
import torch
from whole_clips import watched_states, whole

from modnetv_kit.models import MODNetV
from modnetv_kit.training import video_stage
from modnetv_kit.training.video_stage import LEARNING, VideoStage


@pytest.mark.usefixtures("whole_memories")
def test_long_clips_have_losses_at_their_end_with_the_memory_of_all_frames() -> None:
    model = MODNetV(theta=1.0, update="refresh")
    stage, states = VideoStage(model).train(), watched_states(model)
    length = LEARNING + 2
    frames = torch.rand(2, length, 3, 32, 32).requires_grad_()
    terms = stage(*whole(frames, torch.rand(2, length, 1, 32, 32), torch.rand(2, length, 3, 32, 32)))
    assert [bool(state.bgM.any()) for state in states] == [False] + [True] * (length - 1)
    (terms["alpha"] + terms["semantic"] + terms["detail"]).backward()
    assert frames.grad is not None
    learned = [bool(frames.grad[:, t].any()) for t in range(length)]
    assert learned == [False, False] + [True] * LEARNING


@pytest.mark.usefixtures("whole_memories")
def test_the_memory_given_to_real_clips_leaves_out_where_the_other_frame_shows_the_person() -> None:
    model = MODNetV().eval()
    stage = VideoStage(model).eval()
    frames = torch.rand(1, 2, 3, 64, 64)
    alpha = torch.zeros(1, 2, 1, 64, 64)
    alpha[:, 0, :, :, :32] = 1
    alpha[:, 1, :, :, 32:] = 1
    known = torch.zeros(1, 2, 1, 1, 1)
    state = stage._given(frames, alpha, frames, known, torch.zeros(1, 3, 16, 16))
    for t, other in ((0, 1), (1, 0)):
        left = slice(0, 7) if t == 0 else slice(9, 16)  # a cell away from the middle
        right = slice(9, 16) if t == 0 else slice(0, 7)
        assert state.bgM[t, 0, :, left].all()  # there the other frame shows the place
        assert not state.bgM[t, 0, :, right].any()
        with torch.no_grad():
            e_4x = model.encoder.stem(frames[:, other])[1]
        torch.testing.assert_close(state.bgF[t], (e_4x * state.bgM[t])[0])


def test_the_plate_of_a_real_photo_is_unknown() -> None:
    stage = VideoStage(MODNetV().eval()).eval()
    photo, alpha = torch.rand(2, 1, 3, 32, 32), torch.zeros(2, 1, 1, 32, 32)
    state = stage._given(photo, alpha, photo, torch.zeros(2, 1, 1, 1, 1), torch.zeros(2, 3, 8, 8))
    assert state.bgM.sum() == 0


@pytest.mark.usefixtures("whole_memories")
def test_an_unknown_plate_gives_no_background_loss() -> None:
    model = MODNetV(theta=1.0, update="accumulate").eval()
    stage = VideoStage(model).eval()
    clip = whole(torch.rand(2, 2, 3, 32, 32), torch.zeros(2, 2, 1, 32, 32), torch.rand(2, 2, 3, 32, 32))
    with torch.no_grad():
        terms = []
        for known in ([1.0, 1.0], [0.0, 0.0], [1.0, 0.0]):
            clip[3] = torch.tensor(known)[:, None]
            torch.manual_seed(0)  # no memory is given
            terms.append(stage(*clip)["background"].item())
        whole_first = [x[:1] for x in clip]
        torch.manual_seed(0)
        first = stage(*whole_first)["background"].item()
    assert terms[0] > 0
    assert terms[1] == 0
    assert terms[2] == pytest.approx(first, rel=1e-4)


def test_prompted_clips_begin_with_their_prompt_and_know_their_person_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_stage, "CORRECTION", 0.0)
    model = MODNetV().eval()
    stage, states = VideoStage(model).eval(), watched_states(model)
    alpha = torch.zeros(1, 2, 1, 64, 64)
    alpha[..., :32, :] = 1
    clip = whole(torch.rand(1, 2, 3, 64, 64), alpha, torch.rand(1, 2, 3, 64, 64))
    clip[4][:, 2] = 1
    clip[4][:, 0, 2:5, 2:5] = 1
    with torch.no_grad():
        torch.manual_seed(0)  # its own memory
        stage(*clip)
        state = stage._given(*clip[:3], torch.ones(1, 2, 1, 1, 1), clip[4])
    seen = [before.prompt for before in states]
    assert torch.equal(seen[0], clip[4])
    assert (seen[1][:, 2] == 1).all()
    assert torch.equal(state.prompt[0], clip[4][0])
    K, R, g = state.prompt[1]
    assert K[:7].all()
    assert not K[8:].any()
    assert not R.any()
    assert (g == 1).all()
