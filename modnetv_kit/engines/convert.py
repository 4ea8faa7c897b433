"""Exported networks as files in ONNX or OpenVINO's format, with names and metadata."""

import importlib
import logging
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from torch.export import ExportedProgram

from ..errors import InputError, OutputError
from ..models import MODNetV
from .networks import (
    FLAWS_INPUTS,
    FLAWS_OUTPUTS,
    PATCHES_INPUTS,
    PATCHES_OUTPUTS,
    STEP_INPUTS,
    STEP_OUTPUTS,
    export_flaws,
    export_patches,
    export_step,
    for_export,
    settings,
)

NETWORK_SUFFIXES = {"onnx": ".onnx", "openvino": ".xml"}
Names = tuple[str, ...]
_NETWORKS: dict[str, tuple[Callable[[MODNetV], ExportedProgram], Names, Names]] = {
    "step": (export_step, STEP_INPUTS, STEP_OUTPUTS),
    "flaws": (export_flaws, FLAWS_INPUTS, FLAWS_OUTPUTS),
    "patches": (export_patches, PATCHES_INPUTS, PATCHES_OUTPUTS),
}
OF_ENGINES = ("step", "patches")  # the networks that engines run; the flaw detector is quick in PyTorch


def write_networks(model: MODNetV, folder: Path, form: str, names: Names = tuple(_NETWORKS)) -> None:
    """Write the frame step, P's flaw detector and its PatchNet as `step`, `flaws` and `patches` into `folder`.

    Args:
        model: in any mode, on any device; not changed.
        folder: an existing folder.
        form: one of `NETWORK_SUFFIXES`. OpenVINO keeps the weights beside the .xml, in a .bin.
        names: those to write.

    Raises:
        InputError: the exporter for this format is not installed.
    """
    write = _write_onnx if form == "onnx" else _write_openvino
    require(form)
    networks = for_export(model)
    with _quiet():
        for name in names:
            program, inputs, outputs = _NETWORKS[name]
            write(program(networks), folder / f"{name}{NETWORK_SUFFIXES[form]}", inputs, outputs, settings(model))


def export_networks(model: MODNetV, out: Path, form: str) -> list[Path]:
    """Write `step`, `flaws` and `patches` into a folder: all of their files, or none.

    Args:
        model: as for `write_networks`.
        out: a folder, created if missing; files of the same names are replaced.
        form: one of `NETWORK_SUFFIXES`.

    Returns:
        The paths of the files.

    Raises:
        InputError: no such format, or its exporter is not installed.
        OutputError: the folder cannot be written.
    """
    if form not in NETWORK_SUFFIXES:
        raise InputError(f"there is no format {form!r}: use {' or '.join(NETWORK_SUFFIXES)}")
    require(form)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out, prefix=".partial-") as work:
            write_networks(model, Path(work), form)
            return [path.replace(out / path.name) for path in sorted(Path(work).iterdir())]
    except OSError as error:
        raise OutputError(f"cannot write into {out} ({error.strerror or error}): choose another folder") from None


def require(form: str) -> None:
    """Check that the exporter for `form` is installed, before any work is done.

    Raises:
        InputError: it is not.
    """
    if form == "onnx":
        needed("onnxscript", "export", "exporting to ONNX")
    else:
        needed("openvino", "openvino", "OpenVINO's format")


def needed(module: str, extra: str, purpose: str) -> ModuleType:
    """Import a module from an extra.

    Raises:
        InputError: it is not installed; the message names the extra.
    """
    # OpenVINO's converter sends usage data if it finds this package. No user data may leave the machine.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: import fails, and it goes on
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(f'{purpose} needs {error.name or module}: pip install "modnetv-kit[{extra}]"') from None


def _write_onnx(program: ExportedProgram, path: Path, inputs: Names, outputs: Names, metadata: dict[str, str]) -> None:
    import torch

    converted = torch.onnx.export(program, input_names=inputs, output_names=outputs, dynamo=True, verbose=False)
    assert converted is not None  # no file was requested
    converted.model.metadata_props.update(metadata)
    converted.save(path, external_data=False)


def _write_openvino(
    program: ExportedProgram, path: Path, inputs: Names, outputs: Names, metadata: dict[str, str]
) -> None:
    import openvino

    converted = openvino.convert_model(program)
    for ports, names in ((converted.inputs, inputs), (converted.outputs, outputs)):
        for port, name in zip(ports, names, strict=True):
            port.get_tensor().set_names({name})
    for name, value in metadata.items():
        converted.set_rt_info(value, ["modnetv_kit", name])
    openvino.save_model(converted, path, compress_to_fp16=False)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the exporters' logs and warnings, which do not help users."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
