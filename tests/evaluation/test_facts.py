"""What the table of methods says beside errors: what methods were told, their size and their speed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from eval_clips import Scripted, opened, write_clip
from model_helpers import complaint
from peer_files import FREE, onnx_model, tflite_model

from modnetv_kit.errors import InputError
from modnetv_kit.evaluation import ClipFiles, Prediction, evaluate, open_method
from modnetv_kit.evaluation.cost import count_multiply_adds, count_parameters
from modnetv_kit.evaluation.facts import FRAME, facts_of
from modnetv_kit.evaluation.field_table import BEGIN, END, field_rows, write_field
from modnetv_kit.evaluation.peer_cost import count_cost
from modnetv_kit.evaluation.peer_model import PeerModel
from modnetv_kit.evaluation.peer_runtimes import OnnxFile
from modnetv_kit.evaluation.preset import Preset
from modnetv_kit.evaluation.stopwatch import TimedMethod
from modnetv_kit.models import MODNetV


@pytest.fixture(scope="module")
def model() -> MODNetV:
    torch.manual_seed(0)
    return MODNetV().eval()


def test_every_method_says_its_family_and_what_it_is_told(model: MODNetV) -> None:
    said = {
        "off": ("auxiliary-free", "nothing"),
        "refresh": ("background restoration", "nothing"),
        "plate": ("background restoration", "true plate"),
        "ofd": ("auxiliary-free", "nothing"),
        "click": ("interactive", "click in the first frame"),
        "click:3": ("interactive", "3 clicks"),
        "trimap": ("propagated trimap", "true trimap of the first frame"),
        "photo": ("background-based", "true plate of the first frame"),
        "closed-form": ("trimap-based", "true trimap of every frame"),
        "grabcut": ("interactive", "true box of every frame"),
        "mog2": ("background subtraction", "nothing"),
    }
    for name, expected in said.items():
        facts = facts_of(open_method(name, model))
        assert (facts.family, facts.told) == expected, name
    assert facts_of(Scripted()).family is None


def test_the_kits_networks_are_counted(model: MODNetV) -> None:
    facts = facts_of(open_method("refresh", model))
    assert facts.parameters == sum(count_parameters(model))
    assert facts.multiply_adds == count_multiply_adds(model, FRAME[1], FRAME[0])


def test_convolutions_of_onnx_models_are_counted_at_the_size_they_see(tmp_path: Path) -> None:
    weights = np.ones((2, 3), np.float32)
    for size, pixels in ((None, 512 * 288), ((64, 32), 64 * 32)):
        path = onnx_model(tmp_path / "net.onnx", weights, {"input": FREE})
        facts = PeerModel(OnnxFile(path), Preset(size=size, category=0), "net").facts()
        assert facts.parameters == 6
        assert facts.multiply_adds == 6 * pixels


def test_products_and_transposed_convolutions_of_onnx_models_are_counted(tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    kernel = np.ones((3, 4, 2, 2), np.float32)  # 3 channels in, 4 out
    nodes = [
        helper.make_node("ConvTranspose", ["x", "kernel"], ["wide"], strides=[2, 2]),
        helper.make_node("MatMul", ["wide", "matrix"], ["y"]),
    ]
    stored = [
        numpy_helper.from_array(kernel, "kernel"),
        numpy_helper.from_array(np.ones((10, 7), np.float32), "matrix"),
    ]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None, None, None]) for name in "xy")
    graph = helper.make_graph(nodes, "two", [x], [y], stored)
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), tmp_path / "two.onnx"
    )
    cost = count_cost(OnnxFile(tmp_path / "two.onnx"), {"x": np.ones((1, 3, 6, 5), np.float32)})
    assert cost.parameters == 48 + 70
    assert cost.multiply_adds == 3 * 6 * 5 * 4 * 2 * 2 + (4 * 12 * 7) * 10


def test_weights_of_tflite_models_are_counted_and_their_shapes_are_not(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    method = open_method(f"tflite:{tflite_model(tmp_path / 'a.tflite', 32, 64)}@mediapipe_selfie", MODNetV())
    assert facts_of(method).parameters == 0
    assert facts_of(method).multiply_adds is None


class Clock:
    """A clock that moves only when it is told to, so that a busy machine changes nothing."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("modnetv_kit.evaluation.stopwatch.time", clock)
    return clock


class Slow:
    """A method that takes 5 seconds for the first frame and 2 for every other."""

    name = identity = "slow"

    def __init__(self, clock: Clock):
        self.clock = clock

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        for index, _ in enumerate(clip.read_frames()):
            self.clock.now += 2 if index else 5
            yield Prediction(clip.read_alpha(index))


def test_time_is_that_of_the_method_without_reading_and_without_its_first_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    clip = opened(write_clip(tmp_path / "clip", 4).parent)
    read = ClipFiles._read

    def slowly(self: ClipFiles, path: Path, mode: str) -> np.ndarray:
        clock.now += 100
        return read(self, path, mode)

    monkeypatch.setattr(ClipFiles, "_read", slowly)
    timed = TimedMethod(Slow(clock))
    predictions = list(timed.matte(clip))
    np.testing.assert_array_equal(predictions[3].alpha, clip.read_alpha(3))
    assert timed.seconds == [5, 2, 2, 2]
    assert timed.seconds_a_frame == 2


def test_speeds_are_kept_with_the_results(model: MODNetV, tmp_path: Path, clock: Clock) -> None:
    data = write_clip(tmp_path / "data" / "00_static").parent
    first = evaluate(model, data, [Slow(clock)], json_file=tmp_path / "r.json")
    again = evaluate(model, data, [Slow(clock)], json_file=tmp_path / "r.json")
    assert first.seconds == again.seconds == {"00_static": {"slow": 2}}
    (row,) = field_rows(again)["static"]
    assert row.speed == 0.5


def test_the_markdown_table_is_replaced_and_the_text_around_it_kept(model: MODNetV, tmp_path: Path) -> None:
    data = write_clip(tmp_path / "data" / "00_static").parent
    page = tmp_path / "peers.md"
    page.write_text(f"before\n{BEGIN}\nstale\n{END}\nafter\n")
    write_field(evaluate(model, data, ["refresh", "mog2"]), page)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "stale" not in text
    assert "| mog2 | background subtraction | nothing | - | - | - |" in text
    assert "| method | family | told | licence | parameters |" in text
    write_field(evaluate(model, data, ["mog2"]), tmp_path / "new.md")
    assert "| mog2 |" in (tmp_path / "new.md").read_text()
    page.write_text("a page of somebody's own")
    assert "no place for the table" in complaint(lambda: write_field(evaluate(model, data, ["mog2"]), page), InputError)
    assert page.read_text() == "a page of somebody's own"
