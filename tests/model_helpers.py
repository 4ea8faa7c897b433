"""Models to save and load, and ways to compare them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from modnetv_kit.errors import MattingError, WeightsError
from modnetv_kit.models import BackgroundState, CoarseOutput, MODNetV

ARGUMENTS: dict[str, Any] = {"update": "accumulate", "theta": 0.2, "rho": 0.5, "coarse_size": 64, "xi": 0.001}


def awake(model: nn.Module) -> nn.Module:
    """Give layers that start at zero random values, so a lost weight is noticed."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for key, tensor in model.state_dict().items():
            if key.endswith("running_var"):
                tensor.uniform_(0.5, 2, generator=generator)
            elif tensor.is_floating_point():
                tensor.add_(0.02 * torch.randn(tensor.shape, generator=generator))
    return model.eval()


def same(a: nn.Module, b: nn.Module) -> bool:
    mine, other = a.state_dict(), b.state_dict()
    return mine.keys() == other.keys() and all(torch.equal(mine[key], other[key]) for key in mine)


def alpha(model: MODNetV) -> torch.Tensor:
    frames = torch.rand(1, 2, 3, 96, 128, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return model(frames)[0].alpha


def complaint(call: Callable[[], object], kind: type[MattingError] = WeightsError) -> str:
    """The error line of `call`."""
    with pytest.raises(kind) as raised:
        call()
    line = str(raised.value)
    assert line.strip()
    assert "\n" not in line
    return line


class RedIsThePerson(MODNetV):
    """Alpha is the red channel, whatever the frame; the state counts frames in bgF."""

    def step(
        self, frame: Tensor, state: BackgroundState, with_detail: bool = False
    ) -> tuple[CoarseOutput, BackgroundState]:
        alpha = frame[:, :1] * 1
        return CoarseOutput(alpha, F.avg_pool2d(alpha, 16), None), state._replace(bgF=state.bgF + 1, bgM=state.bgM * 1)


def rewrite(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    """Change the tensors of a folder's model.safetensors."""
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")
