"""Networks in half precision: the first frame, and later frames with memory."""

import pytest
import torch
from model_helpers import awake

from modnetv_kit.models import MODNetV


@pytest.mark.parametrize("dtype", [torch.half, torch.bfloat16], ids=["half", "bfloat16"])
def test_networks_in_half_precision_step_through_a_clip(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    model = awake(MODNetV()).eval().to(dtype)
    clip = torch.rand(3, 1, 3, 48, 64).to(dtype)
    state = model.empty_state(clip[0])
    with torch.inference_mode():
        for frame in clip:
            output, state = model.step(frame, state)
            assert {x.dtype for x in state} == {dtype}
            assert output.alpha.isfinite().all()
            assert all(x.isfinite().all() for x in state)


@pytest.mark.parametrize("dtype", [torch.half, torch.bfloat16], ids=["half", "bfloat16"])
def test_a_clip_in_half_precision_goes_through_the_whole_model_with_p(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    model = awake(MODNetV(coarse_size=64, xi=-0.1)).eval().to(dtype)
    with torch.inference_mode():
        output, state = model(torch.rand(1, 2, 3, 96, 128).to(dtype))
    assert output.refined.all()
    assert output.alpha.isfinite().all()
    assert {x.dtype for x in state} == {dtype}
