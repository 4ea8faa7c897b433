"""OpenVINO on the CPU, in fp32, bf16 or int8."""

import threading
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..devices import cpu_has_bf16
from ..errors import DeviceError
from ..models import BackgroundState, CoarseOutput, MODNetV
from .convert import needed
from .interface import one_by_one
from .onnx_engine import as_array


class OpenVinoEngine:
    """The networks in OpenVINO on the CPU.

    Args:
        model: on the CPU.
        folder: with step.xml and patches.xml, see `write_networks`.
        threads: of the runtime; None lets it choose.
        name: "openvino"; "openvino-bf16" computes in bf16 where that keeps the range of fp32, twice as fast on CPUs
            with instructions for it; "openvino-int8" needs a folder from `write_int8`.

    Raises:
        DeviceError: bf16 on a CPU without it.
    """

    device = torch.device("cpu")

    def __init__(self, model: MODNetV, folder: Path, threads: int | None = None, name: str = "openvino"):
        self.name = name
        self.model = model
        bf16 = name == "openvino-bf16"
        if bf16 and not cpu_has_bf16():
            raise DeviceError("this CPU has no bf16 instructions: use engine 'openvino' or 'auto'")
        core = _runtime().Core()
        options = compile_options(bf16, threads)
        self._compiled = {
            name: core.compile_model(folder / f"{name}.xml", "CPU", options) for name in ("step", "patches")
        }
        self._requests = threading.local()  # a request holds the buffers of one run, so every thread needs its own

    def step(self, frame: Tensor, state: BackgroundState) -> tuple[CoarseOutput, BackgroundState]:
        """See `Engine.step`."""
        return one_by_one(self._one, frame, state)

    def _one(self, frame: Tensor, state: BackgroundState) -> tuple[CoarseOutput, BackgroundState]:
        alpha, s_p, *state_after = self._infer("step", frame, *state)
        return CoarseOutput(alpha, s_p, None), BackgroundState(*state_after)

    def patches(self, patches: Tensor) -> Tensor:
        """See `Engine.patches`."""
        return self._infer("patches", patches)[0]

    def _infer(self, name: str, *inputs: Tensor) -> list[Tensor]:
        request = getattr(self._requests, name, None)
        if request is None:
            request = self._compiled[name].create_infer_request()
            setattr(self._requests, name, request)
        # inputs are not copied; outputs are, since the next run overwrites them
        results = request.infer([as_array(x) for x in inputs], share_inputs=True, share_outputs=False)
        return [torch.from_numpy(results[i]) for i in range(len(results))]


def compile_options(bf16: bool, threads: int | None) -> dict[str, object]:
    """Options with which OpenVINO compiles a network that runs on one frame at a time.

    Args:
        bf16: compute in bf16 where that keeps the range of fp32.
        threads: of the runtime; None lets it choose.
    """
    options: dict[str, object] = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
    }
    if threads is not None:
        options["INFERENCE_NUM_THREADS"] = threads
    return options


def _runtime() -> Any:
    return needed("openvino", "openvino", "the openvino engine")
