"""Models in which every part has an effect; a new model starts B and P at zero, which would hide most errors."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from modnetv_kit.models import MODNetV


@pytest.fixture
def make_model() -> Callable[..., MODNetV]:
    """A factory of MODNetV in eval mode with nonzero B and P and an s_p spread over [0, 1]."""

    def make(**settings: object) -> MODNetV:
        torch.manual_seed(0)
        model = MODNetV(**settings)  # type: ignore[arg-type]
        nn.init.normal_(model.background.fuse[-1].weight, std=0.1)
        nn.init.normal_(model.refinement.patches.predict.weight, std=0.3)
        nn.init.normal_(model.refinement.flaw.convs[-1].weight, std=0.3)
        model.semantic.predict.weight.data.mul_(8)
        norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
        for norm in norms:
            norm.momentum = None  # average over all batches seen, so that two of them are enough
        with torch.no_grad():
            model(torch.rand(4, 2, 3, 64, 64))
        for norm in norms:
            norm.momentum = 0.1
        return model.eval()

    return make
