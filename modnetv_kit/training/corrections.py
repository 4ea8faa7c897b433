"""Simulated corrective clicks in the middle of a clip, at the largest error of the matte."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..models import BackgroundState
from ..prompt_maps import REACH


def correct(state: BackgroundState, alpha: Tensor, true: Tensor, prob: float) -> BackgroundState:
    """The state after clicks on the largest errors of prompted clips.

    Args:
        state: the state after the frame to correct.
        alpha: the frame's matte, (B, 1, H, W) in [0, 1].
        true: its true alpha, (B, 1, H, W) in [0, 1].
        prob: probability that a prompted clip is corrected.

    Returns:
        A state with one more disc in K or R, in clips with an error large enough for a click.
    """
    size = (state.bgM.shape[-2], state.bgM.shape[-1])
    error = F.adaptive_avg_pool2d((true - alpha.detach()).clamp(-1, 1), size)  # above 0: a missed part of the person
    radius = max(1, round(REACH * max(size)))
    window = 4 * radius + 1
    blurred = F.avg_pool2d(error, window, 1, window // 2, count_include_pad=True)
    y = torch.arange(size[0], device=error.device)[:, None]
    x = torch.arange(size[1], device=error.device)[None]
    maps = state.prompt.clone()
    bgF, bgM = state.bgF.clone(), state.bgM.clone()
    for i in range(len(maps)):
        if not maps[i, 2, 0, 0] or torch.rand(()) >= prob:
            continue
        worst = int(blurred[i, 0].abs().argmax())
        row, column = divmod(worst, size[1])
        if abs(float(error[i, 0, row, column])) < 0.5:
            continue
        disc = ((y - row) ** 2 + (x - column) ** 2 <= radius**2).to(maps.dtype)
        if error[i, 0, row, column] > 0:
            maps[i, 0] = torch.maximum(maps[i, 0], disc)
            bgF[i], bgM[i] = bgF[i] * (1 - disc), bgM[i] * (1 - disc)
        else:
            maps[i, 0], maps[i, 1] = maps[i, 0] * (1 - disc), disc
    return BackgroundState(bgF, bgM, maps)
