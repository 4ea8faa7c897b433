import numpy as np
import pytest

from modnetv_kit.evaluation import ClipMetrics, dtssd, mad, mse


def test_mad_and_mse_by_hand() -> None:
    predicted, true = np.array([[0.0, 0.5], [1.0, 1.0]]), np.array([[0.0, 0.0], [1.0, 0.8]])
    assert mad(predicted, true) == pytest.approx((0.5 + 0.2) / 4 * 1e3)
    assert mse(predicted, true) == pytest.approx((0.25 + 0.04) / 4 * 1e3)


def test_dtssd_by_hand() -> None:
    before, now = np.array([[0.0, 0.2]]), np.array([[0.5, 0.2]])
    true_before, true_now = np.array([[0.0, 0.0]]), np.array([[0.2, 0.4]])
    # changes differ by 0.3 and -0.4: root of (0.09 + 0.16) / 2
    assert dtssd(now, before, true_now, true_before) == pytest.approx(np.sqrt(0.125) * 1e2)


def test_a_constant_error_does_not_flicker() -> None:
    true = np.random.default_rng(0).random((2, 8, 8)) * 0.5
    assert dtssd(true[1] + 0.3, true[0] + 0.3, true[1], true[0]) == pytest.approx(0, abs=1e-9)


def test_a_clip_averages_frames_and_leaves_the_first_out_of_dtssd() -> None:
    metrics = ClipMetrics()
    zero = np.zeros((4, 4))
    for value in (0.1, 0.3, 0.3):
        metrics.update(zero + value, zero)
    scores = metrics.compute()
    assert scores["MAD"] == pytest.approx(700 / 3)
    assert scores["MSE"] == pytest.approx((10 + 90 + 90) / 3)
    assert scores["dtSSD"] == pytest.approx((20 + 0) / 2)


def test_sizes_that_differ_and_empty_clips_are_errors() -> None:
    with pytest.raises(ValueError, match="size"):
        ClipMetrics().update(np.zeros((4, 4)), np.zeros((4, 5)))
    with pytest.raises(ValueError, match="empty"):
        ClipMetrics().compute()
