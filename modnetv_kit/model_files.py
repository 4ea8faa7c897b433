"""Models as files: config.json + model.safetensors, read strictly, never a pickle."""

import hashlib
import inspect
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, get_args

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as to_safetensors
from torch import Tensor, nn

from . import __version__
from .errors import OutputError, WeightsError, one_line
from .files import replace_file
from .models import MattingBranches, MODNet, MODNetV
from .models.background import Presence, Update
from .models.mobilenetv2 import MobileNetV2Encoder

CONFIG, WEIGHTS = "config.json", "model.safetensors"
RECIPE = "recipe"  # key of config.json: the recipe of blended weights, a list of [name, hash, share]
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")

_ARGUMENTS = {name: argument.default for name, argument in inspect.signature(MODNetV).parameters.items()}
_ONLY_MODNETV = ("background.", "refinement.")  # parts of MODNetV that MODNet lacks
_ATTENTION = "semantic.attention."
_ONLY_TORCHVISION = ("features.18.", "classifier.")  # parts of torchvision's mobilenet_v2 that the encoder lacks


def save_model(
    model: nn.Module, folder: str | Path, half: bool = True, extra: Mapping[str, object] | None = None
) -> None:
    """Write config.json and model.safetensors to `folder`, created if missing; each appears when it is complete.

    Args:
        model: a MODNetV or a MODNet.
        folder: existing files of these names are replaced.
        half: store tensors in fp16 where it can hold them, at half the size; loading gives fp32 again.
        extra: further entries of config.json, such as a blend's recipe.

    Raises:
        OutputError: the folder cannot be written.
        TypeError: another kind of model.
    """
    if not isinstance(model, MattingBranches):
        raise TypeError(f"save_model takes a MODNetV or a MODNet, not a {type(model).__name__}")
    tensors = {}
    for key, tensor in model.state_dict().items():
        tensor = tensor.detach().cpu()
        tensors[key] = (tensor.half() if half and _fits_half(key, tensor) else tensor).contiguous()
    weights = to_safetensors(tensors, metadata={"format": "pt"})
    config = json.dumps(model_config(model) | dict(extra or {}), indent=2) + "\n"
    folder = Path(folder)
    for name, content in ((WEIGHTS, weights), (CONFIG, config.encode())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            replace_file(folder / name, partial(Path.write_bytes, data=content))
        except OSError as error:
            raise OutputError(
                f"cannot write {folder / name} ({error.strerror or error}): choose another folder"
            ) from error


def load_weights_into(model: MattingBranches, source: str | Path) -> None:
    """Load initial weights for training; every key must fit, and nothing changes if one does not.

    Args:
        model: changed in place. A MODNetV also accepts a MODNet's weights, which leave B and P unchanged. A MODNet
            accepts a MODNetV's weights and ignores B and P. Both accept an encoder's weights, named as in torchvision's
            mobilenet_v2, which leave everything else unchanged.
        source: a .safetensors file, or a folder with model.safetensors (no config.json is needed).

    Raises:
        WeightsError: the weights cannot be found or read, or do not fit.
    """
    path = Path(source)
    if path.is_dir():
        path = _find_weights(path)
    elif not path.is_file():
        raise WeightsError(f"{source} does not exist: give a .safetensors file, or a folder with {WEIGHTS}")
    tensors = read_tensors(path)
    if all(key.startswith(("features.", "classifier.")) for key in tensors):
        if "features.0.0.bias" in tensors:
            raise WeightsError(f"{path} has batch norm folded into its convolutions: give an encoder from before that")
        tensors = {key: tensor for key, tensor in tensors.items() if not key.startswith(_ONLY_TORCHVISION)}
        # batch norm's step counters: some checkpoints lack them, and the momentum used here ignores them
        fill(model.encoder, tensors, str(path), tuple(k for k in model.encoder.state_dict() if "num_batches" in k))
    elif isinstance(model, MODNetV) and not any(key.startswith(_ONLY_MODNETV) for key in tensors):
        fill(model, tensors, str(path), _ONLY_MODNETV)
    elif not isinstance(model, MODNetV):
        fill(model, {key: tensor for key, tensor in tensors.items() if not key.startswith(_ONLY_MODNETV)}, str(path))
    else:
        fill(model, tensors, str(path))


class ModelFiles(NamedTuple):
    """The paths of a model's two files."""

    config: Path
    weights: Path


def find_files(folder: Path) -> ModelFiles:
    """Both files of `folder`; raises WeightsError with the name of a missing one."""
    weights = _find_weights(folder)
    if not (folder / CONFIG).is_file():
        raise WeightsError(f"{folder} holds no {CONFIG}: give a folder that save_model or `modnetv train` wrote")
    return ModelFiles(folder / CONFIG, weights)


def _find_weights(folder: Path) -> Path:
    if (folder / WEIGHTS).is_file():
        return folder / WEIGHTS
    for path in sorted(folder.iterdir()):
        if path.suffix in PICKLES:
            raise pickle_error(path)
    raise WeightsError(f"{folder} holds no {WEIGHTS}: give a folder that save_model or `modnetv train` wrote")


def pickle_error(path: Path) -> WeightsError:
    """The error for a pickle, with the way to convert it."""
    convert = (
        'python -c "import torch, safetensors.torch as s; '
        f"s.save_file(torch.load('{path}', weights_only=True), '{path.with_name(WEIGHTS)}')\""
    )
    return WeightsError(f"{path} is a pickle and only safetensors are accepted; convert it if you trust it: {convert}")


def read_config(path: Path, label: str) -> dict[str, Any]:
    """The MODNetV arguments in a config.json; missing ones get their defaults."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise WeightsError(
            f"{CONFIG} of {label} cannot be read ({one_line(error)}): save or download it again"
        ) from error
    if not isinstance(config, dict) or "architecture" not in config:
        raise WeightsError(f"{CONFIG} of {label} names no architecture: it is not a model of this kit")
    architecture, version = config.pop("architecture"), config.pop("kit_version", "unknown")
    config.pop(RECIPE, None)  # for readers only
    if architecture == "MODNet":
        raise WeightsError(f"{label} holds MODNet, the image stage: start `modnetv train --stage video --init` from it")
    if architecture != "MODNetV":
        raise WeightsError(f"{label} holds {architecture!r}: this kit loads MODNetV")
    if unknown := sorted(config.keys() - _ARGUMENTS.keys()):
        raise WeightsError(
            f"{CONFIG} of {label} has arguments unknown here: {_some(unknown)}; it was written by "
            f"modnetv_kit {version}, this is {__version__}: install that version"
        )
    for name, value in config.items():
        kind = type(_ARGUMENTS[name])
        # JSON may write 1.0 as 1; with isinstance, bool would pass as int
        if type(value) not in ((int, float) if kind is float else (kind,)):
            raise WeightsError(f"{CONFIG} of {label}: {name} must be a {kind.__name__}, not {value!r}; correct it")
    if config.get("update", "refresh") not in get_args(Update):
        raise WeightsError(f"{CONFIG} of {label}: update must be one of {', '.join(get_args(Update))}; correct it")
    if config.get("presence", "alpha") not in get_args(Presence):
        raise WeightsError(f"{CONFIG} of {label}: presence must be one of {', '.join(get_args(Presence))}; correct it")
    return config


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a .safetensors file, on the CPU; raises WeightsError."""
    if path.suffix in PICKLES:
        raise pickle_error(path)
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{path} is not a whole safetensors file ({one_line(error)}): copy or download it again"
        ) from error


def fill(module: nn.Module, tensors: dict[str, Tensor], label: str, may_miss: tuple[str, ...] = ()) -> None:
    """Copy `tensors` into `module`; all keys and shapes must match, except missing keys with prefixes in `may_miss`."""
    tensors = _from_0_1(tensors)
    own = module.state_dict()
    problems = {
        "missing": [key for key in own if key not in tensors and not key.startswith(may_miss)],
        "unexpected": [key for key in tensors if key not in own],
        "of another shape": [key for key in own if key in tensors and own[key].shape != tensors[key].shape],
    }
    if found := [f"{len(keys)} {kind}: {_some(keys)}" for kind, keys in problems.items() if keys]:
        raise WeightsError(
            f"the weights of {label} do not fit {type(module).__name__} ({'; '.join(found)}): "
            f"use weights made by modnetv_kit {__version__}"
        )
    module.load_state_dict(tensors, strict=False)


def _from_0_1(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights of version 0.1.0 plus the untrained additions of 0.2.0: attention, and B's three inputs for prompts.

    Both start at zero, so the network's results stay the same.
    """
    fuse = "background.fuse.0.0.weight"
    if fuse in tensors and tensors[fuse].shape[1] == 3 * MobileNetV2Encoder.channels.e_4x + 1:
        tensors = tensors | {fuse: F.pad(tensors[fuse], (0, 0, 0, 0, 0, 3))}
    if "semantic.predict.weight" in tensors and not any(key.startswith(_ATTENTION) for key in tensors):
        with torch.random.fork_rng(
            devices=[]
        ):  # gives the same weights each time and leaves other random numbers unchanged
            torch.manual_seed(0)
            fresh = MODNet().semantic.attention.state_dict()
        tensors = tensors | {_ATTENTION + key: tensor for key, tensor in fresh.items()}
    return tensors


def model_hash(model: nn.Module, *parts: object) -> str:
    """A hash of a model's weights and of further `parts`, 20 hexadecimal digits.

    Args:
        model: any module, on any device.
        parts: such as settings; each enters by its `repr`.
    """
    digest = hashlib.sha256(repr(parts).encode())
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:20]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def model_config(model: MattingBranches) -> dict[str, Any]:
    """The config.json entries of a model in its current state, since notebooks change `xi` and the like later."""
    config: dict[str, Any] = {"architecture": "MODNet", "kit_version": __version__}
    if isinstance(model, MODNetV):
        b = model.background
        arguments: dict[str, Any] = {"update": b.update_rule, "theta": b.theta, "rho": b.rho}
        arguments |= {"coarse_size": model.coarse_size, "xi": model.xi, "presence": model.presence}
        config |= {"architecture": "MODNetV", **arguments}
    return config


def _fits_half(key: str, tensor: Tensor) -> bool:
    """Whether fp16 holds the tensor well enough for inference.

    No value may overflow. A kernel's tiny values may vanish, but batch norm divides by `running_var`, which must stay
    in the range where fp16 keeps its precision.
    """
    if not tensor.is_floating_point() or tensor.abs().max() > torch.finfo(torch.half).max:
        return False
    return not key.endswith("running_var") or bool(tensor.min() >= torch.finfo(torch.half).tiny)
