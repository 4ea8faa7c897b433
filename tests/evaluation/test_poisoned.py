"""A memory corrupted on purpose: the written cells, and the recovery of a network that detects the person anyway."""

import numpy as np
import torch
from torch import nn

from modnetv_kit.evaluation.poisoned import poison
from modnetv_kit.models import BackgroundState, MODNetV


def person() -> torch.Tensor:
    alpha = torch.zeros(1, 1, 64, 96)
    alpha[..., 16:56, 32:64] = 1
    return alpha


def test_the_lower_half_of_the_person_is_restored_with_their_own_features() -> None:
    model = MODNetV().eval()
    picture = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        e_4x = model.encoder.stem(picture)[1]
        state = poison(model, picture, person(), BackgroundState.empty(e_4x))
    wrong = state.bgM[0, 0] > 0
    rows, columns = np.nonzero(wrong.numpy())
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (8, 13, 8, 15)
    assert torch.equal(state.bgF[0, :, wrong], e_4x[0, :, wrong])
    assert not state.bgF[0, :, ~wrong].any()


def test_what_was_wrongly_restored_is_forgotten_as_soon_as_the_matte_is_certain() -> None:
    model = MODNetV().eval()
    nn.init.constant_(model.fusion.predict.bias, 20.0)  # everything is certainly the person
    picture = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        state = poison(model, picture, person(), model.empty_state(picture))
        assert state.bgM.any()
        _, after = model.step(picture, state)
    assert not after.bgM.any()
