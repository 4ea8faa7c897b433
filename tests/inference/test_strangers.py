"""Whoever is not connected to the person of the frame before is somebody else."""

import numpy as np

from modnetv_kit.inference.strangers import strangers, without


def two_people() -> np.ndarray:
    alpha = np.zeros((80, 160), np.float32)
    alpha[20:72, 20:60] = alpha[20:72, 100:140] = 1
    return alpha


def kept(columns: slice) -> np.ndarray:
    keep = np.zeros((20, 40), np.float32)
    keep[8:16, columns] = 1
    return keep


def test_the_part_that_k_touches_is_kept_and_the_other_is_a_stranger() -> None:
    cells = strangers(two_people(), kept(slice(7, 12)))
    assert not cells[:, :20].any()
    assert cells[6:17, 26:34].all()


def test_a_person_who_moved_by_a_cell_is_still_theirs() -> None:
    cells = strangers(two_people(), kept(slice(0, 5)))  # it ends one cell before the person begins
    assert not cells[:, :20].any()
    assert cells[:, 20:].any()


def test_nobody_is_a_stranger_where_nothing_tells_who_is_meant() -> None:
    assert not strangers(two_people(), np.zeros((20, 40), np.float32)).any()
    assert not strangers(np.zeros((80, 160), np.float32), kept(slice(7, 12))).any()


def test_strangers_are_taken_out_whole_and_the_person_stays_as_they_were() -> None:
    alpha = two_people()
    alpha[20:72, 96:100] = alpha[20:72, 140:144] = 0.4  # a soft edge
    remaining = without(alpha, strangers(alpha, kept(slice(7, 12))))
    assert np.array_equal(remaining[:, :80], alpha[:, :80])
    assert remaining[:, 92:].max() < 0.05


def test_people_who_touch_are_divided_by_where_they_were() -> None:
    alpha = two_people()
    alpha[40:48, 60:100] = 1  # they hold hands: one part
    before = np.zeros((20, 40), bool)
    before[6:17, 26:34] = True
    assert not strangers(alpha, kept(slice(7, 12))).any()
    cells = strangers(alpha, kept(slice(7, 12)), before)
    assert cells[6:17, 26:34].all()
    assert not cells[:, :16].any()
