"""This model against another one with RVM's interface: same frame, same runtime, same threads, in alternation."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..engines import installed_engines, open_engine
from ..engines.openvino_engine import compile_options
from ..evaluation.onnx_model import INPUTS, MEMORY, OUTPUTS, OnnxModel
from ..models import MODNetV
from .drawn_clip import DrawnClip
from .isolated import run_isolated
from .timing import RUNS, Timing, time_turns

RUNTIMES = ("onnxruntime", "openvino", "openvino-bf16")
Run = Callable[[dict[str, np.ndarray]], list[np.ndarray]]


@dataclass(frozen=True)
class Versus:
    """A frame of 512 x 288 in one runtime.

    Attributes:
        runtime: the engine's name.
        ours, theirs: of a frame.
        ratio: ours / theirs of each turn.
    """

    runtime: str
    ours: Timing
    theirs: Timing
    ratio: Timing


def measure_versus(
    model: MODNetV, path: Path, threads: int | None, size: tuple[int, int] = (512, 288), runs: int = RUNS
) -> list[Versus]:
    """Compare in every runtime that is installed, on the CPU.

    Args:
        model: ours.
        path: theirs, an .onnx file with RVM's interface.
        threads: of the CPU, for both; None for the runtime's own choice.
        size: (width, height) of the frame, at most 512 on the long side, so that neither model shrinks it.
        runs: number of turns.

    Raises:
        InputError: the file cannot be read or has another interface.
    """
    OnnxModel(path)  # checks the file
    installed = [name for name in installed_engines(torch.device("cpu")) if name in RUNTIMES]
    return [run_isolated(_measure, model.cpu(), path, name, threads, size, runs) for name in installed]


@torch.inference_mode()
def _measure(model: MODNetV, path: Path, runtime: str, threads: int | None, size: tuple[int, int], runs: int) -> Versus:
    engine = open_engine(model, runtime, "cpu", threads=threads)
    image = DrawnClip(*size).frame(0)
    frame = torch.from_numpy(image).permute(2, 0, 1)[None].contiguous().float() / 255
    state = engine.step(frame, model.empty_state(frame))[1]
    run = _onnxruntime(path, threads) if runtime == "onnxruntime" else _openvino(path, threads, runtime)
    source = {"src": frame.numpy(), "downsample_ratio": np.ones(1, np.float32)}
    memory = run(source | {f"{name}i": np.zeros((1, 1, 1, 1), np.float32) for name in MEMORY})[2:]
    inputs = source | {f"{name}i": value for name, value in zip(MEMORY, memory, strict=True)}
    return Versus(runtime, *time_turns(lambda: engine.step(frame, state), lambda: run(inputs), runs))


def _onnxruntime(path: Path, threads: int | None) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    if threads is not None:
        options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda inputs: session.run(OUTPUTS, inputs)


def _openvino(path: Path, threads: int | None, runtime: str) -> Run:
    import openvino

    core = openvino.Core()
    options = compile_options(runtime.endswith("bf16"), threads)
    request = core.compile_model(core.read_model(path), "CPU", options).create_infer_request()

    def run(inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        results = request.infer({name: inputs[name] for name in INPUTS}, share_inputs=True, share_outputs=False)
        return [results[name] for name in OUTPUTS]

    return run
