"""Prompts measured per person: a drawn clip of two people, and a model with a known result."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from model_helpers import complaint
from PIL import Image
from two_people import LEFT, RIGHT, RedAsSaid, two_squares

from modnetv_kit.errors import DataError, InputError
from modnetv_kit.evaluation import list_clips, open_clip
from modnetv_kit.evaluation.benchmark import evaluate
from modnetv_kit.evaluation.click_curve import click_curve, clicks_to_goal, write_click_curve
from modnetv_kit.evaluation.first_prompts import FIRST_PROMPTS, correction, trimap_of
from modnetv_kit.models import MODNetV


def write_people(folder: Path, frames: int = 2) -> Path:
    """The clip of two squares with the true alpha of both, of 1 (the left) and of 2, and a plate of the first frame."""
    people = {"alpha": {}, "alpha_1": {"right": False}, "alpha_2": {"left": False}}
    for kind in ("frames", "background", *people):
        (folder / kind).mkdir(parents=True)
    for index in range(frames):
        Image.fromarray(two_squares(index)).save(folder / f"frames/{index:04d}.png")
        for kind, shown in people.items():
            alpha = two_squares(index, **shown)[..., 0] == 255
            Image.fromarray(alpha).save(folder / f"{kind}/{index:04d}.png")
    Image.fromarray(two_squares(0, left=False, right=False)).save(folder / "background/0000.png")
    said = {"click_1": LEFT, "click_2": RIGHT, "box_1": [8, 16, 32, 32], "box_2": [88, 16, 32, 32]}
    (folder / "clip.json").write_text(json.dumps(said))
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_people(tmp_path / "data" / "00_static").parent


@pytest.fixture(scope="module")
def model() -> MODNetV:
    torch.manual_seed(0)
    return RedAsSaid().eval()


def test_a_clip_with_people_is_there_again_for_each_of_them(data: Path) -> None:
    both, one, two = (open_clip(clip) for clip in list_clips(data))
    assert [both.name, one.name, two.name] == ["00_static", "00_static/1", "00_static/2"]
    assert [both.groups, one.groups, two.groups] == [["all", "static"], ["people"], ["people"]]
    assert both.read_others(0) is None
    np.testing.assert_array_equal(one.read_alpha(1), two.read_others(1))
    np.testing.assert_array_equal(one.read_alpha(1) + two.read_alpha(1), both.read_alpha(1))
    before = one.fingerprint
    (data / "00_static/clip.json").write_text("{}")
    assert one.fingerprint != before


@pytest.mark.parametrize("kind", FIRST_PROMPTS)
@pytest.mark.parametrize("with_file", [True, False])
def test_what_is_said_is_of_the_person_who_is_true(data: Path, kind: str, with_file: bool) -> None:
    if not with_file:
        (data / "00_static/clip.json").unlink()
    both, one, two = (FIRST_PROMPTS[kind](open_clip(clip)).maps((64, 128), (16, 32)) for clip in list_clips(data))
    left, right = (slice(4, 12), slice(2, 10)), (slice(4, 12), slice(22, 30))
    for (K, R), mine, other in ((one, left, right), (two, right, left)):
        assert not K[other].any()
        assert not R[mine].any()
        assert kind == "box" or K[mine].any()
        assert kind == "click" or R[other].all()
    assert not both[1][left].any()
    assert not both[1][right].any()


def test_methods_that_are_told_who_is_meant_cut_out_that_person_alone(model: MODNetV, data: Path) -> None:
    methods = ["refresh", *FIRST_PROMPTS, "photo", "click:2", "grabcut"]
    evaluation = evaluate(model, data, methods)
    assert not evaluation.problems
    people = evaluation.means["people"]
    assert list(people) == methods
    for method in (*FIRST_PROMPTS, "click:2"):
        assert people[method]["MAD"] < 0.1
        assert people[method]["others %"] == 0
        assert evaluation.clips["00_static"][method]["MAD"] < 0.1
    for method in ("refresh", "photo"):  # these are not told
        assert people[method]["MAD"] > 100
        assert people[method]["others %"] == pytest.approx(100)
        assert evaluation.clips["00_static"][method]["MAD"] < 0.1
    assert people["grabcut"]["MAD"] < 60
    assert "others %" not in evaluation.clips["00_static"]["click"]


@pytest.mark.slow  # pymatting takes seconds
def test_closed_form_matting_solves_the_true_trimap(model: MODNetV, tmp_path: Path) -> None:
    write_people(tmp_path / "00_static", frames=1)
    assert evaluate(model, tmp_path, ["closed-form"]).means["people"]["closed-form"]["MAD"] < 5


def test_a_photo_is_needed_for_the_method_photo_and_a_person_for_the_others(model: MODNetV, data: Path) -> None:
    (data / "00_static/background/0000.png").unlink()
    (data / "00_static/background").rmdir()
    for kind in ("alpha", "alpha_1"):
        Image.new("L", (128, 64)).save(data / f"00_static/{kind}/0000.png")
    (data / "00_static/clip.json").unlink()
    problems = evaluate(model, data, ["photo", "click", "mask"]).problems
    assert len(problems) == 5  # the second person is there
    assert sum("background" in problem for problem in problems) == 3
    assert sum("nobody in its first frame" in problem for problem in problems) == 2


@pytest.mark.parametrize("content", ["{}", "no json", '{"click_1": [1], "click_2": [1, 2]}', '{"click_1": 4}', "[]"])
def test_a_broken_list_of_clicks_is_one_line(data: Path, content: str) -> None:
    (data / "00_static/clip.json").write_text(content)
    clip = open_clip(list_clips(data)[0])
    assert "clip.json must hold click_1, click_2" in complaint(lambda: FIRST_PROMPTS["click"](clip), DataError)


def test_a_trimap_knows_nothing_near_the_edge_and_where_it_is_soft() -> None:
    alpha = np.zeros((100, 200), np.float32)
    alpha[20:80, 50:150] = 1
    alpha[20:80, 90:100] = 0.7
    trimap = trimap_of(alpha)
    assert set(np.unique(trimap)) == {0, 0.5, 1}
    assert (trimap[50, 46:49] == 0).tolist() == [True, True, False]
    assert (trimap[50, 50:54] == 1).tolist() == [False, False, True, True]
    assert (trimap[50, 88:102] == 0.5).all()


@pytest.mark.parametrize("missed", [True, False])
def test_a_correction_is_in_the_middle_of_the_largest_error_of_the_worst_frame(missed: bool) -> None:
    truths = [np.zeros((60, 80), np.float32) for _ in range(3)]
    alphas = [truth.copy() for truth in truths]
    changed = truths if missed else alphas
    changed[0][5:10, 5:10] = 1
    changed[2][20:40, 30:50] = 1
    changed[2][50:55, 50:55] = 1
    found = correction(alphas, truths)
    assert found
    frame, (x, y, what) = found
    assert frame == 2
    assert (x, y) == pytest.approx((39.5, 29.5), abs=1)
    assert what == ("keep" if missed else "remove")


def test_small_errors_can_be_clicked_on_too() -> None:
    truth = np.zeros((60, 80), np.float32)
    alpha = truth.copy()
    alpha[20:30, 40:50] = 0.2
    found = correction([truth, alpha], [truth, truth])
    assert found
    frame, (x, y, what) = found
    assert (frame, what) == (1, "remove")
    assert (x, y) == pytest.approx((44.5, 24.5), abs=1)


def test_a_correct_matte_gets_no_click() -> None:
    assert correction([np.eye(9, dtype=np.float32)], [np.eye(9, dtype=np.float32)]) is None


def test_clicks_are_counted_until_the_goal_and_written_as_page_and_plot(
    model: MODNetV, data: Path, tmp_path: Path
) -> None:
    # the first click misses, so that a correction is needed
    wrong = {"click_1": [60, 5], "click_2": RIGHT, "box_1": [8, 16, 32, 32], "box_2": [88, 16, 32, 32]}
    (data / "00_static/clip.json").write_text(json.dumps(wrong))
    done = []
    curves = click_curve(model, data, most=2, progress=lambda *counts: done.append(counts))
    assert done == [(1, 4), (2, 4), (4, 4)]  # who is right after one click gets no second one
    assert list(curves) == ["00_static/1", "00_static/2"]
    assert [clicks_to_goal(curve) for curve in curves.values()] == [2, 1]
    svg = write_click_curve(curves, tmp_path / "clicks.md")
    page = (tmp_path / "clicks.md").read_text()
    assert "| 1 | 50% |" in page
    assert "| 2 | 100% |" in page
    assert "2 of 2 people reached MAD 5 within 2 clicks, after 1.5 on average" in page
    assert svg.read_text().lstrip().startswith("<")
    assert "ends in .md" in complaint(lambda: write_click_curve(curves, tmp_path / "clicks.txt"), InputError)
