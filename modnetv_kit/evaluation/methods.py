"""The methods to measure, by their names on the command line."""

from pathlib import Path
from typing import get_args

from ..errors import InputError
from ..models import MODNetV
from .baselines import BackgroundSubtraction, Neighbours, OneFrameDelay
from .cut_baselines import GrabCut
from .first_prompts import FIRST_PROMPTS
from .foreground_baselines import TrueAlphaForeground
from .network import Memory, VideoNetwork, open_image_network
from .peer_model import open_onnx, open_tflite
from .prediction import Method
from .prompted import CorrectedNetwork, PromptedNetwork
from .trimap_baselines import EveryTrimap, FirstTrimap
from .trimap_solvers import SOLVERS

METHODS = (
    *get_args(Memory),
    *FIRST_PROMPTS,
    "click:N",
    "photo",
    "modnet:WEIGHTS",
    "ofd",
    "ofd:WEIGHTS",
    "neighbours",
    "mog2",
    "knn-bg",
    "trimap:closed-form",
    "trimap:knn",
    "trimap-first:closed-form",
    "grabcut:box",
    "foreground:ours",
    "foreground:ml",
    "closed-form",
    "grabcut",
    "onnx:FILE",
    "tflite:FILE",
)


def open_method(spec: str, model: MODNetV) -> Method:
    """Open the method called `spec`.

    off, paper, accumulate, refresh, plate and poisoned run the weights under test with B's memory emptied before every
    frame, kept under the paper's rule or one of ours, replaced by the true background, or corrupted once. click, box,
    mask and trimap prompt them in the first frame, click:N adds N - 1 corrective clicks, and photo gives the first
    frame's true background once. modnet:WEIGHTS is an image model. ofd is `off` with MODNet's one-frame delay,
    ofd:WEIGHTS is an image model with it, and neighbours is `off` with a median over three frames. mog2 and knn-bg are
    OpenCV's background subtraction. trimap:closed-form and trimap:knn get the true trimap of every frame,
    trimap-first:closed-form that of the first, and grabcut:box the true box of every frame; closed-form and grabcut are
    other names. foreground:ours and foreground:ml estimate colours from the true alpha. onnx:FILE and tflite:FILE are
    models of the field, see `open_onnx`.

    Args:
        spec: one of `METHODS`, with a path for WEIGHTS or FILE.
        model: the weights under test, not changed; image models run on its device.

    Raises:
        InputError: no such method, or its file cannot be used.
        WeightsError: its weights cannot be read.

    Examples:
        >>> from modnetv_kit.models import MODNetV
        >>> open_method("mog2", MODNetV()).name
        'mog2'
    """
    name, _, path = spec.partition(":")
    device = next(model.parameters()).device
    match name, bool(path):
        case ("off" | "paper" | "accumulate" | "refresh" | "plate" | "poisoned") as memory, False:
            return VideoNetwork(model, memory)
        case "modnet", True:
            return open_image_network(Path(path), device)
        case "ofd", True:
            return OneFrameDelay(open_image_network(Path(path), device))
        case "ofd", False:
            return OneFrameDelay(VideoNetwork(model, "off"))
        case ("click" | "box" | "mask" | "trimap" | "photo") as said, False:
            return PromptedNetwork(model, said)
        case "click", True if path.isdecimal() and int(path):
            return CorrectedNetwork(model, int(path))
        case "closed-form", False:
            return EveryTrimap("closed-form", spec)
        case "trimap", True if path in SOLVERS:
            return EveryTrimap(path)
        case "trimap-first", True if path == "closed-form":
            return FirstTrimap(path)
        case "grabcut", _ if path in ("", "box"):
            return GrabCut(spec)
        case "neighbours", False:
            return Neighbours(VideoNetwork(model, "off"))
        case (("mog2" | "knn-bg"), False):
            return BackgroundSubtraction(name)
        case "foreground", True if path in ("ours", "ml"):
            return TrueAlphaForeground(path)
        case "onnx", True:
            return open_onnx(path)
        case "tflite", True:
            return open_tflite(path)
        case _:
            raise InputError(f"there is no method {spec!r}; choose one of {', '.join(METHODS)}")
