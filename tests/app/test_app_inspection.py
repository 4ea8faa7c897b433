"""The tab "Inside" without a browser: the cache of recordings, and their figures."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from app_clips import real_clip

from modnetv_kit.app import engine, inspection
from modnetv_kit.app.limits import Limits
from modnetv_kit.app.service import Waiting
from modnetv_kit.app.ui import build
from modnetv_kit.app.waiting_line import WaitingLine
from modnetv_kit.errors import InputError
from modnetv_kit.inference.recording import Recording
from modnetv_kit.models import MODNetV

LIMITS = replace(Limits(), recorded_frames=4, recorded_side=160)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    clip = real_clip(tmp_path_factory.mktemp("inside") / "clip.mp4", 6)
    *_, last = inspection.record_clip(clip, None, None, LIMITS, WaitingLine(1, 1))
    assert isinstance(last, Recording)
    return last


def test_a_recording_keeps_the_first_frames_scaled_down(recording: Recording) -> None:
    assert recording.frames.shape == (4, 130, 160, 3)
    assert recording.truncated


def test_every_map_of_every_frame_is_in_the_explorer(recording: Recording) -> None:
    figures = inspection.InspectionFigures.of(recording, theta=0.1)
    titles = [annotation.text for annotation in figures.explorer("refresh", xi=0.02).layout.annotations]
    for symbol in ("(I)", "(alpha)", "(s_p)", "(bgM)", "(bgF)", "restored background", "flaws", "ξ = 0.02"):
        assert any(symbol in title for title in titles), symbol
    assert len(figures.explorer("accumulate", xi=0.02).layout.sliders[0].steps) == 4
    assert len(figures.both_rules().layout.sliders[0].steps) == 4
    assert len(figures.coverage("refresh").data[0].y) == 4


def test_a_higher_theta_restores_more(recording: Recording) -> None:
    def covered(theta: float) -> float:
        return float(inspection.InspectionFigures.of(recording, theta).coverage("refresh").data[0].y[-1])

    assert covered(0.01) < covered(0.4)


def test_patches_are_shown_for_any_frame_and_threshold(recording: Recording) -> None:
    none, everything = inspection.flaws(recording, 1, xi=0.99), inspection.flaws(recording, 1, xi=0.0001)
    assert none.dtype == np.uint8
    assert not np.array_equal(none, everything)
    assert inspection.flaws(recording, 99, xi=0.5).shape == none.shape


def test_figures_fit_the_page_and_upright_clips_the_screen(recording: Recording) -> None:
    def explorer(recording: Recording, width: float | None) -> Any:
        return inspection.InspectionFigures.of(recording, 0.1, width).explorer("refresh", xi=0.01).layout

    assert explorer(recording, None).width == explorer(recording, 1e9).width == inspection.EXPLORER
    phone = explorer(recording, 330)
    assert phone.width == 330
    assert phone.xaxis.domain[1] > 0.4  # two side by side
    upright = replace(recording, **{name: getattr(recording, name).swapaxes(1, 2) for name in ("frames", "alpha")})
    assert explorer(upright, 1100).height < 900
    assert inspection.InspectionFigures.of(recording, 0.1, 330).coverage("refresh").layout.width <= 330


def test_patches_of_an_upright_frame_fit_the_screen(recording: Recording) -> None:
    upright = replace(recording, frames=np.ascontiguousarray(recording.frames.swapaxes(1, 2)))
    still = inspection.flaws(upright, 1, xi=0.5)
    assert still.shape[1] == 1000
    assert still.shape[0] < 1000


def test_progress_is_reported_and_closing_ends_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "POLL", 0.01)
    clip = real_clip(tmp_path / "clip.mp4", 40)
    limits = replace(LIMITS, recorded_frames=30)
    *steps, last = inspection.record_clip(clip, None, None, limits, WaitingLine(1, 1))
    assert isinstance(last, Recording)
    assert {step.total for step in steps} == {30}
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert done[-1] > 0
    line = WaitingLine(1, 1)
    running = inspection.record_clip(clip, None, None, limits, line)
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert len(line) == 0


def test_figures_are_small(recording: Recording) -> None:
    figure = inspection.InspectionFigures.of(recording, theta=0.1).explorer("refresh", xi=0.01)
    assert len(json.dumps(figure.to_plotly_json(), default=str)) < 60_000 * len(recording)


def test_the_cache_keeps_the_latest_recordings_and_reports_dropped_ones(recording: Recording) -> None:
    cache = inspection.RecordingCache(2)
    first, second = cache.put(recording), cache.put(recording)
    cache.get(first)  # used again, so the other is now the least recently used
    third = cache.put(recording)
    assert cache.get(first) is cache.get(third) is recording
    cache.drop(third)
    cache.drop(None)
    for gone in (second, third, None, "guessed"):
        with pytest.raises(InputError, match="make it again"):
            cache.get(gone)


def test_recording_needs_a_clip_and_waits_in_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="tab Video"):
        next(inspection.record_clip(None, None, None, LIMITS, WaitingLine(1, 1)))
    line = WaitingLine(1, 1)
    with line.join():
        assert next(inspection.record_clip(real_clip(tmp_path / "a.mp4", 3), None, None, LIMITS, line)) == Waiting(1)


@pytest.mark.parametrize(("theta", "xi"), [(0.3, 0.05), (0.9, 1.0)])
def test_sliders_start_at_the_models_own_values(theta: float, xi: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "model", lambda: MODNetV(theta=theta, xi=xi))
    sliders = [block for block in build().blocks.values() if isinstance(block, gr.Slider)]
    for symbol, value in (("(theta)", theta), ("(xi)", xi)):
        (slider,) = (slider for slider in sliders if symbol in str(slider.label))
        assert slider.minimum <= slider.value <= slider.maximum
        assert slider.value == value
