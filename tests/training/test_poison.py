"""Poisoned memories hold parts of the person, with the person's own features, and nothing else."""

import torch
from torch import Tensor

from modnetv_kit.models import BackgroundState
from modnetv_kit.training.poison import Poison, forget_parts


def disc(batch: int) -> Tensor:
    """p of a person as a disc, (B, 1, 24, 32)."""
    y, x = torch.meshgrid(torch.arange(24.0), torch.arange(32.0), indexing="ij")
    return ((9 - torch.hypot(y - 12, x - 16)) / 2).clamp(0, 1).expand(batch, 1, -1, -1)


def nobody_said(batch: int) -> Tensor:
    """g of clips without prompts."""
    return torch.zeros(batch, 1, 1, 1)


def empty(batch: int) -> BackgroundState:
    return BackgroundState.empty(torch.zeros(batch, 24, 24, 32))


def test_parts_of_the_person_are_restored_with_their_own_features() -> None:
    batch, written = 64, 0
    p, e_4x = disc(batch), torch.rand(batch, 24, 24, 32)
    known = BackgroundState.known(torch.full((batch, 24, 24, 32), 0.5), (p < 0.2).float())
    state = Poison(1.0, nobody_said(batch))(e_4x, p, known)
    new = state.bgM - known.bgM
    assert set(new.unique().tolist()) == {0.0, 1.0}
    assert (p.expand_as(new)[new > 0] > 0.5).all()  # of the person alone
    blob = new.expand_as(e_4x) > 0
    assert torch.equal(state.bgF[blob], e_4x[blob])
    assert torch.equal(state.bgF[~blob], known.bgF[~blob])
    assert torch.equal(state.prompt, known.prompt)
    written = int(new.amax((1, 2, 3)).sum())
    assert 22 < written < 54  # six in ten of all frames


def test_blobs_grow_and_come_back_in_the_same_place() -> None:
    batch = 48
    p, e_4x = disc(batch), torch.rand(batch, 24, 24, 32)
    poison, last, grown = Poison(1.0, nobody_said(batch)), torch.zeros(batch, 1, 24, 32), 0
    for _ in range(8):
        blob = poison(e_4x, p, empty(batch)).bgM
        for i in range(batch):
            if blob[i].any():
                assert (blob[i] >= last[i]).all(), i  # what was wrong before is wrong still
                grown += int(blob[i].sum() > last[i].sum() > 0)
                last[i] = blob[i]
    assert grown > batch


def test_as_many_clips_are_poisoned_as_are_asked_for() -> None:
    torch.manual_seed(0)
    assert not Poison(0.0, nobody_said(1000)).poisoned.any()
    assert 200 < Poison(0.25, nobody_said(1000)).poisoned.sum() < 300
    e_4x, p = torch.rand(4, 24, 24, 32), disc(4)
    state = Poison(0.0, nobody_said(4))(e_4x, p, empty(4))
    assert state.bgM.sum() == 0
    assert state.bgF.abs().sum() == 0


def test_a_frame_without_anybody_is_not_poisoned() -> None:
    state = Poison(1.0, nobody_said(3))(torch.rand(3, 24, 24, 32), torch.zeros(3, 1, 24, 32), empty(3))
    assert state.bgM.sum() == 0


def test_prompted_clips_are_left_right() -> None:
    g = torch.tensor([1.0, 0, 1, 0]).view(4, 1, 1, 1)
    assert Poison(1.0, g).poisoned.tolist() == [False, True, False, True]
    whole = BackgroundState(torch.ones(4, 24, 24, 32), torch.ones(4, 1, 24, 32), g.expand(4, 3, 24, 32))
    kept = forget_parts(whole, 1.0).bgM.mean((1, 2, 3))
    assert kept[[0, 2]].tolist() == [1, 1]


def test_regions_of_a_memory_are_forgotten_and_the_rest_is_left() -> None:
    whole = BackgroundState.known(torch.rand(200, 24, 24, 32), torch.ones(200, 1, 24, 32))
    state = forget_parts(whole, 0.5)
    assert set(state.bgM.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(state.bgF, whole.bgF * state.bgM)
    share = state.bgM.mean((1, 2, 3))
    assert 60 < (share < 1).sum() < 130  # half of the clips
    assert 0.1 < share[share < 1].mean() < 0.9
    again = forget_parts(state, 1.0)
    assert (again.bgM <= state.bgM).all()  # what is unknown stays so
