"""Corrections: a click at the largest error of the matte, and none in clips without a prompt."""

import pytest
import torch
from torch import Tensor

from modnetv_kit.models import BackgroundState
from modnetv_kit.training.corrections import correct


def state(prompted: bool = True) -> BackgroundState:
    """A state with a complete memory; K is a region in the upper left corner."""
    known = BackgroundState.known(torch.ones(1, 24, 24, 32), torch.ones(1, 1, 24, 32))
    maps = torch.zeros(1, 3, 24, 32)
    if prompted:
        maps[:, 2] = 1
        maps[:, 0, :4, :4] = 1
    return BackgroundState(known.bgF, known.bgM, maps)


def block(top: int, left: int, value: float = 1.0) -> Tensor:
    """Alpha of `value` in 32 x 32 pixels of a frame, (1, 1, 96, 128)."""
    alpha = torch.zeros(1, 1, 96, 128)
    alpha[..., top : top + 32, left : left + 32] = value
    return alpha


def test_a_missed_part_is_clicked_to_be_kept_and_is_not_known_as_background() -> None:
    after = correct(state(), torch.zeros(1, 1, 96, 128), block(48, 64), 1.0)
    new = after.prompt[0, 0].clone()
    new[:4, :4] = 0
    assert new.any()
    rows, columns = new.nonzero(as_tuple=True)
    assert 12 <= rows.min() <= rows.max() < 20  # inside the part, in cells of 4
    assert 16 <= columns.min() <= columns.max() < 24
    assert after.prompt[0, 0, :4, :4].all()
    assert torch.equal(after.bgM[0, 0], 1 - new)
    assert torch.equal(after.bgF[0], (1 - new).expand(24, -1, -1))
    assert after.prompt[0, 1].sum() == 0


def test_a_false_part_is_clicked_to_be_removed_and_is_kept_no_more() -> None:
    after = correct(state(), block(0, 0), torch.zeros(1, 1, 96, 128), 1.0)
    R = after.prompt[0, 1]
    assert R.any()
    assert R[8:].sum() == R[:, 8:].sum() == 0
    assert (after.prompt[0, 0] * R).max() == 0
    assert after.prompt[0, 0].sum() < 16
    assert torch.equal(after.bgM, state().bgM)


def test_the_larger_of_two_errors_is_clicked() -> None:
    small = block(0, 96)
    small[..., 12:, :] = 0
    after = correct(state(), small, block(48, 32), 1.0)
    assert after.prompt[0, 0, 12:20, 8:16].any()
    assert after.prompt[0, 1].sum() == 0


@pytest.mark.parametrize(
    ("prompted", "value", "prob"), [(False, 1.0, 1.0), (True, 0.3, 1.0), (True, 1.0, 0.0)], ids=str
)
def test_nobody_clicks_without_a_prompt_or_on_small_errors_or_by_chance(
    prompted: bool, value: float, prob: float
) -> None:
    before = state(prompted)
    after = correct(before, torch.zeros(1, 1, 96, 128), block(48, 64, value), prob)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
