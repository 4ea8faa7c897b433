"""Runs over many clips: measured results, kept results, and the effect of one bad clip on the others."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from eval_clips import Scripted, write_clip
from model_helpers import complaint

from modnetv_kit import load_model
from modnetv_kit.errors import DataError, InputError, OutputError
from modnetv_kit.evaluation import evaluate, group_means
from modnetv_kit.evaluation.cost import count_multiply_adds, count_parameters
from modnetv_kit.models import MODNetV


@pytest.fixture(scope="module")
def model() -> MODNetV:
    return load_model(device="cpu")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("00_static", "01_moving", "02_moving"):
        write_clip(tmp_path / "data" / name)
    return tmp_path / "data"


def worse(by: float) -> Scripted:
    return Scripted(f"worse by {by}", lambda index, alpha: alpha * (1 - by))


def test_bundled_weights_keep_the_budgets(model: MODNetV) -> None:
    assert count_parameters(model)[0] <= 2_200_000
    assert count_multiply_adds(model) <= 2_000_000_000


def test_every_clip_is_measured_under_every_memory_and_the_rule_is_left_alone(model: MODNetV, data: Path) -> None:
    configured = model.background.update_rule
    result = evaluate(model, data)
    assert model.background.update_rule == configured
    assert list(result.clips) == ["00_static", "01_moving", "02_moving"]
    for by_method in result.clips.values():
        assert list(by_method) == ["off", "accumulate", "refresh"]
        assert by_method["off"].keys() >= {"MAD", "MSE", "Grad", "Conn", "dtSSD", "fgr MSE"}
        assert by_method["refresh"].keys() >= {"bgM %"}
    assert set(result.means) == {"all", "static", "moving"}
    both = [result.clips[name]["off"]["MAD"] for name in ("01_moving", "02_moving")]
    assert result.means["moving"]["off"]["MAD"] == pytest.approx(np.mean(both))
    assert result.problems == []


def test_methods_of_ones_own_are_measured_frame_by_frame(model: MODNetV, data: Path) -> None:
    flickers = Scripted("flickers", lambda index, alpha: alpha * (index % 2))
    result = evaluate(model, data, [Scripted("perfect"), flickers])
    series = result.over_time["00_static"]
    assert series["perfect"]["MAD"] == [0, 0, 0]
    assert series["perfect"]["dtSSD"] == [None, 0, 0]
    first, second, _ = series["flickers"]["MAD"]
    assert second == 0
    assert first is not None
    assert first > 50
    zero = evaluate(model, data, [flickers], first_dtssd_is_zero=True).clips["00_static"]["flickers"]["dtSSD"]
    assert zero == pytest.approx(result.clips["00_static"]["flickers"]["dtSSD"] * 2 / 3)


def test_a_bad_clip_is_one_line_and_the_others_are_measured(model: MODNetV, data: Path) -> None:
    (data / "01_moving" / "alpha" / "0001.png").unlink()
    damaged = data / "02_moving" / "frames" / "0002.png"
    damaged.write_bytes(damaged.read_bytes()[:900])
    result = evaluate(model, data, [worse(0.1), worse(0.2)])
    assert list(result.clips) == ["00_static"]
    assert len(result.problems) == 2
    assert result.problems[0].startswith("01_moving: frames/0001.png has no counterpart in alpha/")
    assert result.problems[1].startswith("02_moving: frames/0002.png is damaged")


def test_a_method_that_fails_on_a_clip_is_left_out_of_no_other(model: MODNetV, data: Path) -> None:
    def picky(index: int, alpha: np.ndarray) -> np.ndarray:
        if index == 1 and method.clips[-1] == "01_moving":
            raise DataError("it is too hard")
        return alpha

    method = Scripted("picky", picky)
    result = evaluate(model, data, [worse(0.5), method])
    assert result.problems == ["01_moving: it is too hard"]
    assert list(result.clips["01_moving"]) == ["worse by 0.5"]
    # rows of one table are means over the same clips
    assert result.means["moving"]["worse by 0.5"] == result.clips["02_moving"]["worse by 0.5"]


def test_means_are_over_clips_that_every_method_of_the_group_has() -> None:
    clips = {
        "a": {"x": {"MAD": 1.0}, "y": {"MAD": 3.0, "fgr MSE": 8.0}},
        "b": {"x": {"MAD": 2.0}, "y": {"MAD": 5.0}},
        "c": {"x": {"MAD": 9.0}},
        "d": {"x": {"MAD": 7.0}},
    }
    means = group_means(clips, {"a": ["all"], "b": ["all"], "c": ["all"], "d": ["hd"]})
    assert means == {"all": {"x": {"MAD": 1.5}, "y": {"MAD": 4.0, "fgr MSE": 8.0}}, "hd": {"x": {"MAD": 7.0}}}


def test_progress_counts_frames_that_are_left(model: MODNetV, data: Path) -> None:
    calls: list[tuple[int, int]] = []
    (data / "00_static" / "frames" / "0002.png").write_bytes(b"no picture")
    evaluate(model, data, [worse(0.1), worse(0.2)], progress=lambda done, total: calls.append((done, total)))
    assert calls == [(i, 12) for i in range(13)]


def test_an_interrupted_run_goes_on_and_keeps_what_was_measured(model: MODNetV, data: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"

    def stop(index: int, alpha: np.ndarray) -> np.ndarray:
        if method.clips[-1] == "01_moving":
            raise KeyboardInterrupt
        return alpha * 0.5

    method = Scripted("half", stop)
    with pytest.raises(KeyboardInterrupt):
        evaluate(model, data, [method], json_file=figures)
    kept = json.loads(figures.read_text())
    assert list(kept["clips"]) == ["00_static"]
    assert "means" not in kept
    again = Scripted("half", lambda index, alpha: alpha * 0.5)
    result = evaluate(model, data, [again], json_file=figures)
    assert again.clips == ["01_moving", "02_moving"]
    uninterrupted = evaluate(model, data, [again]).clips
    for name, by_method in result.clips.items():
        assert by_method["half"] == pytest.approx(uninterrupted[name]["half"], abs=1e-9)
    whole = json.loads(figures.read_text())
    assert whole["clips"] == result.clips
    assert whole["means"] == result.means
    assert whole["over_time"]["00_static"]["half"]["dtSSD"] == result.over_time["00_static"]["half"]["dtSSD"]


def test_another_method_joins_what_was_measured_before(model: MODNetV, data: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    evaluate(model, data, [worse(0.1)], json_file=figures)
    first, second = worse(0.1), worse(0.2)
    result = evaluate(model, data, [first, second], json_file=figures)
    assert first.clips == []
    assert len(second.clips) == 3
    assert list(result.means["all"]) == ["worse by 0.1", "worse by 0.2"]
    evaluate(model, data, [worse(0.3)], json_file=figures)  # what is not asked for is kept
    assert set(json.loads(figures.read_text())["clips"]["00_static"]) == {f"worse by {by}" for by in (0.1, 0.2, 0.3)}


def test_changed_weights_and_changed_clips_are_measured_again(model: MODNetV, data: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    evaluate(model, data, [worse(0.1)], json_file=figures)
    retrained = worse(0.1)
    retrained.identity = "other weights"
    evaluate(model, data, [retrained], json_file=figures)
    assert len(retrained.clips) == 3
    write_clip(tmp_path / "other", 4)
    (data / "00_static").rename(tmp_path / "gone")
    (tmp_path / "other").rename(data / "00_static")
    retrained.clips.clear()
    result = evaluate(model, data, [retrained], json_file=figures)
    assert retrained.clips == ["00_static"]
    assert len(result.over_time["00_static"]["worse by 0.1"]["MAD"]) == 4


def test_files_of_another_kind_are_refused_and_left_alone(model: MODNetV, data: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "figures.json"
    for content in ('{"clips": {}}', "[1, 2]", "not json", ""):
        foreign.write_text(content)
        line = complaint(lambda: evaluate(model, data, [worse(0.1)], json_file=foreign), InputError)
        assert "figures.json" in line
        assert foreign.read_text() == content
    nowhere = tmp_path / "nowhere" / "figures.json"
    assert "nowhere" in complaint(lambda: evaluate(model, data, [worse(0.1)], json_file=nowhere), OutputError)


def test_a_full_disk_stops_the_run_and_leaves_the_file_as_it_was(
    model: MODNetV, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = tmp_path / "figures.json"
    evaluate(model, data, [worse(0.1)], json_file=figures)
    before = figures.read_text()

    def full(self: Path, *args: object, **options: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    assert "disk is full" in complaint(lambda: evaluate(model, data, [worse(0.2)], json_file=figures), OutputError)
    assert figures.read_text() == before


def test_without_the_extra_the_package_imports() -> None:
    code = "import sys; sys.modules |= {'onnxruntime': None}; import modnetv_kit.evaluation.cost"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_two_methods_of_one_name_are_refused(model: MODNetV, data: Path) -> None:
    assert "called off" in complaint(lambda: evaluate(model, data, ["off", "refresh", "off"]), InputError)
    assert "holds no clips" in complaint(lambda: evaluate(model, data / "00_static" / "alpha"), DataError)
