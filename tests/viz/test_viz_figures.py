"""Figures show their data: no blank pictures, a working slider, bounded sizes."""

import json

import numpy as np
import pytest
from test_viz_images import decoded, photo

from modnetv_kit.viz import (
    bgf_images,
    coverage_figure,
    error_over_time,
    first_restored,
    flaw_figure,
    flaw_picture,
    frame_explorer,
    hover_zoom,
    training_curves,
    without_frames,
    xi_curve,
)
from modnetv_kit.viz.images import UNKNOWN
from modnetv_kit.viz.style import INK, PALETTE


def test_slider_switches_every_map_to_the_frame_it_names() -> None:
    photos = [np.roll(photo(), 20 * t, 1) for t in range(4)]
    masks = [np.arange(160).reshape(10, 16) < 40 * t for t in range(4)]
    figure = frame_explorer({"input": photos, "mask": masks})
    assert [trace.source for trace in figure.data] == [trace.source for trace in figure.frames[0].data]
    for step, t in zip(figure.layout.sliders[0].steps, range(4), strict=True):
        assert step.method == "animate"
        (shown,) = [frame for frame in figure.frames if frame.name == step.args[0][0]]
        assert list(shown.traces) == [0, 1]
        assert np.abs(decoded(shown.data[0].source).astype(int) - photos[t]).mean() < 4
        assert np.array_equal(decoded(shown.data[1].source)[..., 0], masks[t] * 255)
    assert [annotation.text for annotation in figure.layout.annotations] == ["input", "mask"]


def test_maps_of_all_sizes_cover_the_same_place() -> None:
    figure = frame_explorer({"input": [photo((90, 160))], "s_p": [np.zeros((6, 10))], "bgM": [np.ones((23, 40), bool)]})
    for trace in figure.data:
        height, width = decoded(trace.source).shape[:2]
        assert trace.x0 - trace.dx / 2 == pytest.approx(0)
        assert trace.x0 + (width - 0.5) * trace.dx == pytest.approx(160)
        assert trace.y0 + (height - 0.5) * trace.dy == pytest.approx(90)
    assert len({trace.xaxis for trace in figure.data}) == 3


def test_explorer_of_48_frames_and_8_maps_at_512_x_288_stays_under_15_mb() -> None:
    rng = np.random.default_rng(0)
    # noisier than most footage, so that JPEG has work to do
    photos = [np.clip(photo((288, 512)) + rng.normal(0, 6, (288, 512, 3)), 0, 255).astype(np.uint8) for _ in range(48)]
    mattes = [image[..., 0] for image in photos]
    small = rng.random((48, 72, 128)) > 0.5
    maps = {"input": photos, "alpha": mattes, "d_p": mattes, "restored": photos, "s_p": rng.random((48, 18, 32))}
    maps |= {
        "bgM": small,
        "bgF": (rng.random((48, 72, 128, 3)) * 255).astype(np.uint8),
        "flaw": rng.random((48, 16, 16)),
    }
    assert len(frame_explorer(maps).to_json()) < 15e6


def test_fewer_frames_keep_their_own_numbers_and_large_pictures_lose_pixels() -> None:
    photos = [np.full((900, 1600, 3), 20 * t, np.uint8) for t in range(7)]
    figure = frame_explorer({"a": photos, "b": photos}, every=3, start=5, columns=2, width=400)
    assert figure.layout.sliders[0].active == 1
    assert figure.data[0].source == figure.frames[1].data[0].source
    assert [frame.name for frame in figure.frames] == ["0", "3", "6"]
    assert [step.label for step in figure.layout.sliders[0].steps] == ["0", "3", "6"]
    last = decoded(figure.frames[2].data[1].source)
    assert last.shape[1] < 400
    assert np.abs(last.astype(int) - 120).max() < 3
    assert figure.data[0].dx * last.shape[1] == pytest.approx(1600)


@pytest.mark.parametrize("maps", [{}, {"a": []}, {"a": [photo()], "b": [photo(), photo()]}])
def test_maps_that_do_not_go_together_are_refused(maps: dict[str, list[np.ndarray]]) -> None:
    with pytest.raises(ValueError, match="same number of frames"):
        frame_explorer(maps)


def test_feature_colours_are_fixed_over_the_clip_and_grey_where_nothing_is_restored() -> None:
    rng = np.random.default_rng(0)
    kinds = rng.normal(0, 1, (3, 24))  # three materials
    place = rng.integers(0, 3, (5, 20, 30))
    bgF = np.moveaxis(kinds[place] + rng.normal(0, 0.01, (5, 20, 30, 24)), -1, 1).astype(np.float16)
    bgM = rng.random((5, 20, 30)) > 0.3
    pictures = bgf_images(bgF, bgM)
    assert (pictures[~bgM] == UNKNOWN).all()
    means = [np.median(pictures[bgM & (place == kind)], 0) for kind in range(3)]
    for t in range(5):
        for kind, mean in enumerate(means):
            assert np.abs(pictures[t][bgM[t] & (place[t] == kind)][:, :2] - mean[:2]).max() < 40
    assert min(np.abs(means[a] - means[b]).max() for a, b in ((0, 1), (0, 2), (1, 2))) > 100


@pytest.mark.parametrize("restored", [0, 1])
def test_features_of_which_almost_nothing_is_restored_are_grey(restored: int) -> None:
    bgM = np.zeros((2, 4, 4), bool)
    bgM[0, 0, :restored] = True
    assert (bgf_images(np.ones((2, 24, 4, 4)), bgM) == UNKNOWN).all()


def test_first_restored_counts_from_the_last_time_the_state_was_emptied() -> None:
    bgM = np.zeros((6, 2, 3), bool)
    bgM[1:3, :, 0] = True
    bgM[3:, :, 1] = True  # a scene cut before frame 3 emptied the first column
    bgM[5:, :, 2] = True
    expected = np.array([[np.nan, 3, 5]] * 2)
    np.testing.assert_array_equal(first_restored(bgM), expected)
    figure = coverage_figure(bgM, {0: "start", 3: "scene cut"})
    curve, heat = figure.data
    np.testing.assert_allclose(curve.y, [0, 1 / 3, 1 / 3, 1 / 3, 1 / 3, 2 / 3])
    np.testing.assert_array_equal(heat.z, expected)
    assert [shape.x0 for shape in figure.layout.shapes] == [3]
    assert "scene cut" in [annotation.text for annotation in figure.layout.annotations]


def test_flaw_figure_borders_exactly_the_refined_patches_inside_the_frame() -> None:
    flaw = np.zeros((4, 4))
    flaw[0, 1], flaw[3, 3] = 0.5, 0.02
    figure = flaw_figure(photo((90, 158)), flaw, 0.01)
    picture, heat, borders = figure.data
    assert decoded(picture.source).std() > 10
    np.testing.assert_array_equal(heat.z, flaw)
    # patches are 23 x 40; the last row and column reach past the frame and end at it
    assert borders.x == (40, 80, 80, 40, 40, None, 120, 158, 158, 120, 120, None)
    assert borders.y == (0, 0, 23, 23, 0, None, 69, 69, 90, 90, 69, None)
    assert "2 of 16 patches" in figure.layout.title.text
    assert not flaw_figure(photo(), flaw, 0.5).data[2].x


def test_flaw_figure_of_a_4k_frame_is_small() -> None:
    figure = flaw_figure(photo((2160, 3840)), np.random.default_rng(0).random((16, 16)), 0.5)
    assert len(figure.to_json()) < 500_000
    assert figure.data[0].dx * decoded(figure.data[0].source).shape[1] == pytest.approx(3840)


def test_flaw_picture_borders_refined_patches_and_tints_flawed_ones() -> None:
    grey = np.full((80, 160, 3), 128, np.uint8)
    flaw = np.zeros((4, 4))
    flaw[1, 2] = 0.9
    picture = flaw_picture(grey, flaw, 0.5, 160).astype(int)
    changed = (picture != 128).any(-1)
    assert changed[20:40, 80:120].all()
    changed[20:40, 80:120] = False
    assert not changed.any()
    assert (picture[30, 100] != picture[20, 80]).any()  # tint inside, border around
    assert (flaw_picture(grey, flaw * 0, 0.5, 160) == 128).all()


def test_xi_curve_draws_zero_at_the_left_of_a_logarithmic_axis() -> None:
    figure = xi_curve([0, 0.01, 0.1, 1], [1, 0.5, 0.25, 0], [3, 3.5, 4, 5], label="MAD", chosen=0.01)
    share, error = figure.data
    assert figure.layout.xaxis.type == "log"
    assert list(share.x) == [0.005, 0.01, 0.1, 1]
    assert list(share.y) == [1, 0.5, 0.25, 0]
    assert list(error.y) == [3, 3.5, 4, 5]
    assert figure.layout.annotations[0].x == -2
    assert len(xi_curve([0, 1], [1, 0]).data) == 1


def test_error_over_time_has_a_curve_for_each_name_told_apart_without_colours() -> None:
    figure = error_over_time({"a": [1, 2, 3], "b": np.array([3.0, np.nan, 1])}, resets={0: "start", 2: "scene cut"})
    assert [curve.name for curve in figure.data] == ["a", "b"]
    assert figure.data[0].line.dash != figure.data[1].line.dash
    assert list(figure.data[0].y) == [1, 2, 3]
    assert [shape.x0 for shape in figure.layout.shapes] == [2]


def test_training_curves_follow_the_log_and_stay_small_however_long_it_is() -> None:
    records = [{"step": 10.0 * i, "loss": 1 / (i + 1), "alpha": 0.5, "lr": 1e-3, "images_per_s": 9.0} for i in range(5)]
    figure = training_curves(records)
    curves = {curve.name: curve for curve in figure.data}
    assert list(curves) == ["loss", "alpha", "lr"]
    assert list(curves["loss"].x) == [0, 10, 20, 30, 40]
    np.testing.assert_allclose(curves["loss"].y, [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5])
    long = [{"step": float(i), "loss": 1.0, "lr": 1.0} for i in range(100_000)]
    assert len(training_curves(long).to_json()) < 60_000


def test_training_curves_of_no_records_and_of_terms_that_come_and_go() -> None:
    assert len(training_curves([]).data) == 0
    figure = training_curves([{"step": 1, "loss": 2}, {"step": 2, "loss": 1, "flaw": 0.5}])
    flaw = next(curve for curve in figure.data if curve.name == "flaw")
    np.testing.assert_array_equal(flaw.y, [np.nan, 0.5])


def test_hover_zoom_places_every_patch_in_the_middle_of_the_close_views() -> None:
    page = hover_zoom(photo(), {"before": photo((96, 192)), "after": photo((96, 192))}, 4, width=808, name="here")
    assert "<script" not in page
    assert page.count('class="v"') == 2
    assert page.count("<i class=") == 16
    # patches are 24 x 48, close views show 48 x 96 of them in 400 pixels
    scale = 400 / 96
    assert f".here:has(.c1:hover){{--x:-{24 * scale:.0f}px}}" in page
    assert ".here:has(.c0:hover){--x:-0px}" in page
    assert f".here:has(.c3:hover){{--x:-{96 * scale:.0f}px}}" in page  # no further than the frame's border
    assert f".here:has(.r2:hover){{--y:-{36 * scale:.0f}px}}" in page


def test_colours_are_readable_on_light_and_dark_pages() -> None:
    def contrast(a: str, b: str) -> float:
        bright, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
        return (bright + 0.05) / (dark + 0.05)

    for page in ("#ffffff", "#111111"):
        assert contrast(INK, page) > 3
        assert all(contrast(colour, page) > 1.9 for colour in PALETTE)
    figure = error_over_time({"a": [1]})
    assert json.loads(figure.to_json())["layout"]["paper_bgcolor"] == "rgba(0, 0, 0, 0)"


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_slider_without_frames_sets_every_picture_itself() -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (3, 16, 24, 3), np.uint8)
    played = frame_explorer({"one": list(pictures), "two": list(255 - pictures)})
    frames = [[trace.source for trace in frame.data] for frame in played.frames]
    still = without_frames(played)
    assert len(still.frames) == len(still.layout.updatemenus) == 0
    assert [step.method for step in still.layout.sliders[0].steps] == ["restyle"] * 3
    assert [list(step.args[0]["source"]) for step in still.layout.sliders[0].steps] == frames
