"""Building blocks shared by the branches."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ConvNormAct(nn.Sequential):
    """Convolution, batch norm, ReLU6: (B, c_in, H, W) -> (B, c_out, ceil(H / stride), ceil(W / stride)).

    Args:
        c_in: input channels.
        c_out: output channels.
        kernel: odd kernel size; the padding keeps H and W at stride 1.
        stride: 1 or 2.
        groups: as in `nn.Conv2d`.
        act: whether ReLU6 follows the norm.
    """

    def __init__(self, c_in: int, c_out: int, kernel: int = 3, stride: int = 1, groups: int = 1, act: bool = True):
        layers: list[nn.Module] = [
            nn.Conv2d(c_in, c_out, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(c_out),
        ]
        if act:
            layers.append(nn.ReLU6(inplace=True))
        super().__init__(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """(B, c_in, H, W) -> (B, c_out, ceil(H / stride), ceil(W / stride))."""
        conv, norm, *rest = self
        out = normalise(conv, norm, x)
        for layer in rest:
            out = layer(out)
        return out


def normalise(conv: nn.Module, norm: nn.Module, x: Tensor) -> Tensor:
    """`norm(conv(x))`, faster where the convolution trains and the norm keeps its running statistics.

    Such a norm only scales and shifts channels, so it is folded into the convolution's weight and a bias at every call.
    Gradients are the same; one pass over the features forward and one backward are saved.

    Args:
        conv: an `nn.Conv2d`, without a bias if `norm` is a batch norm.
        norm: an `nn.BatchNorm2d`, or `nn.Identity` where it was folded before.
        x: (B, c_in, H, W).

    Examples:
        >>> conv, norm = nn.Conv2d(3, 8, 1, bias=False), nn.BatchNorm2d(8).eval()
        >>> x = torch.rand(1, 3, 4, 4)
        >>> torch.allclose(normalise(conv, norm, x), norm(conv(x)), atol=1e-6)
        True
    """
    if not isinstance(norm, nn.BatchNorm2d) or norm.training or not isinstance(conv, nn.Conv2d) or not conv.training:
        out: Tensor = norm(conv(x))
        return out
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    bias = norm.bias - norm.running_mean * scale
    return F.conv2d(
        x, conv.weight * scale[:, None, None, None], bias, conv.stride, conv.padding, conv.dilation, conv.groups
    )


class SeparableConv(nn.Sequential):
    """Depthwise convolution, then 1x1: (B, c_in, H, W) -> (B, c_out, H, W).

    It gives a large receptive field for few multiply-adds.
    """

    def __init__(self, c_in: int, c_out: int, kernel: int = 3):
        super().__init__(ConvNormAct(c_in, c_in, kernel, groups=c_in), ConvNormAct(c_in, c_out, 1))


class SqueezeExcite(nn.Module):
    """Reweighs channels by their means over the frame (squeeze-and-excitation, arXiv 1709.01507).

    (B, C, H, W) -> (B, C, H, W); the weights lie in (0, 1).
    """

    def __init__(self, channels: int, reduction: int = 8):
        super().__init__()
        hidden = channels // reduction
        self.squeeze = nn.Conv2d(channels, hidden, 1)
        self.excite = nn.Conv2d(hidden, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        weight = x.mean((2, 3), keepdim=True)
        return x * torch.sigmoid(self.excite(F.relu(self.squeeze(weight))))


def resize_like(x: Tensor, reference: Tensor) -> Tensor:
    """Resize `x` bilinearly to the height and width of `reference`.

    Examples:
        >>> resize_like(torch.zeros(1, 1, 4, 6), torch.zeros(1, 3, 8, 12)).shape
        torch.Size([1, 1, 8, 12])
    """
    if x.requires_grad and x.device.type == "cuda":
        # on CUDA the gradient sums hundreds of atomic additions, and bf16 would lose the small ones
        return F.interpolate(x.float(), size=reference.shape[-2:], mode="bilinear", align_corners=False).to(x.dtype)
    return F.interpolate(x, size=reference.shape[-2:], mode="bilinear", align_corners=False)


def as_float(pixels: Tensor) -> Tensor:
    """uint8 pixels as floats in [0, 1]; floats are returned unchanged.

    Examples:
        >>> as_float(torch.tensor([0, 255], dtype=torch.uint8)).tolist()
        [0.0, 1.0]
    """
    return pixels if pixels.is_floating_point() else pixels.float() / 255


def shrink(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Shrink (B, C, H, W) to `size` = (height, width) with an antialiased bilinear filter.

    On the CPU uint8 stays uint8: the uint8 kernel is 20 times faster than the float kernel and errs by at most half a
    level.

    Examples:
        >>> shrink(torch.zeros(1, 3, 64, 96, dtype=torch.uint8), (32, 48)).dtype
        torch.uint8
    """
    if x.device.type != "cpu":
        x = as_float(x)  # other devices have no such uint8 kernel and need none
    elif x.dtype in (torch.half, torch.bfloat16):  # the CPU has no kernel for these types
        return shrink(x.float(), size).to(x.dtype)
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False, antialias=True)


def even(x: Tensor) -> Tensor:
    """Pad odd sides of (B, C, H, W) to even ones by repeating the last row or column.

    Examples:
        >>> even(torch.zeros(1, 3, 33, 48)).shape
        torch.Size([1, 3, 34, 48])
    """
    height, width = x.shape[-2:]
    # branches instead of arithmetic on sizes keep an exported network simple, whose sides are known to be even
    if height % 2 or width % 2:
        return F.pad(x, (0, width % 2, 0, height % 2), mode="replicate")
    return x


def fold_pixels(x: Tensor) -> Tensor:
    """Move each 2x2 block of pixels into channels: (B, C, H, W) -> (B, 4C, ceil(H / 2), ceil(W / 2)).

    An odd height or width is padded first. A convolution at half resolution on all four pixels costs a quarter of the
    same convolution at full resolution.

    Examples:
        >>> fold_pixels(torch.zeros(1, 3, 33, 48)).shape
        torch.Size([1, 12, 17, 24])
    """
    return F.pixel_unshuffle(even(x), 2)


def unfold_pixels(x: Tensor, size: tuple[int, ...]) -> Tensor:
    """Undo `fold_pixels`: (B, 4C, ceil(H / 2), ceil(W / 2)) -> (B, C, H, W) with `size` = (H, W).

    Examples:
        >>> x = torch.rand(1, 3, 33, 48)
        >>> torch.equal(unfold_pixels(fold_pixels(x), (33, 48)), x)
        True
    """
    x = F.pixel_shuffle(x, 2)
    return x if x.shape[-2:] == size else x[..., : size[0], : size[1]]
