"""Every metric against values computed by hand, and against a slow reference implementation of its definition."""

import itertools
from collections import deque

import numpy as np
import pytest

from modnetv_kit.evaluation.metrics import area_under_curve, conn, dtssd, foreground_mse, grad, mad, mse, psnr


def blobs(seed: int, height: int = 23, width: int = 31) -> np.ndarray:
    """A matte with soft edges and islands, in the 256 steps that mattes have on disk."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    matte = np.zeros((height, width))
    for _ in range(5):
        distance = np.hypot(y - rng.uniform(0, height), x - rng.uniform(0, width))
        matte = np.maximum(matte, np.clip((rng.uniform(2, 8) - distance) / 3, 0, 1))
    return (np.round(matte * 255) / 255).astype(np.float32)


def plain_gradient(matte: np.ndarray) -> np.ndarray:
    """Gradient magnitudes by a 9 x 9 filter, pixel by pixel; outside the frame its edge goes on."""
    if matte.max() == matte.min():
        return np.zeros(matte.shape)
    stretched = (matte.astype(float) - matte.min()) / (matte.max() - matte.min())

    def gaussian(x: float) -> float:
        return float(np.exp(-(x**2) / (2 * 1.4**2)) / (1.4 * np.sqrt(2 * np.pi)))

    kernel = np.array([[gaussian(i) * -j * gaussian(j) / 1.4**2 for j in range(-4, 5)] for i in range(-4, 5)])
    kernel /= np.sqrt((kernel**2).sum())
    padded = np.pad(stretched, 4, mode="edge")
    result = np.zeros(matte.shape)
    for y, x in np.ndindex(*matte.shape):
        window = padded[y : y + 9, x : x + 9]
        result[y, x] = np.hypot((window * kernel).sum(), (window * kernel.T).sum())
    return result


def largest_region(mask: np.ndarray) -> np.ndarray:
    """The largest 4-connected region of `mask`, by flood fill; the first one met if several are as large."""
    best: list[tuple[int, int]] = []
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    for start in [(int(y), int(x)) for y, x in np.argwhere(mask)]:
        if start not in left:
            continue
        left.remove(start)
        region, edge = [start], deque([start])
        while edge:
            y, x = edge.popleft()
            for near in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                if near in left:
                    left.remove(near)
                    region.append(near)
                    edge.append(near)
        best = max(best, region, key=len)
    result = np.zeros(mask.shape, bool)
    for y, x in best:
        result[y, x] = True
    return result


def plain_conn(predicted: np.ndarray, true: np.ndarray) -> float:
    level = np.full(true.shape, -1.0)
    thresholds = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    for below, threshold in itertools.pairwise(thresholds):
        omega = largest_region((predicted >= np.float32(threshold)) & (true >= np.float32(threshold)))
        for at in np.ndindex(*true.shape):
            if level[at] == -1 and not omega[at]:
                level[at] = below
    level[level == -1] = 1
    error = 0.0
    for at in np.ndindex(*true.shape):
        phi = [1 - (m[at] - level[at]) * (m[at] - level[at] >= 0.15) for m in (predicted, true)]
        error += abs(phi[0] - phi[1])
    return error / 1000


def test_mad_and_mse_by_hand() -> None:
    predicted, true = np.array([[0.0, 0.5], [1.0, 1.0]]), np.array([[0.0, 0.0], [1.0, 0.8]])
    assert mad(predicted, true) == pytest.approx((0.5 + 0.2) / 4 * 1e3)
    assert mse(predicted, true) == pytest.approx((0.25 + 0.04) / 4 * 1e3)


def test_grad_of_a_step_by_hand() -> None:
    step = np.zeros((40, 40), np.float32)
    step[:, 20:] = 1
    # the truth is flat, so what counts is the step's own gradient: at distance d from the edge it is the sum of the
    # kernel's columns beyond it, and the smoothing along the edge sums to a constant
    x = np.arange(-4, 5)
    smooth, slope = np.exp(-(x**2) / 3.92), x * np.exp(-(x**2) / 3.92)
    along = smooth.sum() / np.sqrt((smooth**2).sum())
    across = [slope[n:].sum() / np.sqrt((slope**2).sum()) for n in range(1, 9)]
    expected = 40 * sum((along * a) ** 2 for a in across) / 1e3
    assert grad(step, np.zeros_like(step)) == pytest.approx(expected, rel=1e-5)


def test_grad_does_not_see_what_is_stretched_away() -> None:
    true = blobs(0)
    assert grad(true * 0.5 + 0.2, true) == pytest.approx(0, abs=1e-6)
    assert grad(np.full_like(true, 0.3), np.full_like(true, 0.9)) == 0


@pytest.mark.parametrize("seed", range(4))
def test_grad_equals_the_plain_implementation(seed: int) -> None:
    predicted, true = blobs(seed), blobs(seed + 10)
    expected = ((plain_gradient(predicted) - plain_gradient(true)) ** 2).sum() / 1e3
    assert grad(predicted, true) == pytest.approx(expected, rel=1e-4)


def test_conn_by_hand() -> None:
    true = np.array([[1, 1, 0, 0, 0]], np.float32)
    # the island at the end is joined to nothing: its phi is 1 - 0.6, the truth's 1
    assert conn(np.array([[1, 1, 0, 0, 0.6]], np.float32), true) == pytest.approx(0.6 / 1e3)
    # within 0.15 of the level reached it does not count
    assert conn(np.array([[1, 1, 0, 0, 0.14]], np.float32), true) == 0
    # a hole: both are connected there up to 0.5, the truth stands 0.5 above it
    assert conn(np.array([[1, 0.5, 0, 0, 0]], np.float32), true) == pytest.approx(0.5 / 1e3)
    # corners do not join
    diagonal = np.array([[1, 1, 0], [0, 0, 1]], np.float32)
    assert conn(diagonal, np.array([[1, 1, 0], [0, 0, 0]], np.float32)) == pytest.approx(1 / 1e3)


def test_conn_of_mattes_that_share_nothing() -> None:
    left, right = np.zeros((4, 6), np.float32), np.zeros((4, 6), np.float32)
    left[:, :2], right[:, 4:] = 1, 1
    assert conn(left, right) == pytest.approx(16 / 1e3)
    assert conn(np.zeros_like(left), np.zeros_like(left)) == 0


@pytest.mark.parametrize("seed", range(6))
def test_conn_equals_the_plain_implementation(seed: int) -> None:
    predicted, true = blobs(seed), blobs(seed + 10)
    assert conn(predicted, true) > 0
    assert conn(predicted, true) == pytest.approx(plain_conn(predicted, true), rel=1e-4)
    nearly = np.clip(true + np.random.default_rng(seed).normal(0, 0.1, true.shape), 0, 1).astype(np.float32)
    assert conn(nearly, true) == pytest.approx(plain_conn(nearly, true), rel=1e-4)


def test_dtssd_by_hand() -> None:
    before, now = np.array([[0.0, 0.2]]), np.array([[0.5, 0.2]])
    true_before, true_now = np.array([[0.0, 0.0]]), np.array([[0.2, 0.4]])
    # changes differ by 0.3 and -0.4: root of (0.09 + 0.16) / 2
    assert dtssd(now, before, true_now, true_before) == pytest.approx(np.sqrt(0.125) * 1e2)


def test_a_constant_error_does_not_flicker() -> None:
    true = np.random.default_rng(0).random((2, 8, 8)) * 0.5
    assert dtssd(true[1] + 0.3, true[0] + 0.3, true[1], true[0]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_means_over_pixels_equal_plain_loops(seed: int) -> None:
    a, b, c, d = (blobs(seed + 20 * i) for i in range(4))
    pixels = list(np.ndindex(*a.shape))
    assert mad(a, b) == pytest.approx(sum(abs(float(a[p]) - float(b[p])) for p in pixels) / len(pixels) * 1e3)
    assert mse(a, b) == pytest.approx(sum((float(a[p]) - float(b[p])) ** 2 for p in pixels) / len(pixels) * 1e3)
    changes = [(float(a[p]) - float(b[p])) - (float(c[p]) - float(d[p])) for p in pixels]
    expected = (sum(change**2 for change in changes) / len(pixels)) ** 0.5 * 1e2
    assert dtssd(a, b, c, d) == pytest.approx(expected, rel=1e-5)


def test_foreground_counts_where_somebody_is() -> None:
    alpha = np.array([[0.0, 0.01, 1.0]])
    true, predicted = np.zeros((1, 3, 3)), np.zeros((1, 3, 3))
    predicted[0, 0] = 1  # nobody there
    predicted[0, 1] = 0.5
    assert foreground_mse(predicted, true, alpha) == pytest.approx(0.25 / 2 * 1e3)
    assert foreground_mse(predicted, true, np.zeros((1, 3))) is None


def test_psnr_by_hand_over_the_mask_alone() -> None:
    true, predicted = np.full((2, 2, 3), 0.5), np.full((2, 2, 3), 0.6)
    predicted[1] = 0  # masked out
    mask = np.array([[True, True], [False, False]])
    assert psnr(predicted, true, mask) == pytest.approx(20)  # 10 log10(1 / 0.01)
    assert psnr(true, true, mask) == pytest.approx(100)
    assert psnr(predicted, true, np.zeros((2, 2), bool)) is None


def test_area_under_curve_counts_ordered_pairs() -> None:
    positive = np.array([True, True, False, False])
    assert area_under_curve(np.array([0.9, 0.8, 0.2, 0.1]), positive) == 1
    assert area_under_curve(np.array([0.1, 0.2, 0.8, 0.9]), positive) == 0
    assert area_under_curve(np.array([0.9, 0.3, 0.5, 0.1]), positive) == 0.75
    assert area_under_curve(np.full(4, 0.5), positive) == 0.5
    assert area_under_curve(np.arange(4), np.ones(4, bool)) is None
    rng = np.random.default_rng(0)
    ranking, positive = rng.integers(0, 6, 60) / 5, rng.random(60) < 0.3
    pairs = [(a > b) + (a == b) / 2 for a in ranking[positive] for b in ranking[~positive]]
    assert area_under_curve(ranking, positive) == pytest.approx(np.mean(pairs))
