"""The int8 engine: ranges are measured as documented, belong to their weights, and quantise only what may be."""

from pathlib import Path

import pytest
import torch
from torch import nn

from modnetv_kit import load_model
from modnetv_kit.engines import engines_for, installed_engines, open_engine
from modnetv_kit.engines.int8 import (
    FLOAT,
    load_calibration,
    measure_ranges,
    quantised_layers,
    save_calibration,
    write_int8,
)
from modnetv_kit.engines.networks import for_export
from modnetv_kit.errors import InputError
from modnetv_kit.models import MODNetV

ov = pytest.importorskip("openvino")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def model() -> MODNetV:
    return load_model(device="cpu")


def test_the_shipped_calibration_is_of_the_shipped_weights_and_names_every_layer_to_quantise(model: MODNetV) -> None:
    ranges = load_calibration(model)
    assert set(ranges) == set(quantised_layers(for_export(model)))
    assert all(low <= 0 < high for low, high in ranges.values())


def test_a_range_is_the_mean_over_frames_of_the_lowest_and_highest_input(model: MODNetV) -> None:
    torch.manual_seed(0)
    first, second = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64) * 0.3
    name = "encoder.features.4.conv.0.0"
    alone = [measure_ranges(model, [clip])[name] for clip in (first, second)]
    together = measure_ranges(model, [first, second])[name]
    assert alone[0] != pytest.approx(alone[1], rel=0.01)
    assert together == pytest.approx(tuple(sum(ends) / 2 for ends in zip(*alone, strict=True)))


def test_a_calibration_is_read_as_written_and_only_for_its_weights(model: MODNetV, tmp_path: Path) -> None:
    ranges = dict.fromkeys(quantised_layers(for_export(model)), (-1.5, 2.25))
    save_calibration(model, ranges, tmp_path / "int8.json")
    assert load_calibration(model, tmp_path / "int8.json") == ranges
    other = load_model(device="cpu")
    nn.init.normal_(other.refinement.patches.predict.weight)  # P is not quantised
    assert load_calibration(other, tmp_path / "int8.json") == ranges
    nn.init.normal_(other.semantic.predict.weight)
    with pytest.raises(InputError, match="bundled weights only"):
        load_calibration(other, tmp_path / "int8.json")
    here = installed_engines(CPU)
    assert engines_for(model, CPU) == here
    assert engines_for(other, CPU) == [name for name in here if name != "openvino-int8"] != here
    with pytest.raises(InputError, match="use engine 'openvino' or 'auto'") as raised:
        open_engine(other, "openvino-int8", "cpu")
    assert "\n" not in str(raised.value)


def test_convolutions_are_rounded_but_for_stem_b_and_logits(model: MODNetV, tmp_path: Path) -> None:
    ranges = load_calibration(model)
    write_int8(model, tmp_path, ranges)
    graph = ov.Core().read_model(tmp_path / "step.xml")
    rounded, plain = set(), set()
    for node in graph.get_ordered_ops():
        if node.get_type_name() in ("Convolution", "GroupConvolution"):
            source = node.input_value(1).get_node()
            quantised = source.get_type_name() == "FakeQuantize"
            assert (node.input_value(0).get_node().get_type_name() == "FakeQuantize") == quantised
            weight = source.input_value(0).get_node().data if quantised else source.data
            (rounded if quantised else plain).add(weight.tobytes())
    weights = {name: value.numpy().tobytes() for name, value in for_export(model).state_dict().items()}
    assert rounded == {weights[f"{name}.weight"] for name in ranges}
    stays = {name for name in weights if name.startswith(FLOAT) and weights[name] in plain}
    assert {name.split(".")[0] for name in stays} == {"encoder", "background", "semantic", "fusion"}
