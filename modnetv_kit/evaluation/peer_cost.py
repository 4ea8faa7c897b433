"""Parameters and multiply-adds of foreign models, counted in their files."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .peer_runtimes import OnnxFile, Runtime, TfliteFile

COUNTED = ("Conv", "ConvTranspose", "Gemm", "MatMul")


class Cost(NamedTuple):
    """What a model costs.

    Attributes:
        parameters: None if they cannot be counted.
        multiply_adds: of one run; None if they cannot be counted.
    """

    parameters: int | None = None
    multiply_adds: int | None = None


def count_cost(runtime: Runtime, inputs: dict[str, np.ndarray]) -> Cost:
    """Count a model's parameters and the multiply-adds of one run.

    Parameters are the stored numbers of a floating-point or 8-bit type. Multiply-adds are those of convolutions and
    matrix products in the main graph of an ONNX model; those of TensorFlow Lite models are not counted. Without the
    package onnx, neither are counted for ONNX models.

    Args:
        runtime: the model.
        inputs: of the run, {name: value}.

    Examples:
        >>> import onnx
        >>> import tempfile
        >>> graph = "net (float[1,3,8,8] x) => (float[1,2,8,8] y) <float[2,3,1,1] w = {1,1,1,1,1,1}> { y = Conv(x, w) }"
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "net.onnx")
        ...     onnx.save(onnx.parser.parse_model('<ir_version: 9, opset_import: ["": 17]> ' + graph), path)
        ...     count_cost(OnnxFile(path), {"x": np.zeros((1, 3, 8, 8), np.float32)})
        Cost(parameters=6, multiply_adds=384)
    """
    if isinstance(runtime, TfliteFile):
        return Cost(_tflite_parameters(runtime.path))
    if not isinstance(runtime, OnnxFile) or find_spec("onnx") is None:
        return Cost()
    import onnx

    model = onnx.load(runtime.path)
    weights = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.INT8, onnx.TensorProto.UINT8)
    parameters = sum(int(np.prod(each.dims)) for each in model.graph.initializer if each.data_type in weights)
    return Cost(parameters, _multiply_adds(model, inputs))


def _multiply_adds(model: Any, inputs: dict[str, np.ndarray]) -> int | None:
    """Run a model whose outputs are the shapes of what its convolutions and products take and give."""
    import onnxruntime
    from onnx import TensorProto, helper

    nodes = [node for node in model.graph.node if node.op_type in COUNTED]
    names = list(dict.fromkeys(name for node in nodes for name in (*node.input[:2], node.output[0])))
    if not names:
        return 0
    # shapes are small, so that nothing large has to be kept until the end of the run
    shown = [f"{i} shape" for i in range(len(names))]
    model.graph.node.extend(
        helper.make_node("Shape", [name], [shape]) for name, shape in zip(names, shown, strict=True)
    )
    del model.graph.output[:]
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.INT64, [None]) for name in shown)
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        shapes = dict(zip(names, session.run(shown, inputs), strict=True))
    except Exception:  # a model of more than 2 GB cannot be changed in memory; errors have no common base
        return None
    return sum(_of_node(node, *(shapes[name] for name in (*node.input[:2], node.output[0]))) for node in nodes)


def _of_node(node: Any, first: np.ndarray, second: np.ndarray, given: np.ndarray) -> int:
    """Multiply-adds of one node, from the shapes of its first two inputs and its output."""
    if node.op_type == "Conv":  # weights are (C out, C in a group, kernel)
        return int(np.prod(given) * np.prod(second[1:]))
    if node.op_type == "ConvTranspose":  # weights are (C in, C out a group, kernel)
        return int(np.prod(first) * np.prod(second[1:]))
    turned = any(each.name == "transA" and each.i for each in node.attribute)
    return int(np.prod(given) * first[0 if turned else -1])


def _tflite_parameters(path: Path) -> int:
    """The numbers in a file's constant tensors of a floating-point or 8-bit type."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    kinds = schema.TensorType
    weights = (kinds.FLOAT32, kinds.FLOAT16, kinds.INT8, kinds.UINT8)
    return sum(
        int(np.prod(tensor.shape))
        for graph in model.subgraphs
        for tensor in graph.tensors
        if tensor.type in weights and model.buffers[tensor.buffer].data is not None
    )
