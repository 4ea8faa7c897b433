"""Models in half precision: the first frame, and a clip with its memory."""

import pytest
import torch
from model_helpers import awake

from modnetv_kit.models import MODNetV


@pytest.mark.parametrize("dtype", [torch.half, torch.bfloat16], ids=["half", "bfloat16"])
@pytest.mark.parametrize("update", ["refresh", "accumulate"])
def test_a_model_in_half_precision_mattes_frames_and_clips(dtype: torch.dtype, update: str) -> None:
    torch.manual_seed(0)
    model = awake(MODNetV(update)).eval()  # type: ignore[arg-type]
    clip = torch.rand(1, 3, 3, 48, 64)
    with torch.inference_mode():
        expected, _ = model(clip)
        model = model.to(dtype)
        first, state = model(clip[:, 0].to(dtype))
        assert {x.dtype for x in state} == {dtype}
        output, after = model(clip.to(dtype))
    assert {x.dtype for x in after} == {dtype}
    torch.testing.assert_close(first.alpha, output.alpha[:, 0])
    torch.testing.assert_close(output.alpha.float(), expected.alpha, rtol=0, atol=0.1)
