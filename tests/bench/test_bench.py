"""The benchmark at a small size: every part measures, and its files hold the measurements."""

import io
import json
import math
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from model_helpers import complaint
from rich.console import Console
from rvm_model import recurrent_model
from typer.testing import CliRunner

from modnetv_kit import load_model
from modnetv_kit.bench import Bench, as_json, bench_tables, plot, run, run_bench, versus
from modnetv_kit.bench.isolated import run_isolated
from modnetv_kit.bench.machine import matrix_rate, peak_memory
from modnetv_kit.bench.ratios import EngineRatio, measure_ratio
from modnetv_kit.bench.step import StepCost, measure_steps
from modnetv_kit.bench.timing import Timing
from modnetv_kit.bench.versus import measure_versus
from modnetv_kit.bench.video import StageCost, VideoCost, measure_video
from modnetv_kit.cli import app
from modnetv_kit.engines import installed_engines
from modnetv_kit.errors import InputError
from modnetv_kit.evaluation.cost import count_multiply_adds

CPU = torch.device("cpu")


@pytest.mark.slow
def test_a_frame_is_measured_at_every_size_in_a_process_of_its_own() -> None:
    model = load_model()
    small, large = measure_steps(model, "torch", CPU, 1, sizes=((640, 360), (96, 64)), runs=2)
    assert (small.width, small.height, large.width, large.height) == (96, 64, 640, 360)
    for cost in (small, large):
        assert cost.engine == "torch"
        assert len(cost.timing.seconds) == 2
        assert 0 < cost.share < 1
        assert cost.memory is None or cost.memory > 50e6
    # what is counted is the step, and above it P and the flaw map
    alone = count_multiply_adds(model, 64, 96)
    assert 0.8 * alone < small.multiply_adds < 1.2 * alone


@pytest.mark.slow
def test_another_model_is_measured_in_the_same_runtimes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versus, "RUNTIMES", ("onnxruntime",))
    (result,) = measure_versus(load_model(), recurrent_model(tmp_path / "tiny.onnx"), 1, size=(96, 64), runs=3)
    assert result.runtime == "onnxruntime"
    assert len(result.ratio.seconds) == 3
    assert result.ours.median > result.theirs.median  # which adds up a frame and is done


@pytest.mark.slow
def test_two_engines_are_compared_turn_by_turn_on_the_same_frame() -> None:
    result = measure_ratio(load_model(), "openvino", "torch", CPU, 1, size=(96, 64), runs=3)
    assert (result.engine, result.reference) == ("openvino", "torch")
    turns = zip(result.timing.seconds, result.reference_timing.seconds, strict=True)
    assert result.ratio.seconds == pytest.approx([first / second for first, second in turns])


@pytest.mark.slow
def test_a_video_is_measured_whole_and_stage_by_stage() -> None:
    cost = measure_video(load_model(), "torch", "cpu", 1, (96, 64), 0.5)
    assert list(cost.stages) == ["decode", "network", "compose", "encode"]
    assert all(stage.seconds > 0 for stage in cost.stages.values())
    assert cost.stages["network"].seconds == max(stage.seconds for stage in cost.stages.values())
    assert cost.rate > 0


def test_errors_of_a_child_come_home() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        run_isolated(int, "no number")


def test_the_matrix_rate_is_a_rate_and_leaves_the_threads_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    assert matrix_rate(CPU, torch.float32, 1) > 1e8
    assert torch.get_num_threads() == before
    memory = peak_memory(CPU)
    assert memory is None or memory > 50e6


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports the peak of a process without its parent's")
def test_the_peak_of_an_isolated_measurement_does_not_contain_its_parents_memory() -> None:
    held = bytearray(1 << 30)
    for start in range(0, len(held), 4096):  # touched, so that it is resident
        held[start] = 1
    peak = run_isolated(peak_memory, CPU)
    del held
    assert peak is not None
    assert 50e6 < peak < 1 << 30


def timing(*seconds: float) -> Timing:
    return Timing(seconds)


def bench() -> Bench:
    """Figures that can be checked by hand."""
    steps = [
        StepCost("torch", 512, 288, timing(0.04, 0.05, 0.06), 0.0, 1_000_000_000, 1e11, 300_000_000),
        StepCost("openvino", 512, 288, timing(0.02, 0.02, 0.02), 0.0, 1_000_000_000, 1e11, 200_000_000),
        StepCost("torch", 1280, 720, timing(0.1), 0.25, 2_000_000_000, 1e11, None),
    ]
    stages = {"decode": StageCost(0.01, 0.02), "network": StageCost(0.02, 0.03)}
    videos = [VideoCost("torch", 1280, 720, s, 40.0, stages, 2, round(s * 1e6)) for s in (10.0, 60.0)]
    turns = [versus.Versus("onnxruntime", timing(0.02, 0.02), timing(0.08, 0.04), timing(0.25, 0.5))]
    ratios = [EngineRatio("openvino", "torch", timing(0.03), timing(0.05), timing(0.6))]
    return Bench({"processor": "a CPU"}, steps, ratios, turns, "theirs.onnx", videos)


def test_rates_shares_and_ratios_follow_from_the_times() -> None:
    cost, video_cost = bench().steps[0], bench().videos[0]
    assert cost.rate == pytest.approx(4e10)
    assert cost.share == pytest.approx(0.4)
    assert video_cost.over_slowest == pytest.approx(1.25)  # 25 ms over 20
    assert video_cost.over_bound == pytest.approx(1.0)  # 50 ms of work on two cores


def test_tables_json_and_plot_tell_the_same_figures() -> None:
    measured = bench()
    console = Console(width=80, record=True, file=io.StringIO())
    for table in bench_tables(measured):
        console.print(table)
    text = console.export_text()
    for expected in ("engines against torch", "0.60", "42.0-58.0", "40%", "theirs.onnx", "0.38", "40.0", "1.25", "300"):
        assert expected in text
    figures = as_json(measured)
    assert json.loads(json.dumps(figures)) == figures
    assert figures["steps"][0]["median"] == 0.05
    assert (figures["ratios"][0]["reference"], figures["ratios"][0]["ratio"]["median"]) == ("torch", 0.6)
    assert figures["versus"][0]["ratio"]["median"] == 0.375
    assert figures["videos"][1]["seconds"] == 60
    drawing = plot(measured)
    assert drawing.startswith("<svg")
    assert "megapixels" in drawing
    assert "seconds of video" in drawing
    assert "nan" not in drawing
    assert not math.isnan(figures["steps"][2]["share_of_peak"])


@pytest.mark.slow
def test_the_command_prints_and_writes_what_it_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "measure_steps", partial(measure_steps, sizes=((96, 64),), runs=2))
    words = ["bench", "--engine", "torch", "--no-videos", "--threads", 1]
    words += ["--json", tmp_path / "figures.json", "--plot", tmp_path / "figures.svg"]
    ran = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert ran.exit_code == 0
    assert "96x64" in ran.output
    assert json.loads((tmp_path / "figures.json").read_text())["steps"][0]["engine"] == "torch"
    assert (tmp_path / "figures.svg").read_text().startswith("<svg")


def test_other_weights_are_measured_in_the_engines_that_can_run_them(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[str] = []
    monkeypatch.setattr(run, "measure_steps", lambda model, name, place, threads: measured.append(name) or [])
    monkeypatch.setattr(run, "measure_ratio", lambda model, name, *rest: name)
    assert "openvino-int8" in run_bench(load_model(), videos=False).ratios
    model = load_model()
    torch.nn.init.normal_(model.semantic.predict.weight)
    measured.clear()
    assert "openvino-int8" not in run_bench(model, videos=False).ratios
    assert measured == [name for name in installed_engines(CPU) if name != "openvino-int8"]


def test_bad_input_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    model = load_model()
    assert "threads must be at least 1" in complaint(lambda: run_bench(model, threads=0), InputError)
    none = tmp_path / "none.onnx"
    assert "none.onnx" in complaint(lambda: run_bench(model, engines=["torch"], versus=none, videos=False), InputError)
    nothing = lambda: run_bench(model, engines=["abacus"], videos=False)  # noqa: E731
    assert "abacus" in complaint(nothing, InputError)
