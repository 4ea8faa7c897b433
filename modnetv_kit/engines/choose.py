"""The choice of an engine: by name, or the fastest one that is installed."""

from importlib.util import find_spec
from pathlib import Path

import torch

from ..devices import choose_device, cpu_has_bf16
from ..errors import InputError
from ..models import MODNetV
from .cache import converted
from .convert import OF_ENGINES, require, write_networks
from .cores import network_threads
from .int8 import calibration_key, is_calibrated, load_calibration, write_int8
from .interface import Engine, check_threads
from .networks import conversion_key, fold_norms
from .onnx_engine import OnnxEngine
from .openvino_engine import OpenVinoEngine
from .torch_engine import CompiledEngine, TorchEngine, limit_threads

ENGINES = ("torch", "compile", "onnxruntime", "openvino", "openvino-bf16", "openvino-int8")
ON_CPU = ("onnxruntime", "openvino", "openvino-bf16", "openvino-int8")


def open_engine(
    model: MODNetV, name: str = "auto", device: str | torch.device = "auto", threads: int | None = None
) -> Engine:
    """Open the networks of `model` in their current state in a runtime.

    Converting new weights for ONNX Runtime or OpenVINO takes about ten seconds; the result is cached in the user's
    cache folder.

    Args:
        model: the network; moved to the device and set to eval mode.
        name: "auto" for the fastest that is installed (docs/performance.md), or one of `ENGINES`.
        device: see `choose_device`; "auto" means the CPU for CPU-only engines.
        threads: CPU threads; None lets the runtime choose. PyTorch sets them for the whole process.

    Raises:
        InputError: no such engine, a runtime that is not installed, int8 for weights without a calibration, or
            threads below 1.
        DeviceError: no such device, a device that the engine cannot use, or bf16 on a CPU without it.
    """
    check_threads(threads)
    if name not in ("auto", *ENGINES):
        raise InputError(f"there is no engine {name!r}: use auto or one of {', '.join(ENGINES)}")
    place = choose_device("cpu" if name in ON_CPU and device == "auto" else device)
    if name in ON_CPU and place.type != "cpu":
        raise InputError(f"the engine {name} runs on the CPU, not on {place}: use device 'cpu', or engine 'auto'")
    if name == "auto":
        name = fastest(place)
    model.to(place).eval()
    if name == "onnxruntime":
        return OnnxEngine(model, _files(model, "onnx"), threads)
    if name in ON_CPU:
        files = _int8_files(model) if name == "openvino-int8" else _files(model, "openvino")
        return OpenVinoEngine(model, files, threads, name)
    limit_threads(threads)
    if name == "compile":
        return CompiledEngine(model, place)
    folded = fold_norms(model).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return TorchEngine(model, place, folded)


def open_engine_for_video(
    model: MODNetV, name: str = "auto", device: str | torch.device = "auto", threads: int | None = None
) -> Engine:
    """`open_engine`, with the same arguments and errors, for whole videos.

    A runtime on the CPU leaves one core to decoding, compositing and encoding. PyTorch keeps its threads, since they
    belong to the whole process.
    """
    if name == "auto":
        name = fastest(choose_device(device))
    return open_engine(model, name, device, network_threads() if threads is None and name in ON_CPU else threads)


def is_installed(name: str) -> bool:
    """Whether the runtime of an engine is installed and this CPU supports it."""
    if name == "onnxruntime":
        return find_spec("onnxruntime") is not None and find_spec("onnxscript") is not None
    if name.startswith("openvino"):
        return find_spec("openvino") is not None and (name != "openvino-bf16" or cpu_has_bf16())
    return name in ENGINES


def installed_engines(device: torch.device) -> list[str]:
    """The engines that can run on a device here."""
    return [name for name in ENGINES if is_installed(name) and (device.type == "cpu" or name not in ON_CPU)]


def engines_for(model: MODNetV, device: torch.device) -> list[str]:
    """The `installed_engines` that can run a model's weights: openvino-int8 needs their calibration."""
    return [name for name in installed_engines(device) if name != "openvino-int8" or is_calibrated(model)]


def fastest(device: torch.device) -> str:
    """The engine that "auto" means on a device: the fastest one in docs/performance.md that is installed.

    openvino-int8 is faster, but is never chosen: one of sixteen validation clips gets more than a tenth worse.
    """
    if device.type != "cpu":
        return "torch"
    return next(name for name in ("openvino-bf16", "openvino", "torch") if is_installed(name))


def faster_extra(device: str) -> str | None:
    """The command that installs a faster engine than "auto" finds on a device, or None."""
    if device == "cpu" and not is_installed("openvino"):
        return 'pip install "modnetv-kit[openvino]"'
    return None


def _files(model: MODNetV, form: str) -> Path:
    """The networks of the model as files of a format, converted now or taken from the cache."""
    require(form)
    return converted(f"{form}-{conversion_key(model)}", lambda folder: write_networks(model, folder, form, OF_ENGINES))


def _int8_files(model: MODNetV) -> Path:
    """The networks of the model as OpenVINO's files, the step in 8 bits, converted now or taken from the cache."""
    require("openvino")
    ranges = load_calibration(model)
    key = f"int8-{conversion_key(model)}-{calibration_key(ranges)}"
    return converted(key, lambda folder: write_int8(model, folder, ranges))
