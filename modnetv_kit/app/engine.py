"""The model, loaded once for all users, and the GPU that a ZeroGPU Space provides temporarily."""

import importlib.util
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

HAS_SPACES = importlib.util.find_spec("spaces") is not None
ON_ZERO_GPU = HAS_SPACES and os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "true", "t")
if HAS_SPACES:
    import spaces  # before torch: it emulates CUDA until a GPU is assigned

from ..devices import choose_device  # noqa: E402
from ..engines import Engine, open_engine_for_video  # noqa: E402
from ..models import MODNetV  # noqa: E402

Function = TypeVar("Function", bound=Callable[..., Any])

_lock = threading.Lock()
_model: MODNetV | None = None
_device = "auto"
_runtime: Engine | None = None


def load(weights: str | Path | None = None, device: str = "auto") -> MODNetV:
    """Load the model that all requests share, on the device that runs them.

    Args:
        weights: as for `modnetv_kit.load_model`.
        device: see `choose_device`. On ZeroGPU the model stays on the CPU, which runs short work.

    Raises:
        DeviceError, WeightsError: the device or the weights cannot be used.
    """
    from ..hub import load_model

    chosen = "cpu" if ON_ZERO_GPU else str(choose_device(device))
    use(load_model(weights, device=chosen), chosen)
    # preparing new weights takes ten seconds, for which neither the page nor most users should wait
    threading.Thread(target=runtime, daemon=True).start()
    return model()


def use(network: MODNetV, device: str) -> None:
    """Share `network`, which is on `device`."""
    global _model, _device, _runtime
    with _lock:
        _model, _device, _runtime = network, device, None


def model() -> MODNetV:
    """The shared model; the bundled one if none was loaded."""
    if _model is None:
        load()
    assert _model is not None
    return _model


def runtime() -> Engine:
    """The engine of the shared model, for all requests in this process."""
    global _runtime
    network = model()
    with _lock:
        if _runtime is None:
            _runtime = open_engine_for_video(network, "auto", _device)
        return _runtime


def device() -> str:
    """The device on which this process runs the model."""
    model()
    return _device


def long_work_device() -> str:
    """The device for whole videos: the assigned GPU on ZeroGPU, otherwise the device of the model."""
    return "cuda" if ON_ZERO_GPU else device()


def long_work_engine() -> str | Engine:
    """The engine for whole videos: the shared one, or a new one in the GPU process of ZeroGPU."""
    return "auto" if ON_ZERO_GPU else runtime()


def on_gpu(seconds: Callable[..., int]) -> Callable[[Function], Function]:
    """Run a function on a GPU that ZeroGPU assigns for `seconds(*arguments)`; elsewhere call it directly.

    On ZeroGPU the function runs in a separate process: arguments and results must be picklable, and errors should be
    returned as results.
    """

    def decorate(function: Function) -> Function:
        return spaces.GPU(duration=seconds)(function) if HAS_SPACES else function

    return decorate
