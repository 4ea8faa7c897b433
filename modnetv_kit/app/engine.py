"""The model, loaded once for all visitors, and the GPU that a ZeroGPU Space lends for a while."""

import importlib.util
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

HAS_SPACES = importlib.util.find_spec("spaces") is not None
ON_ZERO_GPU = HAS_SPACES and os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "true", "t")
if HAS_SPACES:
    import spaces  # before torch, whose CUDA it stands in for until a GPU is lent

from ..devices import choose_device  # noqa: E402
from ..engines import Engine, open_engine_for_video  # noqa: E402
from ..models import MODNetV  # noqa: E402

Function = TypeVar("Function", bound=Callable[..., Any])

_lock = threading.Lock()
_model: MODNetV | None = None
_device = "auto"
_runtime: Engine | None = None


def load(weights: str | Path | None = None, device: str = "auto") -> MODNetV:
    """Load the model that all requests share, onto the device where requests run.

    Args:
        weights: as for `modnetv_kit.load_model`.
        device: see `choose_device`. On ZeroGPU the model waits on the CPU, which is where short work is done.

    Raises:
        DeviceError, WeightsError: the device or the weights cannot be used.
    """
    from ..hub import load_model

    home = "cpu" if ON_ZERO_GPU else str(choose_device(device))
    use(load_model(weights, device=home), home)
    # new weights take ten seconds: neither the page nor, mostly, a visitor waits for that
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
    """The device for whole videos: the lent GPU on ZeroGPU, otherwise the device of the model."""
    return "cuda" if ON_ZERO_GPU else device()


def long_work_engine() -> str | Engine:
    """The engine for whole videos: the shared one, or a new one in the GPU process of ZeroGPU."""
    return "auto" if ON_ZERO_GPU else runtime()


def on_gpu(seconds: Callable[..., int]) -> Callable[[Function], Function]:
    """Run a function on the GPU that ZeroGPU lends for `seconds(*arguments)`; elsewhere call it directly.

    On ZeroGPU the function runs in a process of its own: its arguments and results must be picklable, and errors are
    best sent as results.
    """

    def decorate(function: Function) -> Function:
        return spaces.GPU(duration=seconds)(function) if HAS_SPACES else function

    return decorate
