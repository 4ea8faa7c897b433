"""Small models with the interfaces of the field, whose maps are easy to compute by hand."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from modnetv_kit.evaluation import ClipFiles, list_clips, open_clip

Shape = tuple[int | str, ...]
FREE: Shape = (1, 3, "H", "W")


def onnx_model(
    path: Path, weights: np.ndarray, inputs: dict[str, Shape] | None = None, outputs: tuple[str, ...] = ("output",)
) -> Path:
    """A model whose map is `weights`, (channels of the map, channels of all inputs), times the channels of a pixel.

    Inputs of (1, H, W, C) make a model in NHWC. Outputs after the first are zeros of the map's shape.
    """
    inputs = inputs or {"input": FREE}
    last = {shape[3] for shape in inputs.values()} <= {1, 2, 3, 4, 6}
    nodes, names = [], []
    for name in inputs:
        names.append(f"{name} first" if last else name)
        if last:
            nodes.append(helper.make_node("Transpose", [name], [names[-1]], perm=[0, 3, 1, 2]))
    nodes.append(helper.make_node("Concat", names, ["all"], axis=1))
    nodes.append(helper.make_node("Conv", ["all", "weights"], ["map"]))
    back = [0, 2, 3, 1] if last else [0, 1, 2, 3]
    nodes.append(helper.make_node("Transpose", ["map"], [outputs[0]], perm=back))
    nodes += [helper.make_node("Sub", [outputs[0], outputs[0]], [name]) for name in outputs[1:]]
    kernel = numpy_helper.from_array(np.asarray(weights, np.float32)[:, :, None, None], "weights")
    graph = helper.make_graph(
        nodes,
        "peer",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", "c", "h", "w"]) for name in outputs],
        [kernel],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def tflite_model(path: Path, height: int, width: int) -> Path:
    """A model that takes (1, H, W, 3) and gives the mean of a pixel's channels, (1, H, W, 1)."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    def tensor(name: str, shape: list[int], buffer: int, kind: int) -> "schema.TensorT":
        made = schema.TensorT()
        made.name, made.shape, made.buffer, made.type = name, shape, buffer, kind
        return made

    axes = schema.BufferT()
    axes.data = np.frombuffer(np.array([3], np.int32).tobytes(), np.uint8)
    mean = schema.OperatorT()
    mean.opcodeIndex, mean.inputs, mean.outputs = 0, [0, 1], [2]
    mean.builtinOptionsType, mean.builtinOptions = schema.BuiltinOptions.ReducerOptions, schema.ReducerOptionsT()
    mean.builtinOptions.keepDims = True
    graph = schema.SubGraphT()
    graph.tensors = [
        tensor("picture", [1, height, width, 3], 0, schema.TensorType.FLOAT32),
        tensor("axes", [1], 1, schema.TensorType.INT32),
        tensor("mask", [1, height, width, 1], 0, schema.TensorType.FLOAT32),
    ]
    graph.inputs, graph.outputs, graph.operators = [0], [2], [mean]
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.MEAN
    model = schema.ModelT()
    model.version, model.subgraphs, model.operatorCodes = 3, [graph], [code]
    model.buffers = [schema.BufferT(), axes]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    path.write_bytes(bytes(builder.Output()))
    return path


def flat_clip(folder: Path, colour: tuple[int, int, int], *, plate: tuple[int, int, int] | None = None) -> ClipFiles:
    """Two frames of 64 x 48 of one colour, with the left half as the true foreground."""
    alpha = np.zeros((48, 64), np.uint8)
    alpha[:, :32] = 255
    for index in range(2):
        pictures = {"frames": np.full((48, 64, 3), colour, np.uint8), "alpha": alpha}
        if plate:
            pictures["background"] = np.full((48, 64, 3), plate, np.uint8)
        for kind, picture in pictures.items():
            (folder / kind).mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(folder / kind / f"{index:04d}.png")
    (clip,) = list_clips(folder)
    return open_clip(clip)
