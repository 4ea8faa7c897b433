"""Metrics of frames combined into metrics of a clip."""

import numpy as np
import pytest

from modnetv_kit.evaluation import ClipMetrics, Prediction, clip_means
from modnetv_kit.evaluation.clip_metrics import patch_errors
from modnetv_kit.evaluation.prediction import Refinement, RestoredPlate


def flat(value: float, height: int = 32, width: int = 32) -> np.ndarray:
    return np.full((height, width), value, np.float32)


def test_a_clip_averages_frames_and_leaves_the_first_out_of_dtssd() -> None:
    metrics = ClipMetrics()
    for value in (0.1, 0.3, 0.3):
        metrics.update(Prediction(flat(value)), flat(0))
    scores = metrics.compute()
    assert scores["MAD"] == pytest.approx(700 / 3, rel=1e-5)
    assert scores["MSE"] == pytest.approx((10 + 90 + 90) / 3, rel=1e-5)
    assert scores["dtSSD"] == pytest.approx((20 + 0) / 2, rel=1e-5)
    assert metrics.series["dtSSD"][0] is None
    # RVM's averages count the first frame as 0
    assert metrics.compute(first_dtssd_is_zero=True)["dtSSD"] == pytest.approx((0 + 20 + 0) / 3, rel=1e-5)


def test_only_what_was_given_is_measured() -> None:
    metrics = ClipMetrics()
    metrics.update(Prediction(flat(0.5)), flat(0.5))
    assert list(metrics.compute()) == ["MAD", "MSE", "Grad", "Conn"]  # one frame has no dtSSD


def test_figures_that_come_late_stay_with_their_frames() -> None:
    metrics = ClipMetrics()
    colours = np.full((32, 32, 3), 0.5, np.float32)
    metrics.update(Prediction(flat(1)), flat(1))
    metrics.update(Prediction(flat(1), foreground=colours), flat(1), foreground=colours + 0.1)
    metrics.update(Prediction(flat(1)), flat(1))
    assert metrics.series["fgr MSE"] == [None, pytest.approx(10, rel=1e-4), None]
    assert {len(values) for values in metrics.series.values()} == {3}
    assert metrics.compute()["fgr MSE"] == pytest.approx(10, rel=1e-4)


def test_restored_background_is_measured_where_it_is_restored() -> None:
    mask = np.zeros((8, 8), bool)
    mask[:4] = True
    image = np.zeros((8, 8, 3), np.float32)
    image[:4] = 0.6
    true = np.full((32, 32, 3), 127.5).astype(np.uint8)  # 127, and averaged down to 8 x 8
    metrics = ClipMetrics()
    metrics.update(Prediction(flat(0), plate=RestoredPlate(image, mask)), flat(0), background=true)
    metrics.update(Prediction(flat(0), plate=RestoredPlate(image, ~mask)), flat(0))  # its true background is unknown
    assert metrics.series["bgM %"] == [50, 50]
    assert metrics.series["bg PSNR"] == [pytest.approx(-20 * np.log10(0.6 - 127 / 255), rel=1e-4), None]


def test_patch_errors_are_cut_as_patches_are() -> None:
    alpha, true = np.zeros((10, 8), np.float32), np.zeros((10, 8), np.float32)
    alpha[9, 0] = 0.9  # in the last, cut-off row of patches: 4 x 4 patches of 3 x 2 pixels cover 12 x 8
    alpha[0, 2:4] = 0.6
    errors = patch_errors(alpha, true, 4)
    expected = np.zeros((4, 4))
    expected[3, 0] = 0.9 / 2  # only one row of it is inside
    expected[0, 1] = 1.2 / 6
    np.testing.assert_allclose(errors, expected, atol=1e-6)


def test_patches_wholly_outside_have_no_error() -> None:
    errors = patch_errors(flat(0.5, 33, 33), flat(0, 33, 33), 16)  # 11 patches of 3 pixels reach the end
    assert np.isfinite(errors[:11, :11]).all()
    assert np.isnan(errors[11:]).all()
    assert np.isnan(errors[:, 11:]).all()


def test_refinement_is_measured_against_plain_upsampling() -> None:
    true, coarse = flat(0, 64, 64), flat(0, 64, 64)
    coarse[:32, :32] = 0.5  # a quarter of the patches is wrong
    wrong = np.zeros((4, 4), bool)
    wrong[:2, :2] = True
    metrics = ClipMetrics()
    metrics.update(Prediction(true, refinement=Refinement(coarse, wrong.astype(np.float32), wrong)), true)
    scores = metrics.compute()
    assert scores["MAD"] == 0
    assert scores["coarse MAD"] == pytest.approx(125)
    assert scores["coarse Grad"] > scores["Grad"] == 0
    assert scores["refined %"] == 25
    assert scores["flaw AUC"] == 1
    metrics.update(Prediction(true, refinement=Refinement(true, wrong.astype(np.float32), wrong)), true)
    assert metrics.series["flaw AUC"][1] is None  # nothing is wrong, so there is nothing to rank


def test_means_leave_out_frames_and_metrics_without_values() -> None:
    assert clip_means({"a": [1.0, None, 3.0], "b": [None, None]}) == {"a": 2.0}


def test_sizes_that_differ_and_empty_clips_are_errors() -> None:
    with pytest.raises(ValueError, match="size"):
        ClipMetrics().update(Prediction(flat(0)), flat(0, 32, 31))
    with pytest.raises(ValueError, match="empty"):
        ClipMetrics().compute()
