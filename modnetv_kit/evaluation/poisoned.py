"""Corrupts the memory on purpose, to measure how fast the matte recovers."""

import torch.nn.functional as F
from torch import Tensor

from ..models import BackgroundState, MODNetV
from ..models.blocks import shrink

POISONED = 4  # the frame before which the memory is corrupted
PERSON = 0.5  # alpha above which a cell belongs to the person


def poison(model: MODNetV, picture: Tensor, alpha: Tensor, state: BackgroundState) -> BackgroundState:
    """The state with the lower half of the person restored as background, with the person's own features.

    Args:
        model: the state's model.
        picture: the next frame, (1, 3, H, W) in [0, 1].
        alpha: its true alpha, (1, 1, H, W) in [0, 1].
        state: the state after the previous frame.

    Examples:
        >>> import torch
        >>> model, person = MODNetV().eval(), torch.zeros(1, 1, 64, 64)
        >>> person[..., 16:48] = 1
        >>> with torch.inference_mode():
        ...     state = poison(model, torch.ones(1, 3, 64, 64), person, model.empty_state(torch.zeros(1, 3, 64, 64)))
        >>> state.bgM[0, 0, [2, 12], 8].tolist()  # the person's head is kept, the legs are background
        [0.0, 1.0]
    """
    e_4x = model.encoder.stem(shrink(picture, model.coarse_shape(*picture.shape[-2:])))[1]
    person = F.adaptive_avg_pool2d(alpha, (e_4x.shape[-2], e_4x.shape[-1])) > PERSON
    rows = person[0, 0].nonzero()[:, 0]
    wrong = person.to(e_4x.dtype)
    if len(rows):
        wrong[..., : int(rows.median()), :] = 0
    return state.written(e_4x, wrong)
