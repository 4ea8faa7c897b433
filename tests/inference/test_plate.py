import torch

from modnetv_kit.inference.plate import Plate, fill_holes, update_plate


def frame(value: float) -> torch.Tensor:
    return torch.full((1, 3, 64, 64), float(value))


def nobody() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.zeros(1, 1, 64, 64), torch.zeros(1, 1, 4, 4)


def person_on_the_left() -> tuple[torch.Tensor, torch.Tensor]:
    alpha, s_p = nobody()
    alpha[..., :32], s_p[..., :2] = 1, 1
    return alpha, s_p


def test_accumulate_keeps_the_first_sight_and_refresh_follows() -> None:
    for rule, expected in (("accumulate", 0.2), ("refresh", 0.8)):
        plate = update_plate(Plate.empty(frame(0)), frame(0.2), *nobody(), 0.1, rule)
        plate = update_plate(plate, frame(0.8), *nobody(), 0.1, rule)
        assert torch.allclose(plate.image, frame(expected)), rule


def test_refresh_averages_noise_instead_of_following_it() -> None:
    plate = update_plate(Plate.empty(frame(0)), frame(0.5), *nobody(), 0.1, "refresh")
    plate = update_plate(plate, frame(0.55), *nobody(), 0.1, "refresh")
    assert torch.allclose(plate.image, frame(0.505))


def test_nothing_is_restored_under_or_close_to_the_person() -> None:
    plate = update_plate(Plate.empty(frame(0)), frame(0.5), *person_on_the_left(), 0.1, "refresh")
    assert not plate.mask[..., :34].any()
    assert plate.mask[..., 48:].all()
    assert (plate.image[..., :34] == 0).all()


def test_what_a_moving_camera_has_left_behind_is_not_trusted() -> None:
    plate = update_plate(Plate.empty(frame(0)), frame(0.5), *nobody(), 0.1, "refresh")
    still = update_plate(plate, frame(0.5), *person_on_the_left(), 0.1, "refresh")
    assert still.trusted.all()
    moved = update_plate(plate, frame(0.7), *person_on_the_left(), 0.1, "refresh")
    assert moved.mask.all()
    assert not moved.trusted[..., :34].any()
    assert moved.trusted[..., 48:].all()


def test_holes_are_filled_from_around_and_the_known_stays_as_it_is() -> None:
    ramp = torch.linspace(0, 1, 64).expand(1, 3, 64, 64).clone()
    mask = torch.ones(1, 1, 64, 64, dtype=torch.bool)
    mask[..., 20:44, 20:44] = False
    filled = fill_holes(ramp * mask, mask)
    assert torch.equal(filled[mask.expand_as(filled)], ramp[mask.expand_as(ramp)])
    assert (filled - ramp).abs().max() < 0.25


def test_a_plate_of_which_nothing_is_known_is_grey() -> None:
    assert (fill_holes(frame(0), torch.zeros(1, 1, 64, 64, dtype=torch.bool)) == 0.5).all()
