"""What a prompt changes stays where the prompt was, and follows it from frame to frame."""

import numpy as np
import pytest

from modnetv_kit.inference.local_edit import Edits, local_edit

SIZE = (60, 120)


def block(*columns: tuple[int, int]) -> np.ndarray:
    """Float32 (60, 120), 1 in these ranges of columns."""
    alpha = np.zeros(SIZE, np.float32)
    for first, last in columns:
        alpha[10:50, first:last] = 1
    return alpha


def clicked(x: int) -> np.ndarray:
    click = np.zeros(SIZE, bool)
    click[28:32, x - 2 : x + 2] = True
    return click


@pytest.mark.parametrize("adds", [True, False])
def test_only_what_hangs_together_with_the_click_changes(adds: bool) -> None:
    person, thing, elsewhere = (10, 40), (40, 60), (80, 110)
    with_things, without = block(person, thing, elsewhere), block(person)
    everybody, told = (without, with_things) if adds else (with_things, without)
    nothing = np.zeros(SIZE, bool)
    matte, edits = local_edit(everybody, told, Edits(*((clicked(50), nothing) if adds else (nothing, clicked(50)))))
    assert (matte[10:50, 42:58] == adds).all()
    assert (matte[10:50, 10:38] == 1).all()
    assert (matte[:, 80:110] == everybody[:, 80:110]).all()
    assert (edits.added if adds else edits.removed)[10:50, 40:60].all()


def test_a_correction_follows_what_moves_and_outlasts_a_frame_in_which_both_agree() -> None:
    edits, nothing = Edits(clicked(30), np.zeros(SIZE, bool)), block()
    for first in (20, 28, 36):
        _, edits = local_edit(nothing, block((first, first + 20)), edits)
    _, edits = local_edit(nothing, nothing, edits)
    matte, edits = local_edit(nothing, block((44, 64), (90, 110)), edits)
    assert (matte[10:50, 44:64] == 1).all()
    assert not matte[:, 90:].any()


def test_without_a_prompt_of_its_kind_no_difference_is_taken() -> None:
    nothing = np.zeros(SIZE, bool)
    matte, edits = local_edit(block((10, 60)), block((60, 100)), Edits(nothing, nothing))
    assert np.array_equal(matte, block((10, 60)))
    assert not edits.added.any()
    assert not edits.removed.any()


def test_a_keeping_click_removes_nothing() -> None:
    everybody, told = block((10, 60)), block((60, 100))
    matte, _ = local_edit(everybody, told, Edits(clicked(59), np.zeros(SIZE, bool)))
    assert (matte[10:50, 10:100] == 1).all()
