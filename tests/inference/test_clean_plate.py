import numpy as np

from modnetv_kit.inference.clean_plate import CleanPlate, fill_holes, update_clean_plate


def frame(level: int) -> np.ndarray:
    return np.full((64, 64, 3), level, np.uint8)


def with_person(level: int) -> np.ndarray:
    """`frame` with somebody of another colour on the left."""
    picture = frame(level)
    picture[:, :32] = (level + 120) % 256
    return picture


def nobody() -> np.ndarray:
    return np.zeros((64, 64), np.float32)


def person_on_the_left() -> np.ndarray:
    alpha = nobody()
    alpha[:, :32] = 1
    return alpha


def test_accumulate_keeps_the_first_sight_and_refresh_follows() -> None:
    for rule, expected in (("accumulate", 51), ("refresh", 204)):
        plate = update_clean_plate(CleanPlate.empty(frame(0)), frame(51), nobody(), 0.1, rule)
        plate = update_clean_plate(plate, frame(204), nobody(), 0.1, rule)
        assert (plate.image == expected).all(), rule


def test_refresh_averages_noise_instead_of_following_it() -> None:
    rng = np.random.default_rng(0)
    true = rng.integers(20, 230, (64, 64, 3))
    plate, errors = CleanPlate.empty(frame(0)), []
    for _ in range(60):
        noisy = np.rint(true + rng.normal(0, 4, true.shape)).clip(0, 255).astype(np.uint8)
        plate = update_clean_plate(plate, noisy, nobody(), 0.1, "refresh")
        errors.append(np.abs(plate.image - true).mean())
    assert errors[0] > 2.5
    assert np.mean(errors[30:]) < 0.4 * errors[0]


def test_refresh_reaches_a_slow_change_of_light_exactly_and_from_both_sides() -> None:
    for target in (90, 110):
        plate = update_clean_plate(CleanPlate.empty(frame(0)), frame(100), nobody(), 0.1, "refresh")
        seen = []
        for _ in range(12):
            plate = update_clean_plate(plate, frame(target), nobody(), 0.1, "refresh")
            seen.append(int(plate.image[0, 0, 0]))
        assert 1 <= abs(seen[0] - 100) <= 2  # a tenth of the way
        assert seen[-1] == target


def test_a_change_in_one_colour_alone_replaces_all_three() -> None:
    before, after = frame(100), frame(110)
    after[..., 2] = 150
    plate = update_clean_plate(CleanPlate.empty(before), before, nobody(), 0.1, "refresh")
    plate = update_clean_plate(plate, after, nobody(), 0.1, "refresh")
    assert np.array_equal(plate.image, after)


def test_the_plate_before_is_left_as_it_is() -> None:
    for rule in ("accumulate", "refresh"):
        before = update_clean_plate(CleanPlate.empty(frame(0)), with_person(51), person_on_the_left(), 0.1, rule)
        copies = [part.copy() for part in before]
        update_clean_plate(before, frame(54), nobody(), 0.1, rule)
        assert all(np.array_equal(part, copy) for part, copy in zip(before, copies, strict=True))


def test_nothing_is_restored_under_or_close_to_the_person() -> None:
    for rule in ("accumulate", "refresh"):
        plate = update_clean_plate(CleanPlate.empty(frame(0)), with_person(128), person_on_the_left(), 0.1, rule)
        assert not plate.mask[:, :34].any()
        assert plate.mask[:, 48:].all()
        assert (plate.image[:, :34] == 0).all()


def test_background_behind_the_person_stays_as_last_seen() -> None:
    plate = update_clean_plate(CleanPlate.empty(frame(0)), frame(100), nobody(), 0.1, "refresh")
    plate = update_clean_plate(plate, with_person(105), person_on_the_left(), 0.1, "refresh")
    assert (plate.image[:, :34] == 100).all()
    assert (plate.image[:, 48:] == 101).all()


def test_background_that_left_the_frame_is_not_trusted() -> None:
    plate = update_clean_plate(CleanPlate.empty(frame(0)), frame(128), nobody(), 0.1, "refresh")
    still = update_clean_plate(plate, with_person(128), person_on_the_left(), 0.1, "refresh")
    assert still.trusted.all()
    moved = update_clean_plate(plate, with_person(180), person_on_the_left(), 0.1, "refresh")
    assert moved.mask.all()
    assert not moved.trusted[:, :34].any()
    assert moved.trusted[:, 48:].all()


def test_holes_are_filled_from_around_and_the_known_stays_as_it_is() -> None:
    ramp = np.repeat(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], 64, 0).repeat(3, 2)
    for side in (64, 63):
        image = np.ascontiguousarray(ramp[:side, :side])
        mask = np.ones((side, side), bool)
        mask[20:44, 20:44] = False
        filled = fill_holes(image * mask[..., None], mask)
        assert np.array_equal(filled[mask], image[mask])
        assert np.abs(filled.astype(int) - image).max() < 64


def test_an_unknown_plate_is_grey() -> None:
    assert (fill_holes(frame(0), np.zeros((64, 64), bool)) == 128).all()


def test_cells_restored_from_the_person_are_forgotten_once_the_matte_is_certain() -> None:
    plate = update_clean_plate(CleanPlate.empty(frame(0)), with_person(100), nobody(), 0.1, "refresh")
    assert plate.mask.all()
    healed = update_clean_plate(plate, with_person(100), person_on_the_left(), 0.1, "refresh")
    assert not healed.mask[:, :26].any()
    assert healed.mask[:, 34:].all()
    kept = update_clean_plate(plate, with_person(100), person_on_the_left(), 0.1, "accumulate")
    assert kept.mask.all()


def test_a_soft_matte_around_a_pixel_keeps_it_from_being_restored() -> None:
    alpha = nobody()
    alpha[30:34, 30:34] = 0.5
    plate = update_clean_plate(CleanPlate.empty(frame(0)), frame(100), alpha, 0.1, "refresh")
    assert not plate.mask[28:36, 28:36].any()
    assert plate.mask[:20].all()
