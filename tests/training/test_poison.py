"""Poisoned memories: parts of the person, with the person's own features, and nothing else."""

import torch
from torch import Tensor

from modnetv_kit.models import BackgroundState
from modnetv_kit.training.poison import Poison


def disc(batch: int) -> Tensor:
    """p of a person as a disc, (B, 1, 24, 32)."""
    y, x = torch.meshgrid(torch.arange(24.0), torch.arange(32.0), indexing="ij")
    return ((9 - torch.hypot(y - 12, x - 16)) / 2).clamp(0, 1).expand(batch, 1, -1, -1)


def empty(batch: int) -> BackgroundState:
    return BackgroundState.empty(torch.zeros(batch, 24, 24, 32))


def test_parts_of_the_person_are_restored_with_their_own_features() -> None:
    batch, written = 64, 0
    p, e_4x = disc(batch), torch.rand(batch, 24, 24, 32)
    known = BackgroundState.known(torch.full((batch, 24, 24, 32), 0.5), (p < 0.2).float())
    state = Poison(1.0, batch)(e_4x, p, known)
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
    poison, last, grown = Poison(1.0, batch), torch.zeros(batch, 1, 24, 32), 0
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
    assert not Poison(0.0, 1000).poisoned.any()
    assert 200 < Poison(0.25, 1000).poisoned.sum() < 300
    e_4x, p = torch.rand(4, 24, 24, 32), disc(4)
    state = Poison(0.0, 4)(e_4x, p, empty(4))
    assert state.bgM.sum() == 0
    assert state.bgF.abs().sum() == 0


def test_a_frame_without_anybody_is_not_poisoned() -> None:
    state = Poison(1.0, 3)(torch.rand(3, 24, 24, 32), torch.zeros(3, 1, 24, 32), empty(3))
    assert state.bgM.sum() == 0
