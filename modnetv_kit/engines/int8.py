"""The frame step in 8 bits: convolutions quantised after training, with ranges measured once.

Activations and weights are rounded to 256 and 255 levels in the usual way (arXiv 1806.08342): activations with one
range a tensor, weights with one a channel. Everything but convolutions stays float, and so do the stem and B, which
compare the frame with its memory.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import InputError
from ..files import replace_file
from ..hub import BUNDLED
from ..model_files import model_hash
from ..models import MODNetV
from .convert import OF_ENGINES, needed, write_networks
from .networks import FrameStep, for_export

Ranges = dict[str, tuple[float, float]]

CALIBRATION = BUNDLED / "int8.json"
# These stay float: the stem and B, which compare the frame with its memory, and the layers that give logits.
FLOAT = (*(f"encoder.features.{i}." for i in range(4)), "background.", "semantic.predict", "fusion.predict")


def step_hash(model: MODNetV) -> str:
    """A hash of the weights of the frame step; P, which is not quantised, does not enter."""
    return model_hash(nn.ModuleDict({name: part for name, part in model.named_children() if name != "refinement"}))


def measure_ranges(model: MODNetV, clips: Iterable[Tensor]) -> Ranges:
    """The range of the input of every convolution to quantise: means over frames of their lowest and highest values.

    Args:
        model: in any mode, on any device; not changed.
        clips: each (T, 3, H, W) in [0, 1]; B's memory starts empty and is carried along.

    Returns:
        (lowest, highest) by the convolution's name.
    """
    network = for_export(model)
    ends: dict[str, list[tuple[float, float]]] = {name: [] for name in quantised_layers(network)}
    for name, seen in ends.items():
        network.get_submodule(name).register_forward_pre_hook(
            lambda _, inputs, seen=seen: seen.append((float(inputs[0].min()), float(inputs[0].max())))
        )
    step = FrameStep(network)
    with torch.inference_mode():
        for clip in clips:
            state: tuple[Tensor, ...] = tuple(network.empty_state(clip[:1]))
            for frame in clip.split(1):
                state = step(frame, *state)[2:]
    # means, since the outliers of single frames would make all levels coarser
    means = {name: np.mean(seen, 0) for name, seen in ends.items()}
    return {name: (min(0.0, float(low)), max(0.0, float(high))) for name, (low, high) in means.items()}


def quantised_layers(network: MODNetV) -> list[str]:
    """The names of the convolutions that are quantised, of a network from `for_export`."""
    return [name for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d) and not _stays(name)]


def _stays(name: str) -> bool:
    """Whether a layer stays float or is no part of the frame step."""
    return name.startswith((*FLOAT, "refinement.", "detail.predict"))


def save_calibration(model: MODNetV, ranges: Ranges, path: Path = CALIBRATION) -> None:
    """Write the ranges of a model's weights as JSON."""
    rounded = {name: [float(f"{value:.5g}") for value in ends] for name, ends in ranges.items()}
    text = json.dumps({"weights": step_hash(model), "ranges": rounded}, indent=1) + "\n"
    replace_file(path, lambda partial: partial.write_text(text))


def is_calibrated(model: MODNetV, path: Path = CALIBRATION) -> bool:
    """Whether ranges were measured for a model's weights."""
    return path.exists() and json.loads(path.read_text()).get("weights") == step_hash(model)


def load_calibration(model: MODNetV, path: Path = CALIBRATION) -> Ranges:
    """The ranges that were measured for a model's weights.

    Raises:
        InputError: there are none.
    """
    if not is_calibrated(model, path):
        raise InputError(
            "the engine openvino-int8 is calibrated for the bundled weights only: use engine 'openvino' or 'auto'"
        )
    return {name: (low, high) for name, (low, high) in json.loads(path.read_text())["ranges"].items()}


def calibration_key(ranges: Ranges) -> str:
    """A hash of ranges and of this module, 12 hexadecimal digits."""
    return hashlib.sha256(repr(sorted(ranges.items())).encode() + Path(__file__).read_bytes()).hexdigest()[:12]


def write_int8(model: MODNetV, folder: Path, ranges: Ranges) -> None:
    """Write `step`, quantised, and `patches` in OpenVINO's format into an existing folder.

    Raises:
        InputError: OpenVINO is not installed.
    """
    openvino = needed("openvino", "openvino", "the openvino-int8 engine")
    write_networks(model, folder, "openvino", OF_ENGINES)
    float_step = folder / "step.xml"
    # copied, since the file that is read stays mapped into memory
    graph = openvino.Core().read_model(float_step.read_bytes(), float_step.with_suffix(".bin").read_bytes())
    _insert_rounding(graph, for_export(model), ranges)
    openvino.save_model(graph, float_step, compress_to_fp16=False)


def _insert_rounding(graph: Any, network: MODNetV, ranges: Ranges) -> None:
    """Put a FakeQuantize before both inputs of every convolution to quantise; OpenVINO then computes it in 8 bits."""
    from openvino import opset13 as ops

    # a convolution is recognised by its weights, since exporters name layers as they like
    weights = network.state_dict()
    names = {weights[f"{name}.weight"].numpy().tobytes(): name for name in ranges}
    found = set()
    for node in graph.get_ordered_ops():
        if node.get_type_name() not in ("Convolution", "GroupConvolution"):
            continue
        weight = node.input_value(1).get_node().data
        name = names.get(weight.tobytes())
        if name is None:
            continue
        found.add(name)
        low, high = (ops.constant(np.float32(end)) for end in _with_zero(*ranges[name]))
        node.input(0).replace_source_output(ops.fake_quantize(node.input_value(0), low, high, low, high, 256).output(0))
        # the last three axes are the kernel; groups add one before them
        largest = np.abs(weight).max(axis=tuple(range(weight.ndim - 3, weight.ndim)), keepdims=True) + 1e-8
        down, up = ops.constant(-largest), ops.constant(largest)
        node.input(1).replace_source_output(ops.fake_quantize(node.input_value(1), down, up, down, up, 255).output(0))
    missing = ranges.keys() - found
    assert not missing, f"the exported step has no {sorted(missing)}"
    graph.validate_nodes_and_infer_types()


def _with_zero(low: float, high: float) -> tuple[float, float]:
    """The range moved so that 0 is one of its 256 levels, as zero padding needs."""
    step = max(high - low, 1e-6) / 255
    below = round(-low / step)
    return -below * step, (255 - below) * step
