"""Who is who, by looks: people who cross, change places, hide each other, leave and come back."""

from collections.abc import Iterator

import numpy as np
import pytest

from modnetv_kit.inference.identity import Identity, begin, divide_into_cells, follow, reassigned, relearned, share

RED, BLUE = (200, 40, 40), (40, 60, 190)
SIZE = (96, 160)


def scene(
    *people: tuple[int, tuple[int, int, int]], light: float = 1.0
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """A frame, the alpha of everybody, and where each person is seen: (left edge, colour), those in front later."""
    rng = np.random.default_rng(0)
    frame = rng.integers(90, 120, (*SIZE, 3)).astype(np.float32)
    alpha, seen = np.zeros(SIZE, np.float32), []
    for x, colour in people:
        inside = np.zeros(SIZE, bool)
        inside[20:90, max(0, x) : max(0, x + 30)] = True
        frame[inside] = np.array(colour) + rng.normal(0, 8, (int(inside.sum()), 3))
        seen = [before & ~inside for before in seen] + [inside]
        alpha[inside] = 1
    return (frame * light).clip(0, 255).astype(np.uint8), alpha, seen


def walk(steps: int = 14) -> Iterator[tuple[int, int]]:
    """Left edges of two people who cross."""
    for step in range(steps):
        yield 10 + 9 * step, 120 - 9 * step


def start(*people: tuple[int, tuple[int, int, int]], exclusive: bool = True) -> Identity:
    frame, alpha, (mine, *others) = scene(*people)
    rest = np.logical_or.reduce(others) if others else np.zeros(SIZE, bool)
    return begin(divide_into_cells(frame, alpha), mine, rest, exclusive)


def test_people_who_cross_are_told_apart_before_during_and_after() -> None:
    known = start((10, RED), (120, BLUE))
    for red, blue in walk():
        frame, alpha, (mine, other) = scene((red, RED), (blue, BLUE))  # blue is in front
        known = follow(known, divide_into_cells(frame, alpha))
        part = share(known, SIZE)
        if mine.sum() > 0.1 * other.sum():  # a cell shows whoever covers most of it
            assert part[mine].mean() > 0.9, red
        assert part[other].mean() < 0.1, red


def test_a_person_who_was_hidden_or_gone_is_known_again() -> None:
    known = start((10, RED), (120, BLUE))
    for frame, alpha, _ in [scene((60, RED), (60, BLUE))] * 2 + [scene((60, BLUE))] * 2:
        known = follow(known, divide_into_cells(frame, alpha))
        assert (share(known, SIZE) * alpha).mean() < 0.05
    frame, alpha, (blue, red) = scene((20, BLUE), (110, RED))
    part = share(follow(known, divide_into_cells(frame, alpha)), SIZE)
    assert part[red].mean() > 0.9
    assert part[blue].mean() < 0.1


def test_people_who_look_alike_are_told_apart_by_where_they_were() -> None:
    known = start((20, RED), (100, RED))
    for step in range(8):
        frame, alpha, (mine, other) = scene((20 + 2 * step, RED), (100 - 2 * step, RED))
        known = follow(known, divide_into_cells(frame, alpha))
        assert share(known, SIZE)[mine].mean() > 0.9
        assert share(known, SIZE)[other].mean() < 0.1


@pytest.mark.parametrize("exclusive", [True, False])
def test_who_appears_later_is_somebody_else_unless_everybody_was_meant(exclusive: bool) -> None:
    known = start((20, RED), exclusive=exclusive)
    frame, alpha, (mine, guest) = scene((20, RED), (110, BLUE))
    part = share(follow(known, divide_into_cells(frame, alpha)), SIZE)
    assert part[mine].mean() > 0.95
    assert (part[guest].mean() > 0.95) is not exclusive


def test_one_person_alone_is_never_divided_whatever_they_look_like() -> None:
    known = start((20, RED))
    for colour in (RED, BLUE, (250, 250, 250), (5, 5, 5)):
        frame, alpha, (mine,) = scene((24, colour))
        known = follow(known, divide_into_cells(frame, alpha))
        assert share(known, SIZE)[mine].min() > 0.95


def test_colours_that_cannot_be_trusted_teach_nothing_and_are_learned_anew_after_a_jump() -> None:
    known = start((20, RED), (100, BLUE))
    for _ in range(3):
        frame, alpha, (mine, other) = scene((20, RED), (100, BLUE), light=0.05)
        known = follow(known, divide_into_cells(frame, alpha), learn=False)
    bright = scene((20, (90, 160, 60)), (100, (230, 220, 60)))
    known = relearned(known, divide_into_cells(*bright[:2]))
    for step in range(3):
        frame, alpha, (mine, other) = scene((20 + 3 * step, (90, 160, 60)), (100, (230, 220, 60)))
        known = follow(known, divide_into_cells(frame, alpha))
        assert share(known, SIZE)[mine].mean() > 0.95
        assert share(known, SIZE)[other].mean() < 0.05


def test_what_a_trimap_leaves_unknown_goes_to_whom_it_looks_like() -> None:
    frame, alpha, (mine, other) = scene((20, RED), (100, BLUE))
    some = np.zeros(SIZE, bool)
    some[40:60, 30:40] = True
    known = begin(divide_into_cells(frame, alpha), some, other, exclusive=True)
    assert share(known, SIZE)[mine].mean() > 0.95


def test_a_correction_holds_for_what_looks_like_it_and_leaves_the_rest() -> None:
    frame, alpha, (red, blue) = scene((10, RED), (100, BLUE))
    sleeve = np.zeros(SIZE, bool)
    sleeve[40:60, 40:70] = True
    frame[sleeve], alpha[sleeve] = (30, 160, 60), 1
    known = begin(divide_into_cells(frame, alpha), red, blue | sleeve, exclusive=True)
    known = follow(known, divide_into_cells(frame, alpha))  # the sleeve is remembered as others' latest, too
    after = reassigned(known, divide_into_cells(frame, alpha), sleeve, np.zeros(SIZE, bool))
    assert share(follow(after, divide_into_cells(frame, alpha)), SIZE)[sleeve].mean() > 0.8
    shifted, shown = np.roll(frame, 6, 1), np.roll(alpha, 6, 1)
    part = share(follow(after, divide_into_cells(shifted, shown)), SIZE)
    assert part[np.roll(sleeve, 6, 1)].mean() > 0.8
    assert part[np.roll(red, 6, 1)].mean() > 0.95
    assert part[np.roll(blue, 6, 1)].mean() < 0.05


def test_a_correction_smaller_than_a_cell_moves_the_cell_that_it_covers_most() -> None:
    frame, alpha, (red, blue) = scene((10, RED), (100, BLUE))
    known = begin(divide_into_cells(frame, alpha), red, blue, exclusive=True)
    strap = np.zeros(SIZE, bool)
    strap[50, 120] = True
    after = reassigned(known, divide_into_cells(frame, alpha), strap, np.zeros(SIZE, bool))
    assert (after.belief > 0).sum() >= (known.belief > 0).sum() + 1


def test_a_correction_in_the_dark_moves_cells_and_teaches_no_looks() -> None:
    frame, alpha, (red, blue) = scene((10, RED), (100, BLUE))
    known = begin(divide_into_cells(frame, alpha), red, blue, exclusive=True)
    dark = divide_into_cells(frame // 20, alpha)
    after = reassigned(follow(known, dark, learn=False), dark, blue, np.zeros(SIZE, bool), learn=False)
    assert (share(after, SIZE)[40:80, 105:125] == 1).all()
    for side, before in ((after.mine, known.mine), (after.others, known.others)):
        assert all(np.array_equal(a, b) for a, b in zip(side, before, strict=True))
