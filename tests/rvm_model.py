"""A tiny ONNX model with RVM's interface and outputs that are easy to compute by hand."""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

from modnetv_kit.evaluation.onnx_model import INPUTS, OUTPUTS


def recurrent_model(path: Path, kind: int = TensorProto.FLOAT, left_out: str = "") -> Path:
    """A model of RVM's interface: pha is 0.25 for every frame so far, fgr is src, r2o is the ratio it was given."""
    shape = [1, "C", "H", "W"]
    one = helper.make_tensor("quarter", kind, [1], [0.25])
    nodes = [
        helper.make_node("Add", ["r1i", "quarter"], ["r1o"]),
        helper.make_node("ReduceMean", ["src"], ["mean"], keepdims=1),
        helper.make_node("Sub", ["src", "src"], ["nothing"]),
        helper.make_node("ReduceSum", ["nothing", "axis"], ["plane"], keepdims=1),
        helper.make_node("Add", ["plane", "r1o"], ["pha"]),
        helper.make_node("Identity", ["src"], ["fgr"]),
        helper.make_node("Cast", ["downsample_ratio"], ["ratio"], to=kind),
        helper.make_node("Add", ["r2i", "ratio"], ["r2o"]),
        helper.make_node("Identity", ["r3i"], ["r3o"]),
        helper.make_node("Identity", ["mean"], ["r4o"]),
    ]
    inputs = [helper.make_tensor_value_info(name, kind, shape) for name in INPUTS[:-1]]
    inputs.append(helper.make_tensor_value_info("downsample_ratio", TensorProto.FLOAT, [1]))
    outputs = [helper.make_tensor_value_info(name, kind, shape) for name in OUTPUTS if name != left_out]
    axis = helper.make_tensor("axis", TensorProto.INT64, [1], [1])
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, [one, axis])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
