"""The networks prepared for other runtimes: batch norms folded, tensors in and out, exported for any size."""

import copy
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .. import models
from ..model_files import model_hash
from ..models import BackgroundState, MODNetV
from ..models.refine import FlawDetector, patch_grid

STEP_INPUTS = ("frame", "bgF", "bgM", "prompt")
STEP_OUTPUTS = ("alpha", "s_p", "bgF_next", "bgM_next", "prompt_next")
FLAWS_INPUTS, FLAWS_OUTPUTS = ("alpha", "size"), ("flaws",)
PATCHES_INPUTS, PATCHES_OUTPUTS = ("patches",), ("refined",)
K = patch_grid(4096, 4096)  # of an exported flaw map, as up to 4K: an output of fixed size runs in every runtime


class FrameStep(nn.Module):
    """`MODNetV.step` with tensors in and out: `STEP_INPUTS` -> `STEP_OUTPUTS`."""

    def __init__(self, model: MODNetV):
        super().__init__()
        self.model = model

    def forward(
        self, frame: Tensor, bgF: Tensor, bgM: Tensor, prompt: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Shapes as for `Engine.step`."""
        output, state = self.model.step(frame, BackgroundState(bgF, bgM, prompt))
        return output.alpha, output.semantic, *state


class FlawMap(nn.Module):
    """`PatchRefinement.flaw_map` with tensors in and out: `FLAWS_INPUTS` -> `FLAWS_OUTPUTS`, for k = `K`.

    Its padding and pooling are products with two matrices, since adaptive pooling of inputs of any size cannot be
    exported.
    """

    def __init__(self, detector: FlawDetector):
        super().__init__()
        self.convs = detector.convs

    def forward(self, alpha: Tensor, size: Tensor) -> Tensor:
        """The flaw map, (1, 1, K, K) in [0, 1].

        Args:
            alpha: the coarse alpha, (1, 1, h, w) in [0, 1], without the pixels that made its sides even.
            size: of the frame, (H, W), int64 (2,).
        """
        rows = _cell_weights(alpha.shape[2], size[0])
        columns = _cell_weights(alpha.shape[3], size[1])
        pooled = rows @ torch.cat([alpha, 4 * alpha * (1 - alpha)], 1) @ columns.T
        flaws: Tensor = torch.sigmoid(self.convs(pooled))
        return flaws


def _cell_weights(side: int, whole: Tensor) -> Tensor:
    """The share of every pixel of a coarse side in each of 4K cells, (4K, side); each row sums to 1.

    The cells cover K whole patches of the frame's side. Past the frame they repeat the last pixel.
    """
    pixels = torch.arange(side)
    length = pixels[-1] + 1
    over = (whole + K - 1) // K * K - whole
    covered = length + torch.round((over * length).float() / whole.float()).long()
    cells = torch.arange(4 * K)[:, None]
    first, last = cells * covered // (4 * K), ((cells + 1) * covered + 4 * K - 1) // (4 * K)
    ends = torch.where(pixels == length - 1, covered, pixels + 1)
    shares = (torch.minimum(last, ends) - torch.maximum(first, pixels)).clamp_min(0)
    return shares.float() / (last - first).float()


def fold_norms(model: MODNetV) -> MODNetV:
    """A copy for inference, with every batch norm folded into the convolution before it.

    It is a third faster in eager PyTorch and gives a smaller graph to export. Results differ by rounding only.
    """
    folded = copy.deepcopy(model).eval()
    for module in folded.modules():
        if not isinstance(module, nn.Sequential):
            continue
        for (name, layer), (next_name, norm) in pairwise(list(module.named_children())):
            if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, name, fuse_conv_bn_eval(layer, norm))
                setattr(module, next_name, nn.Identity())
    return folded.requires_grad_(False)


def for_export(model: MODNetV) -> MODNetV:
    """A copy to export: on the CPU, folded, and without in-place layers, which double the time of exporters."""
    folded = fold_norms(model).cpu().float()
    for module in folded.modules():
        if isinstance(module, nn.ReLU6):
            module.inplace = False
    return folded


def export_step(model: MODNetV) -> ExportedProgram:
    """Export the frame step of a model from `for_export`, for any even height and width."""
    frame = torch.rand(1, 3, 64, 96)
    sides = {2: Dim.DYNAMIC, 3: Dim.DYNAMIC}
    with torch.no_grad():
        return torch.export.export(
            FrameStep(model), (frame, *model.empty_state(frame)), dynamic_shapes=(sides, sides, sides, sides)
        )


def export_flaws(model: MODNetV) -> ExportedProgram:
    """Export P's flaw detector of a model from `for_export`, for coarse alphas of any size."""
    sides = {2: Dim.DYNAMIC, 3: Dim.DYNAMIC}
    given = torch.rand(1, 1, 64, 96), torch.tensor([130, 190])
    with torch.no_grad():
        return torch.export.export(FlawMap(model.refinement.flaw), given, dynamic_shapes=(sides, None))


def export_patches(model: MODNetV) -> ExportedProgram:
    """Export P's PatchNet of a model from `for_export`, for any number of patches of any even height and width."""
    sides = {0: Dim.DYNAMIC, 2: Dim.DYNAMIC, 3: Dim.DYNAMIC}
    with torch.no_grad():
        return torch.export.export(model.refinement.patches, (torch.rand(2, 4, 36, 52),), dynamic_shapes=(sides,))


def settings(model: MODNetV) -> dict[str, str]:
    """The settings that an exported step contains, and those that a program around it needs: {name: value as text}."""
    b = model.background
    return {
        "update": b.update_rule,
        "theta": repr(b.theta),
        "rho": repr(b.rho),
        "coarse_size": repr(model.coarse_size),
        "xi": repr(model.xi),
        "presence": model.presence,
    }


def conversion_key(model: MODNetV) -> str:
    """A hash of everything that determines an exported network: weights, layers, settings and code."""
    sources = [*sorted(Path(models.__file__).parent.glob("*.py")), Path(__file__)]
    layers = f"{torch.__version__} {type(model).__qualname__} {model}"
    return model_hash(model, layers, settings(model), *(source.read_bytes() for source in sources))
