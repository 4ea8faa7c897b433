"""Classical matting from trimaps of every frame and of the first, and foreground colours from the true alpha."""

from pathlib import Path

import numpy as np
import pytest
from eval_clips import OURS, opened, person, texture, write_clip
from model_helpers import complaint

from modnetv_kit.errors import DataError, InputError
from modnetv_kit.evaluation import evaluate, open_method
from modnetv_kit.evaluation.first_prompts import trimap_of
from modnetv_kit.evaluation.trimap_baselines import carry_trimap
from modnetv_kit.models import MODNetV


def drawn(index: int) -> np.ndarray:
    """A textured person who walks before a texture at rest, uint8 (96, 128, 3)."""
    alpha = person(index, 96, 128)[..., None]
    walking = np.roll(texture(96, 128, seed=1), round(128 * 0.03 * index), axis=1)
    return np.rint(alpha * walking + (1 - alpha) * texture(96, 128)).astype(np.uint8)


def test_a_trimap_is_carried_with_the_person() -> None:
    trimap = trimap_of(person(0, 96, 128))
    carried = carry_trimap(trimap, drawn(0), drawn(1))
    moved = person(1, 96, 128)
    assert set(np.unique(carried)) <= {0, 0.5, 1}
    wrong = ((carried == 1) & (moved < 0.5)) | ((carried == 0) & (moved > 0.5))
    left_behind = ((trimap == 1) & (moved < 0.5)) | ((trimap == 0) & (moved > 0.5))
    assert wrong.sum() < left_behind.sum() / 4
    assert (carried == 0.5).mean() < 0.25
    assert (carried == 1)[moved > 0.99].mean() > 0.7  # most of the person stays known


def test_a_frame_that_does_not_move_keeps_its_trimap() -> None:
    trimap = trimap_of(person(0, 96, 128))
    np.testing.assert_array_equal(carry_trimap(trimap, drawn(0), drawn(0)), trimap)


@pytest.mark.slow  # pymatting takes seconds
def test_methods_with_a_trimap_solve_the_frames_that_it_was_said_for(tmp_path: Path) -> None:
    names = ["trimap:closed-form", "trimap:knn", "closed-form", "trimap-first:closed-form"]
    write_clip(tmp_path / "00_static", 3)
    evaluation = evaluate(MODNetV().eval(), tmp_path, names)
    assert not evaluation.problems
    errors = {name: evaluation.over_time["00_static"][name]["MAD"] for name in names}
    assert errors["closed-form"] == errors["trimap:closed-form"]
    assert errors["trimap-first:closed-form"][0] == errors["trimap:closed-form"][0]
    for name in names:
        assert max(error or 0 for error in errors[name]) < 30, name
    assert evaluation.facts["trimap:knn"].told == "true trimap of every frame"
    assert evaluation.facts["trimap-first:closed-form"].told == "true trimap of the first frame"


@pytest.mark.slow  # pymatting takes seconds
def test_foreground_estimates_are_measured_with_the_true_alpha(tmp_path: Path) -> None:
    write_clip(tmp_path / "00_static", 1)
    means = evaluate(MODNetV().eval(), tmp_path, ["foreground:ours", "foreground:ml"]).means["static"]
    for scores in means.values():
        assert scores["MAD"] == 0
        assert 0 < scores["fgr MSE"] < 20
    assert means["foreground:ours"]["fgr MSE"] != means["foreground:ml"]["fgr MSE"]


def test_a_foreground_estimate_needs_true_foregrounds(tmp_path: Path) -> None:
    names = {kind: name for kind, name in OURS.items() if kind != "foreground"}
    clip = opened(write_clip(tmp_path / "clip", 1, names=names).parent)
    method = open_method("foreground:ours", MODNetV())
    assert "foreground/" in complaint(lambda: list(method.matte(clip)), DataError)


@pytest.mark.parametrize("name", ["trimap:best", "trimap-first:knn", "grabcut:mask", "foreground:theirs", "knn-bg:x"])
def test_unknown_variants_are_one_line(name: str) -> None:
    assert f"'{name}'" in complaint(lambda: open_method(name, MODNetV()), InputError)
