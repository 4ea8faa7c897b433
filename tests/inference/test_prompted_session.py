"""Sessions follow prompts: a drawn clip of two people, and a model with a known result."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from two_people import LEFT, RIGHT, SIZE, RedAsSaid, shown, two_squares

from modnetv_kit import load_model
from modnetv_kit.errors import InputError
from modnetv_kit.inference import GroupSession, MattingSession, Prompt
from modnetv_kit.models import MODNetV

KEEP_LEFT, KEEP_RIGHT = Prompt([(*LEFT, "keep")]), Prompt([(*RIGHT, "keep")])


@pytest.fixture(scope="module")
def model() -> MODNetV:
    torch.manual_seed(0)
    return RedAsSaid().eval()


def clip() -> Iterator[np.ndarray]:
    return (two_squares(index) for index in range(8))


def a_mask() -> np.ndarray:
    return two_squares(0, right=False)[..., 0] == 255


def a_trimap() -> np.ndarray:
    trimap = np.full(SIZE[::-1], 0.5, np.float32)
    trimap[20:44, 12:36], trimap[:, 60:] = 1, 0
    return trimap


@pytest.mark.parametrize(
    "prompt",
    [
        KEEP_LEFT,
        Prompt([(*RIGHT, "remove"), (*LEFT, "keep")]),
        Prompt([(*RIGHT, "remove")]),
        Prompt(boxes=[(4, 12, 40, 40)]),
        Prompt(mask=a_mask()),
        Prompt(trimap=a_trimap()),
    ],
    ids=["click", "two clicks", "removing click", "box", "mask", "trimap"],
)
def test_only_the_prompted_person_is_followed(model: MODNetV, prompt: Prompt) -> None:
    session = MattingSession(model, "cpu")
    for index, frame in enumerate(clip()):
        assert shown(session.step(frame, None if index else prompt).alpha, index) == (True, False)


def test_without_prompts_everybody_is_cut_out(model: MODNetV) -> None:
    session = MattingSession(model, "cpu")
    for index, frame in enumerate(clip()):
        assert shown(session.step(frame).alpha, index) == (True, True)


def test_a_prompt_may_come_at_any_frame_and_be_corrected_later(model: MODNetV) -> None:
    session = MattingSession(model, "cpu")
    said = {2: KEEP_LEFT, 4: KEEP_RIGHT, 6: Prompt(boxes=[(80, 8, 44, 48)])}
    expected = [(True, True)] * 2 + [(True, False)] * 2 + [(True, True)] * 2 + [(False, True)] * 2
    for index, frame in enumerate(clip()):
        assert shown(session.step(frame, said.get(index)).alpha, index) == expected[index], index


def test_a_click_on_a_person_leaves_the_memory_as_it_is(model: MODNetV) -> None:
    said, silent = MattingSession(model, "cpu"), MattingSession(model, "cpu")
    for index, frame in enumerate(clip()):
        _, _, after = said.observe(frame, prompt=None if index else KEEP_LEFT)
        _, _, expected = silent.observe(frame)
        for found, wanted in zip(after, expected, strict=True):
            assert torch.equal(found, wanted)


def test_a_click_on_what_the_matte_does_not_show_is_written_into_the_memory(model: MODNetV) -> None:
    session = MattingSession(model, "cpu")
    wall = two_squares(0, left=False, right=False)
    for _ in range(2):
        session.step(wall)
    thing = (60, 8)
    said = Prompt([(*LEFT, "keep"), (*thing, "keep"), (*RIGHT, "remove")])
    _, _, state = session.observe(two_squares(0), prompt=said)
    bgM, prompt = state.bgM[0, 0], state.prompt[0]
    left, right = (LEFT[1] // 4, LEFT[0] // 4), (RIGHT[1] // 4, RIGHT[0] // 4)
    assert bgM[left] == 0
    assert bgM[right] == 1
    assert prompt[0][left] == 1  # what is sure of the frame is kept in the next
    assert prompt[1].sum() == 0
    assert (prompt[2] == 1).all()


def test_people_who_touch_are_told_apart_by_one_click(model: MODNetV) -> None:
    frame = two_squares(0, left=False, right=False)
    frame[24:64, 8:32], frame[24:64, 32:56] = (255, 0, 0), (255, 0, 0)
    frame[8:24, 14:26] = frame[8:24, 38:50] = (255, 0, 0)  # two heads
    alpha = MattingSession(model, "cpu").step(frame, Prompt([(16, 50, "keep")])).alpha
    assert alpha[8:64, 14:26].mean() > 0.95
    assert alpha[8:64, 38:50].mean() < 0.05


def test_prompts_end_at_a_scene_cut_and_at_a_reset(model: MODNetV) -> None:
    session = MattingSession(model, "cpu")
    session.step(two_squares(0), KEEP_LEFT)
    other = np.zeros_like(two_squares(0))
    other[:32, :, 1], other[32:, :, 2] = 255, 255
    other[16:48, 8:40] = other[16:48, 88:120] = (255, 0, 0)
    result = session.step(other)
    assert result.reset == "scene cut"
    assert shown(result.alpha, 0) == (True, True)
    session.reset()
    assert shown(session.step(two_squares(0)).alpha, 0) == (True, True)


def test_a_refused_prompt_leaves_the_session_as_it_was(model: MODNetV) -> None:
    session = MattingSession(model, "cpu")
    session.step(two_squares(0), KEEP_LEFT)
    with pytest.raises(InputError, match="outside"):
        session.step(two_squares(1), Prompt([(500, 5, "keep")]))
    result = session.step(two_squares(1))
    assert result.reset is None
    assert shown(result.alpha, 1) == (True, False)


def test_a_flash_does_not_change_where_the_others_are(model: MODNetV) -> None:
    session = MattingSession(model, "cpu")
    session.step(two_squares(10), Prompt([(34, 32, "keep")]))
    assert not session.step(np.full_like(two_squares(11), 250)).learned  # all is red, and connected to the person
    for index in range(12, 22):
        alpha = session.step(two_squares(index)).alpha
        assert alpha[20:44, 12 + index : 36 + index].min() > 0.98, index
        assert alpha[:, 88 - index :].max() < 0.02, index
    for index in range(22, 32):  # the person walks on alone, to where the flash showed others
        alpha = session.step(two_squares(index, right=False)).alpha
    assert alpha[20:44, 43:59].min() > 0.98


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt([(34, 32, "keep")]),
        Prompt([(94, 32, "remove")]),
        Prompt(mask=two_squares(10, right=False)[..., 0] == 255),
    ],
    ids=["click", "removing click", "mask"],
)
def test_a_dip_to_black_does_not_change_who_is_meant(model: MODNetV, prompt: Prompt) -> None:
    session = MattingSession(model, "cpu")
    session.step(two_squares(10), prompt)
    for index in range(11, 22):
        light = index not in range(12, 15)
        result = session.step(two_squares(index) * np.uint8(light))
        if light:
            assert result.alpha[20:44, 12 + index : 36 + index].min() > 0.98, index
            assert result.alpha[:, 88 - index :].max() < 0.02, index
        else:
            assert not result.learned


@pytest.mark.parametrize("size", [(64, 97), (65, 96), (130, 1000), (33, 47)])
def test_prompts_fit_the_memory_of_frames_of_any_size(size: tuple[int, int]) -> None:
    session = MattingSession(load_model(device="cpu"), "cpu")
    frame = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    corner = Prompt([(size[1] - 1, size[0] - 1, "keep"), (0, 0, "remove")])
    assert session.step(frame, corner).alpha.shape == size
    assert session.step(frame, corner).alpha.shape == size


def test_people_of_a_group_are_matted_each_as_alone(model: MODNetV) -> None:
    group = GroupSession(model, 2, "cpu")
    for index, frame in enumerate(clip()):
        left, right = group.step(frame, None if index else [KEEP_LEFT, KEEP_RIGHT])
        assert shown(left.alpha, index) == (True, False)
        assert shown(right.alpha, index) == (False, True)
    assert left.background_mask[32, 100]  # to the left person the right one is background
    assert not left.background_mask[32, 30]


def test_alphas_of_a_group_sum_to_at_most_1() -> None:
    group = GroupSession(load_model(device="cpu"), 3, "cpu")
    both = Prompt([(*LEFT, "keep"), (*RIGHT, "keep")])
    for prompts in ([both, KEEP_LEFT, both], None):
        alphas = np.stack([result.alpha for result in group.step(two_squares(0), prompts)])
        assert alphas.sum(0).max() <= 1 + 1e-6
        np.testing.assert_array_equal(alphas[0], alphas[2])


def test_people_who_are_not_targets_have_no_alpha(model: MODNetV) -> None:
    group = GroupSession(model, 2, "cpu")
    for index, prompts in enumerate([[None, None], [KEEP_LEFT, None], [None, KEEP_RIGHT]]):
        people = [shown(result.alpha, index) for result in group.step(two_squares(index), prompts)]
        assert people == [(index > 0, False), (False, index > 1)]


def test_a_group_needs_one_prompt_per_person(model: MODNetV) -> None:
    with pytest.raises(InputError, match="1 people, but the session has 2"):
        GroupSession(model, 2, "cpu").step(two_squares(0), [KEEP_LEFT])
    with pytest.raises(InputError, match="at least one"):
        GroupSession(model, 0, "cpu")
