"""Files of foreign models in their runtimes, behind one interface: ONNX Runtime and LiteRT, on the CPU."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..errors import InputError, one_line

ONNX_TYPES = {"tensor(float16)": np.float16, "tensor(double)": np.float64, "tensor(uint8)": np.uint8}


class Port(NamedTuple):
    """An input of a model.

    Attributes:
        name: its name.
        shape: its sides; None for a side that is free.
        type: NumPy's type of its numbers.
    """

    name: str
    shape: tuple[int | None, ...]
    type: Any


class Runtime(Protocol):
    """A model that has been opened.

    Attributes:
        path: the model's file.
        identity: a hash of the file.
        inputs: the inputs, in order.
        outputs: the names of the outputs, in order.
    """

    path: Path
    identity: str
    inputs: list[Port]
    outputs: list[str]

    def run(self, outputs: Sequence[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        """Run the model once: {name of an input: value} to the values of `outputs`.

        Raises:
            Exception: of the runtime's own kinds, on values that the model does not take.
        """
        ...


class OnnxFile:
    """An .onnx file in ONNX Runtime.

    Args:
        path: the file.

    Raises:
        InputError: the file cannot be read or run, or ONNX Runtime is not installed.
    """

    def __init__(self, path: Path):
        try:
            import onnxruntime
        except ImportError:
            raise InputError('ONNX models need ONNX Runtime: pip install "modnetv-kit[eval]"') from None
        self.path = path
        self.identity = _hash(path, ".onnx")
        try:
            self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        except Exception as error:  # the errors of ONNX Runtime have no common base
            raise InputError(f"{path} is not an ONNX model that runs here ({one_line(error)[:200]})") from None
        self.inputs = [
            Port(
                node.name,
                tuple(side if isinstance(side, int) else None for side in node.shape),
                ONNX_TYPES.get(node.type, np.float32),
            )
            for node in self._session.get_inputs()
        ]
        self.outputs = [node.name for node in self._session.get_outputs()]

    def run(self, outputs: Sequence[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        """See `Runtime.run`."""
        values: list[np.ndarray] = self._session.run(list(outputs), inputs)
        return values


class TfliteFile:
    """A .tflite file in LiteRT.

    Args:
        path: the file.

    Raises:
        InputError: the file cannot be read or run, or LiteRT is not installed.
    """

    def __init__(self, path: Path):
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError:
            raise InputError('TensorFlow Lite models need LiteRT: pip install "modnetv-kit[peers]"') from None
        self.path = path
        self.identity = _hash(path, ".tflite")
        try:
            self._interpreter = Interpreter(model_path=str(path))
            self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise InputError(
                f"{path} is not a TensorFlow Lite model that runs here ({one_line(error)[:200]})"
            ) from None
        details = self._interpreter.get_input_details()
        self._index = {each["name"]: each["index"] for each in [*details, *self._interpreter.get_output_details()]}
        self.inputs = [Port(each["name"], tuple(map(int, each["shape"])), each["dtype"]) for each in details]
        self.outputs = [each["name"] for each in self._interpreter.get_output_details()]

    def run(self, outputs: Sequence[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        """See `Runtime.run`."""
        for name, value in inputs.items():
            self._interpreter.set_tensor(self._index[name], value)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(self._index[name]) for name in outputs]


def _hash(path: Path, suffix: str) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); give the name of a file that ends in {suffix}"
        ) from None
