"""Explorers show the frame, rules and thresholds of their sliders, and the stills show the same."""

import base64
import io
import subprocess
import sys

import numpy as np
import pytest
import torch
from model_helpers import awake
from PIL import Image

from modnetv_kit.inference.patches import PatchInspection, inspect_patches
from modnetv_kit.inference.recording import Recording, record, replay
from modnetv_kit.models import MODNetV
from modnetv_kit.viz import BackgroundExplorer, Compare, FlawExplorer, background_still, flaw_still, wipe
from modnetv_kit.viz.stills import window


@pytest.fixture(scope="module")
def recording() -> Recording:
    """Four frames of a bright band that wanders over noise; s_p is drawn, so that theta matters everywhere."""
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 120, (64, 96, 3), dtype=np.uint8) for _ in range(4)]
    for t, frame in enumerate(frames):
        frame[:, 16 * t : 16 * t + 24] = 220
    torch.manual_seed(0)
    kept = record(awake(MODNetV()), frames, device="cpu")  # type: ignore[arg-type]
    kept.s_p[:] = rng.random(kept.s_p.shape)
    return kept


@pytest.fixture(scope="module")
def inspection() -> PatchInspection:
    torch.manual_seed(0)
    frame = np.random.default_rng(0).integers(0, 256, (96, 160, 3), dtype=np.uint8)
    looked = inspect_patches(awake(MODNetV(coarse_size=64)), frame, device="cpu")  # type: ignore[arg-type]
    for k, flaw in looked.flaw.items():
        flaw[:] = np.linspace(0, 1, k * k).reshape(k, k) ** 4
    return looked


def shown(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image).astype(int)


def test_frame_slider_switches_the_picture_to_the_still_of_that_frame(recording: Recording) -> None:
    explorer = BackgroundExplorer(recording, width=600)
    pictures = []
    for t in range(len(recording)):
        explorer.player.slider.value = t
        pictures.append(shown(explorer.image.value))
        assert np.abs(pictures[-1] - background_still(recording, t, width=600)).mean() < 8
    assert all(np.abs(pictures[t] - pictures[t - 1]).mean() > 5 for t in range(1, 4))


def test_theta_slider_replays_b_under_both_rules(recording: Recording) -> None:
    explorer = BackgroundExplorer(recording, width=600)
    explorer.player.slider.value = 3
    before = explorer.still()
    assert explorer.theta.value == recording.theta
    explorer.theta.value = 0.9
    for rule, shown_now in explorer.restorations.replays.items():
        expected = replay(recording, theta=0.9, update=rule)
        assert np.array_equal(shown_now.bgF, expected.bgF)
        assert np.array_equal(shown_now.plate, expected.plate)
    assert (explorer.still() != before).mean() > 0.02
    assert f"{expected.coverage[3]:.0%}" in explorer.coverage.value


def test_every_explorer_brings_a_picture_for_pages_without_a_kernel(
    recording: Recording, inspection: PatchInspection
) -> None:
    explorers = (
        BackgroundExplorer(recording, width=600),
        FlawExplorer(inspection),
        Compare(recording.frames, recording.plate),
    )
    for explorer in explorers:
        bundle = explorer._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in bundle
        picture = shown(base64.b64decode(bundle["image/jpeg"]))
        assert np.abs(picture - explorer.still()).mean() < 16  # JPEG, of noise
        assert picture.std() > 20


def test_chosen_maps_are_shown_and_no_choice_shows_the_input(recording: Recording) -> None:
    explorer = BackgroundExplorer(recording, maps=["input", "bgM"], width=600)
    first = explorer.still()
    explorer.choices["bgM"].value = False
    only_input = explorer.still()
    assert only_input.shape != first.shape
    explorer.choices["input"].value = False
    assert np.array_equal(explorer.still(), only_input)


def test_every_map_can_be_drawn_and_an_unknown_one_is_named(recording: Recording) -> None:
    from modnetv_kit.viz.stills import BACKGROUND_MAPS, NETWORK_MAPS

    for name in (*NETWORK_MAPS, *BACKGROUND_MAPS):
        still = background_still(recording, 2, [name], width=400)
        assert still.shape[1] == 400
        assert len(np.unique(still)) > 2, name
    with pytest.raises(ValueError, match="gbM"):
        background_still(recording, 0, ["gbM"])


def test_both_rules_share_the_colours_of_bgf(recording: Recording) -> None:
    # without any time for the rules to differ, the same features must have the same colours
    still = background_still(recording, 0, ["bgF"], width=400)
    upper, lower = np.split(still, 2)
    assert np.array_equal(upper[24:], lower[24:])


def test_xi_and_k_sliders_decide_which_patches_are_refined(inspection: PatchInspection) -> None:
    explorer = FlawExplorer(inspection)
    seen = []
    for k, xi in ((16, 0.01), (16, 0.5), (8, 0.5)):
        explorer.k.value, explorer.xi.value = k, xi
        count = int((inspection.flaw[k] > xi).sum())
        assert explorer.refined.value.startswith(f"{count} of {k * k} patches")
        assert explorer.page.value.count("<i class=") == k * k
        seen.append(explorer.page.value)
    assert len(set(seen)) == 3


def test_flaw_still_shows_the_patch_before_and_after(inspection: PatchInspection) -> None:
    still = flaw_still(inspection, (15, 15), xi=0.5)
    other = flaw_still(inspection, (0, 0), xi=0.5)
    assert still.shape == other.shape
    assert still.shape[1] == 1000
    assert (still[-150:] != other[-150:]).any()
    part = window(96, 160, 16, 15, 15)
    assert (inspection.alpha(0.5)[part] != inspection.coarse[part]).any()
    assert np.array_equal(flaw_still(inspection, xi=0.5), still)  # the highest flaw is the last patch


@pytest.mark.parametrize(
    ("patch", "expected"), [((0, 0), (0, 0)), ((4, 4), (35, 84)), ((9, 9), (80, 192)), ((9, 0), (80, 0))]
)
def test_window_shows_half_a_patch_around_and_stays_inside(patch: tuple[int, int], expected: tuple[int, int]) -> None:
    rows, columns = window(100, 240, 10, *patch)  # patches of 10 x 24
    assert (rows.start, columns.start) == expected
    assert (rows.stop - rows.start, columns.stop - columns.start) == (20, 48)


def test_wipe_shows_left_on_the_left_and_right_on_the_right() -> None:
    black, white = np.zeros((10, 100)), np.ones((10, 100))
    picture = wipe(black, white, 0.25)
    assert (picture[:, :24] == 0).all()
    assert (picture[:, 26:] == 255).all()
    assert (wipe(black, white, 0)[:, 1:] == 255).all()
    assert (wipe(black, white, 1)[:, :-1] == 0).all()
    with pytest.raises(ValueError, match="differ in size"):
        wipe(black, white[:5])


def test_compare_moves_wipe_and_frame() -> None:
    left = [np.full((40, 80), 50 * t, np.uint8) for t in range(3)]
    right = [np.full((40, 80), 255, np.uint8)] * 3
    explorer = Compare(left, right, width=80)
    for t, position in ((0, 0.5), (2, 0.5), (2, 0.9)):
        explorer.player.slider.value, explorer.position.value = t, position
        assert np.array_equal(explorer.still(), wipe(left[t], right[t], position))
        assert np.abs(shown(explorer.image.value) - explorer.still()).mean() < 10
    with pytest.raises(ValueError, match="same number"):
        Compare(left, right[:2])
    with pytest.raises(ValueError, match="differ in size"):
        Compare(left, [matte[:20] for matte in right])


def test_figures_need_neither_widgets_nor_torch() -> None:
    code = "import sys, modnetv_kit.viz; print(any(name in sys.modules for name in ('ipywidgets', 'torch')))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
