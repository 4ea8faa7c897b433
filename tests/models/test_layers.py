"""The blocks and branches alone: shapes at any frame size, and their other guarantees."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from modnetv_kit.models import MODNet
from modnetv_kit.models.blocks import ConvNormAct, SqueezeExcite, fold_pixels, resize_like, shrink, unfold_pixels
from modnetv_kit.models.mobilenetv2 import InvertedResidual, MobileNetV2Encoder


@pytest.mark.parametrize("size", [(4, 6), (5, 6), (4, 7), (5, 7)])
def test_unfold_undoes_fold(size: tuple[int, int]) -> None:
    x = torch.rand(2, 3, *size)
    folded = fold_pixels(x)
    assert folded.shape == (2, 12, -(-size[0] // 2), -(-size[1] // 2))
    assert torch.equal(unfold_pixels(folded, size), x)


def test_fold_completes_an_odd_side_by_repeating_its_last_pixels() -> None:
    assert fold_pixels(torch.tensor([[1.0, 2, 3]])[None, None]).flatten(1).tolist() == [[1, 3, 2, 3, 1, 3, 2, 3]]


def test_resize_follows_the_reference() -> None:
    assert resize_like(torch.rand(1, 2, 3, 4), torch.rand(5, 6, 7, 9)).shape == (1, 2, 7, 9)


def test_shrink_averages_what_point_sampling_would_alias() -> None:
    stripes = torch.tensor([0.0, 1.0]).repeat(32).expand(1, 1, 64, 64)
    assert (shrink(stripes, (16, 16)) - 0.5).abs().max() < 0.06
    assert (resize_like(stripes, torch.rand(1, 1, 22, 22)) - 0.5).abs().max() > 0.4  # what it guards from


def test_squeeze_excite_scales_channels_by_weights_between_0_and_1() -> None:
    module, x = SqueezeExcite(16), torch.rand(2, 16, 5, 7) + 0.1
    weight = module(x) / x
    assert (weight.amax((2, 3)) - weight.amin((2, 3))).max() < 1e-5
    assert weight.min() > 0
    assert weight.max() < 1
    assert weight.std() > 0


@pytest.mark.parametrize("size", [(64, 96), (33, 47)])
def test_encoder_strides_and_channels(size: tuple[int, int]) -> None:
    features = MobileNetV2Encoder().eval()(torch.rand(1, 3, *size))
    for stride, channels, x in zip((2, 4, 8, 16, 32), MobileNetV2Encoder.channels, features, strict=True):
        assert x.shape == (1, channels, -(-size[0] // stride), -(-size[1] // stride))


def test_encoder_parameters_carry_torchvisions_names() -> None:
    shapes = {name: tuple(x.shape) for name, x in MobileNetV2Encoder().state_dict().items()}
    # of torchvision's mobilenet_v2, up to features.17; its features.18 and classifier are not part of E
    expected = {
        "features.0.0.weight": (32, 3, 3, 3),
        "features.0.1.running_mean": (32,),
        "features.1.conv.0.0.weight": (32, 1, 3, 3),
        "features.1.conv.1.weight": (16, 32, 1, 1),
        "features.1.conv.2.bias": (16,),
        "features.2.conv.0.0.weight": (96, 16, 1, 1),
        "features.2.conv.1.0.weight": (96, 1, 3, 3),
        "features.2.conv.2.weight": (24, 96, 1, 1),
        "features.14.conv.2.weight": (160, 576, 1, 1),
        "features.17.conv.3.running_var": (320,),
    }
    assert {name: shapes.get(name) for name in expected} == expected
    assert len(shapes) == 6 + 12 + 16 * 18  # six entries a convolution with its norm


def test_encoder_sees_frames_centred_on_zero() -> None:
    encoder, seen = MobileNetV2Encoder().eval(), []
    encoder.features[0].register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    encoder(torch.tensor([0.0, 0.5, 1.0]).view(1, 3, 1, 1).expand(1, 3, 32, 32))
    assert seen[0][0, :, 0, 0].tolist() == [-1, 0, 1]


def test_fusion_corrects_the_semantics_and_need_not_find_the_person_again() -> None:
    model = MODNet().eval()
    nn.init.zeros_(model.fusion.predict.weight)
    nn.init.zeros_(model.fusion.predict.bias)
    frame = torch.rand(1, 3, 64, 96)
    output = model(frame)
    logits = resize_like(torch.logit(output.semantic), frame)
    torch.testing.assert_close(output.alpha, torch.sigmoid(logits))


def test_detail_is_predicted_only_when_asked_for() -> None:
    model, frame = MODNet().eval(), torch.rand(1, 3, 32, 32)
    plain, asked = model(frame), model(frame, with_detail=True)
    assert plain.detail is None
    assert asked.detail.shape == (1, 1, 32, 32)
    assert torch.equal(plain.alpha, asked.alpha)


def test_mattes_are_full_precision_under_autocast() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        output = MODNet().eval()(torch.rand(1, 3, 32, 32), with_detail=True)
    assert {x.dtype for x in output if x is not None} == {torch.float32}
    assert not torch.equal(output.alpha, output.alpha.bfloat16().float())


@pytest.mark.parametrize(
    "make",
    [lambda: ConvNormAct(6, 8, 3, 2), lambda: ConvNormAct(6, 6, 5, groups=6), lambda: InvertedResidual(6, 6, 1, 4)],
    ids=["strided", "depthwise", "with a shortcut"],
)
@pytest.mark.parametrize("rests", [True, False])
def test_a_resting_norm_folded_in_training_changes_neither_results_nor_gradients(
    make: Callable[[], nn.Module], rests: bool
) -> None:
    torch.manual_seed(0)
    layer = make().train()
    for norm in (part for part in layer.modules() if isinstance(part, nn.BatchNorm2d)):
        norm.train(not rests)
        for values in (norm.weight, norm.bias, norm.running_mean):
            nn.init.normal_(values, 0.5)
        nn.init.uniform_(norm.running_var, 0.5, 2)
    expected = copy.deepcopy(layer)
    x = torch.randn(2, 6, 12, 16)

    def plain(part: nn.Module, given: Tensor) -> Tensor:
        if isinstance(part, ConvNormAct | nn.Sequential):
            for child in part:
                given = plain(child, given)
            return given
        if isinstance(part, InvertedResidual):
            return given + plain(part.conv, given)
        return part(given)

    results = layer(x), plain(expected, x)
    weight = torch.randn_like(results[0])
    for result in results:
        (result * weight).sum().backward()
    torch.testing.assert_close(*results, rtol=0, atol=1e-5)
    for (name, after), before in zip(layer.named_parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(after.grad, before.grad, rtol=1e-4, atol=1e-4, msg=name)
    for after, before in zip(layer.buffers(), expected.buffers(), strict=True):
        torch.testing.assert_close(after, before)
