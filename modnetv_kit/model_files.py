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
from .models import MODNet, MODNetV
from .models.background import Presence, Update
from .models.mobilenetv2 import MobileNetV2Encoder

CONFIG, WEIGHTS = "config.json", "model.safetensors"
RECIPE = "recipe"  # key of config.json: what weights were blended of, a list of [name, hash, share]
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")

_ARGUMENTS = {name: argument.default for name, argument in inspect.signature(MODNetV).parameters.items()}
_ONLY_MODNETV = ("background.", "refinement.")  # what MODNetV has and MODNet has not
_ATTENTION = "semantic.attention."
_ONLY_TORCHVISION = ("features.18.", "classifier.")  # what torchvision's mobilenet_v2 has and the encoder has not


def save_model(
    model: nn.Module, folder: str | Path, half: bool = True, extra: Mapping[str, object] | None = None
) -> None:
    """Write config.json and model.safetensors into `folder`, made if missing; each appears when it is whole.

    Args:
        model: a MODNetV or a MODNet.
        folder: files of these names in it are replaced.
        half: store in fp16 what fp16 can hold, half the size; loading gives fp32 again.
        extra: further entries of config.json, such as a blend's recipe.

    Raises:
        OutputError: the folder cannot be written.
        TypeError: another kind of model.
    """
    if not isinstance(model, MODNet):
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


def load_weights_into(model: MODNet, source: str | Path) -> None:
    """Load weights to start a training from; every key must fit, and nothing changes if one does not.

    Args:
        model: changed in place. A MODNetV also takes a MODNet's weights: B and P then stay as they are; a MODNet
            takes of a MODNetV's what it has itself. Either also takes an encoder's alone, named as in torchvision's
            mobilenet_v2; all but the encoder then stays as it is.
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
        # batch norm's step counters: not every checkpoint has them, and the momentum used here makes no use of them
        fill(model.encoder, tensors, str(path), tuple(k for k in model.encoder.state_dict() if "num_batches" in k))
    elif isinstance(model, MODNetV) and not any(key.startswith(_ONLY_MODNETV) for key in tensors):
        fill(model, tensors, str(path), _ONLY_MODNETV)
    elif not isinstance(model, MODNetV):
        fill(model, {key: tensor for key, tensor in tensors.items() if not key.startswith(_ONLY_MODNETV)}, str(path))
    else:
        fill(model, tensors, str(path))


class ModelFiles(NamedTuple):
    """Where the two files of a model are."""

    config: Path
    weights: Path


def find_files(folder: Path) -> ModelFiles:
    """Both files of `folder`, or a WeightsError that says which is not there."""
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
    """Why a pickle is not loaded, and how to convert it."""
    convert = (
        'python -c "import torch, safetensors.torch as s; '
        f"s.save_file(torch.load('{path}', weights_only=True), '{path.with_name(WEIGHTS)}')\""
    )
    return WeightsError(f"{path} is a pickle and only safetensors are accepted; convert it if you trust it: {convert}")


def read_config(path: Path, label: str) -> dict[str, Any]:
    """The arguments of the MODNetV that a config.json describes; those it leaves out have their defaults."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise WeightsError(
            f"{CONFIG} of {label} cannot be read ({one_line(error)}): save or download it again"
        ) from error
    if not isinstance(config, dict) or "architecture" not in config:
        raise WeightsError(f"{CONFIG} of {label} names no architecture: it is not a model of this kit")
    architecture, version = config.pop("architecture"), config.pop("kit_version", "unknown")
    config.pop(RECIPE, None)  # for people
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
        # JSON may write 1.0 as 1; bool would pass for int with isinstance
        if type(value) not in ((int, float) if kind is float else (kind,)):
            raise WeightsError(f"{CONFIG} of {label}: {name} must be a {kind.__name__}, not {value!r}; correct it")
    if config.get("update", "refresh") not in get_args(Update):
        raise WeightsError(f"{CONFIG} of {label}: update must be one of {', '.join(get_args(Update))}; correct it")
    if config.get("presence", "alpha") not in get_args(Presence):
        raise WeightsError(f"{CONFIG} of {label}: presence must be one of {', '.join(get_args(Presence))}; correct it")
    return config


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a .safetensors file, on the CPU, or a WeightsError."""
    if path.suffix in PICKLES:
        raise pickle_error(path)
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{path} is not a whole safetensors file ({one_line(error)}): copy or download it again"
        ) from error


def fill(module: nn.Module, tensors: dict[str, Tensor], label: str, may_miss: tuple[str, ...] = ()) -> None:
    """Copy `tensors` into `module`; all keys and shapes must fit; only keys that start as in `may_miss` may lack."""
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
    """Weights of version 0.1.0 completed by what 0.2.0 added, untrained: attention, and B's three inputs for prompts.

    Both start at zero, so the network computes what it computed before.
    """
    fuse = "background.fuse.0.0.weight"
    if fuse in tensors and tensors[fuse].shape[1] == 3 * MobileNetV2Encoder.channels.e_4x + 1:
        tensors = tensors | {fuse: F.pad(tensors[fuse], (0, 0, 0, 0, 0, 3))}
    if "semantic.predict.weight" in tensors and not any(key.startswith(_ATTENTION) for key in tensors):
        with torch.random.fork_rng(devices=[]):  # the same weights each time, and no other random numbers changed
            torch.manual_seed(0)
            fresh = MODNet().semantic.attention.state_dict()
        tensors = tensors | {_ATTENTION + key: tensor for key, tensor in fresh.items()}
    return tensors


def fingerprint(model: nn.Module, *parts: object) -> str:
    """A hash of a model's weights and of whatever else makes it what it is, 20 hexadecimal digits.

    Args:
        model: any module; where its tensors are makes no difference.
        parts: such as settings; each counts by its `repr`.
    """
    digest = hashlib.sha256(repr(parts).encode())
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:20]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def model_config(model: MODNet) -> dict[str, Any]:
    """What config.json says of a model as it is, not as it was made: notebooks change `xi` and the like afterwards."""
    config: dict[str, Any] = {"architecture": "MODNet", "kit_version": __version__}
    if isinstance(model, MODNetV):
        b = model.background
        arguments: dict[str, Any] = {"update": b.update_rule, "theta": b.theta, "rho": b.rho}
        arguments |= {"coarse_size": model.coarse_size, "xi": model.xi, "presence": model.presence}
        config |= {"architecture": "MODNetV", **arguments}
    return config


def _fits_half(key: str, tensor: Tensor) -> bool:
    """Whether fp16 holds the tensor well enough to run.

    Nothing may overflow. A kernel's tiny values may vanish, but batch norm divides by `running_var`, so that one
    must stay in the range where fp16 keeps its precision.
    """
    if not tensor.is_floating_point() or tensor.abs().max() > torch.finfo(torch.half).max:
        return False
    return not key.endswith("running_var") or bool(tensor.min() >= torch.finfo(torch.half).tiny)
