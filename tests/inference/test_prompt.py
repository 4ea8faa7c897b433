from pathlib import Path

import numpy as np
import pytest

from modnetv_kit.errors import InputError
from modnetv_kit.inference import Prompt
from modnetv_kit.inference.prompt import fit_prompts
from modnetv_kit.video import open_video
from modnetv_kit.video.lowered import lowered

SIZE = (64, 96)
MASK = np.zeros(SIZE, bool)
MASK[10:40, 20:50] = True


def line(call: object) -> str:
    with pytest.raises(InputError) as error:
        call()  # type: ignore[operator]
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "says nothing"),
        ({"points": [(1, 2, "erase")]}, "erase"),
        ({"points": [(float("nan"), 2, "keep")]}, "no place"),
        ({"boxes": [(1, 2, 0, 5)]}, "empty"),
        ({"mask": np.zeros(SIZE)}, "nobody"),
        ({"mask": np.zeros((*SIZE, 3))}, "shape"),
        ({"mask": np.full(SIZE, 2.0)}, "0 to 1"),
        ({"mask": np.full(SIZE, np.nan)}, "0 to 1"),
        ({"mask": np.full(SIZE, -1)}, "0 to 1"),
        ({"trimap": MASK}, "unknown"),
        ({"trimap": np.where(MASK, np.uint8(255), np.uint8(0))}, "unknown"),
        ({"trimap": np.full(SIZE, 0.5)}, "unknown everywhere"),
    ],
)
def test_an_invalid_prompt_is_one_line(arguments: dict, says: str) -> None:
    assert says in line(lambda: Prompt(**arguments))


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        (Prompt([(96, 5, "keep")]), "96,5 is outside the frame, which has 96x64 pixels"),
        (Prompt([(5, 5, "keep"), (-1, 5, "remove")]), "-1,5 is outside"),
        (Prompt(boxes=[(96, 0, 10, 10)]), "outside"),
        (Prompt(boxes=[(-20, 0, 10, 10)]), "outside"),
        (Prompt(mask=MASK[:32]), "the mask has 96x32 pixels"),
        (Prompt(trimap=np.pad(MASK * 0.5, 1)), "the trimap has 98x66 pixels"),
    ],
)
def test_a_prompt_for_other_frames_is_one_line(prompt: Prompt, says: str) -> None:
    assert says in line(lambda: prompt.check(SIZE))
    assert says in line(lambda: prompt.maps(SIZE, (16, 24)))


@pytest.mark.parametrize(
    "mask", [MASK, MASK.astype(np.uint8), MASK.astype(np.float64), MASK * np.uint8(255), MASK.astype(np.int64)]
)
def test_masks_of_every_segmenter_mean_the_same(mask: np.ndarray) -> None:
    expected = Prompt(mask=MASK).maps(SIZE, (16, 24))
    for ours, theirs in zip(expected, Prompt(mask=mask).maps(SIZE, (16, 24)), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_trimap_in_bytes_means_the_same_as_one_in_floats() -> None:
    trimap = np.full(SIZE, 0.5)
    trimap[:, :32], trimap[20:40, 60:80] = 0, 1
    bytes_ = np.rint(trimap * 255).astype(np.uint8)
    for ours, theirs in zip(*(Prompt(trimap=each).maps(SIZE, (16, 24)) for each in (trimap, bytes_)), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_prompts_are_for_frames_that_there_are(clip: Path) -> None:
    reader, prompt = open_video(clip), Prompt([(5, 5, "keep")])
    fit_prompts({0: prompt, 19: prompt}, SIZE, reader)
    for index in (20, -1):
        said = line(lambda i=index: fit_prompts({0: prompt, i: prompt}, SIZE, reader))
        assert f"frame {index}, but the frames are 0 to 19" in said


def test_prompts_for_a_video_that_is_shrunk_mean_the_same_places(clip: Path) -> None:
    reader = lowered(open_video(clip), size=48)
    prompt = Prompt([(90, 10, "keep"), (4, 60, "remove")], [(40, 8, 50, 40)], MASK, np.where(MASK, 1, 0.5))
    small = fit_prompts({0: prompt}, SIZE, reader)[0]
    small.check((32, 48))
    for ours, theirs in zip(prompt.maps(SIZE, (8, 12)), small.maps((32, 48), (8, 12)), strict=True):
        assert np.abs(ours - theirs).mean() < 0.05
    assert "96,5 is outside" in line(lambda: fit_prompts({0: Prompt([(96, 5, "keep")])}, SIZE, reader))
