"""A reused batch stays exact: the same people and alpha over other true plates."""

import torch
from torch import Tensor
from whole_clips import whole

from modnetv_kit.data import Clip
from modnetv_kit.training.data_echo import echo_batch


def composed(person: Tensor, alpha: Tensor, plate: Tensor) -> Clip:
    return Clip(*whole(alpha * person + (1 - alpha) * plate, alpha, plate), ["a", "b", "c"])


def batch() -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    alpha = torch.rand(3, 2, 1, 8, 8)
    alpha[..., :4] = 0
    return torch.rand(3, 2, 3, 8, 8), alpha, torch.rand(3, 2, 3, 8, 8)


def test_people_stand_before_their_neighbours_places_mirrored() -> None:
    person, alpha, plate = batch()
    frames, echoed, places, _, _, names = echo_batch(composed(person, alpha, plate))
    torch.testing.assert_close(places.flip(-1), plate[[2, 0, 1]])
    torch.testing.assert_close(echoed.flip(-1), alpha)
    torch.testing.assert_close(frames.flip(-1), composed(person, alpha, plate[[2, 0, 1]]).frames)
    assert names == ["a", "b", "c"]


def test_noise_and_shadows_stay() -> None:
    person, alpha, plate = batch()
    plate = plate * 0.5 + 0.25
    clip = composed(person, alpha, plate)
    shade = torch.full_like(plate, -0.02)
    frames = echo_batch(clip._replace(frames=clip.frames + shade)).frames
    expected = (composed(person, alpha, plate[[2, 0, 1]]).frames + shade).clamp(0, 1)
    torch.testing.assert_close(frames.flip(-1), expected)


def test_a_clip_whose_place_was_blurred_keeps_it() -> None:
    person, alpha, plate = batch()
    clip = composed(person, alpha, plate)
    frames = clip.frames.clone()
    frames[1] = frames[1].mean((-1, -2), keepdim=True)  # what a camera made of it
    echoed = echo_batch(clip._replace(frames=frames))
    torch.testing.assert_close(echoed.frames[1].flip(-1), frames[1])
    torch.testing.assert_close(echoed.background[1].flip(-1), plate[1])
    torch.testing.assert_close(echoed.background[0].flip(-1), plate[2])


def test_a_frame_full_of_somebody_is_left_as_it_is() -> None:
    person, _, plate = batch()
    alpha = torch.ones(3, 2, 1, 8, 8)
    torch.testing.assert_close(echo_batch(composed(person, alpha, plate)).frames.flip(-1), person)
