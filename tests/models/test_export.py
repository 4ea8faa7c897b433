"""The recurrent step can be exported once and run at other sizes."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from modnetv_kit.models import BackgroundState, MODNetV

MakeModel = Callable[..., MODNetV]


class Step(nn.Module):
    """`MODNetV.step` with plain tensors in and out, as an exporter needs it."""

    def __init__(self, model: MODNetV):
        super().__init__()
        self.model = model

    def forward(self, frame: Tensor, bgF: Tensor, bgM: Tensor, prompt: Tensor) -> tuple[Tensor, ...]:
        output, state = self.model.step(frame, BackgroundState(bgF, bgM, prompt))
        return output.alpha, output.semantic, *state


@pytest.mark.slow
def test_the_exported_step_equals_the_model_at_other_sizes(make_model: MakeModel) -> None:
    model = make_model(theta=0.5)
    dynamic = {2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}  # an error if either is fixed by the trace

    def inputs(height: int, width: int) -> tuple[Tensor, ...]:
        with torch.no_grad():
            state = model(torch.rand(1, 2, 3, height, width))[1]
        return torch.rand(1, 3, height, width), *state

    # a branch on data would be an error here, not silently frozen
    program = torch.export.export(Step(model), inputs(64, 96), dynamic_shapes=(dynamic,) * 4).module()
    for size in ((64, 96), (64, 64), (100, 54)):
        given = inputs(*size)
        assert given[2].mean() > 0
        with torch.no_grad():
            for exported, original in zip(program(*given), Step(model)(*given), strict=True):
                torch.testing.assert_close(exported, original, rtol=0, atol=1e-5)
