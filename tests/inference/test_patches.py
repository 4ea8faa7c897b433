"""Inspecting patches for every xi at once matches P at each xi."""

import numpy as np
import pytest
import torch
from model_helpers import awake

from modnetv_kit.errors import InputError
from modnetv_kit.inference.patches import inspect_patches
from modnetv_kit.models import MODNetV


@pytest.fixture(scope="module")
def model() -> MODNetV:
    """A network whose patches differ in their flaws, refined visibly; frames above 64 pixels are refined."""
    torch.manual_seed(0)
    return awake(MODNetV(coarse_size=64))  # type: ignore[return-value]


def frame(size: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(128, 192), (131, 203)], ids=["k divides", "k does not divide"])
def test_matte_at_any_xi_is_what_the_model_gives_at_that_xi(model: MODNetV, size: tuple[int, int]) -> None:
    looked = inspect_patches(model, frame(size), device="cpu")
    assert looked.k == 16
    assert sorted(looked.flaw) == sorted(looked.everywhere) == [8, 16, 32]
    picture = torch.from_numpy(frame(size)).permute(2, 0, 1)[None]
    levels = np.quantile(looked.flaw[16], (0.1, 0.5, 0.9))
    configured = model.xi
    for xi in (-1.0, *levels.tolist(), 1.0):
        model.xi = xi
        with torch.inference_mode():
            output, _ = model.matte(picture)
        model.xi = configured
        np.testing.assert_allclose(looked.flaw[16], output.flaw[0, 0].numpy(), atol=1e-6)
        assert np.array_equal(looked.refined(xi), output.refined[0, 0].numpy())
        np.testing.assert_allclose(looked.alpha(xi), output.alpha[0, 0].numpy(), atol=1e-5)


@pytest.mark.parametrize("k", [8, 32])
def test_other_grids_change_only_the_patches_they_rate_as_flawed(model: MODNetV, k: int) -> None:
    looked = inspect_patches(model, frame((131, 203)), device="cpu")
    assert looked.flaw[k].shape == (k, k)
    xi = float(np.median(looked.flaw[k]))
    refined = looked.refined(xi, k)
    assert 0 < refined.mean() < 1
    changed = looked.alpha(xi, k) != looked.coarse
    ph, pw = -(-131 // k), -(-203 // k)
    for i, j in np.argwhere(~refined):
        assert not changed[i * ph : (i + 1) * ph, j * pw : (j + 1) * pw].any()
    assert changed.any()
    assert np.array_equal(looked.alpha(1.0, k), looked.coarse)
    assert np.array_equal(looked.alpha(-1.0, k), looked.everywhere[k])


def test_a_grid_finer_than_the_pixels_is_refused(model: MODNetV) -> None:
    with pytest.raises(InputError, match="k must be"):
        inspect_patches(model, frame((40, 96)), ks=(64,), device="cpu")
