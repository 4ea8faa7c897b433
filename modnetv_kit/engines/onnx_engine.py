"""ONNX Runtime on the CPU."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..models import BackgroundState, CoarseOutput, MODNetV
from .convert import needed
from .interface import one_by_one
from .networks import PATCHES_INPUTS, STEP_INPUTS


class OnnxEngine:
    """The networks in ONNX Runtime, fp32 on the CPU.

    Args:
        model: on the CPU.
        folder: with step.onnx and patches.onnx, see `write_networks`.
        threads: of the runtime; None lets it choose.
    """

    name = "onnxruntime"
    device = torch.device("cpu")

    def __init__(self, model: MODNetV, folder: Path, threads: int | None = None):
        runtime = needed("onnxruntime", "export", "the onnxruntime engine")
        options = runtime.SessionOptions()
        if threads is not None:
            options.intra_op_num_threads = threads
        self.model = model
        self._step, self._patches = (
            runtime.InferenceSession(folder / f"{name}.onnx", options, providers=["CPUExecutionProvider"])
            for name in ("step", "patches")
        )

    def step(self, frame: Tensor, state: BackgroundState) -> tuple[CoarseOutput, BackgroundState]:
        """See `Engine.step`."""
        return one_by_one(self._one, frame, state)

    def _one(self, frame: Tensor, state: BackgroundState) -> tuple[CoarseOutput, BackgroundState]:
        inputs = dict(zip(STEP_INPUTS, map(as_array, (frame, *state)), strict=True))
        alpha, s_p, *state_after = map(torch.from_numpy, self._step.run(None, inputs))
        return CoarseOutput(alpha, s_p, None), BackgroundState(*state_after)

    def patches(self, patches: Tensor) -> Tensor:
        """See `Engine.patches`."""
        return torch.from_numpy(self._patches.run(None, {PATCHES_INPUTS[0]: as_array(patches)})[0])


def as_array(x: Tensor) -> np.ndarray:
    """A CPU tensor as an array in C order, copied only if it has another order."""
    return x.contiguous().numpy()
