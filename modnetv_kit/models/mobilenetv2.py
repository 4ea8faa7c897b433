"""The encoder E: MobileNetV2 (arXiv 1801.04381), width 1.0, up to its 320 channels at 32x."""

from typing import NamedTuple

from torch import Tensor, nn

from .blocks import ConvNormAct, normalise


class EncoderFeatures(NamedTuple):
    """Features by stride: `e_2x` has half the frame's height and width (rounded up), and so on."""

    e_2x: Tensor
    e_4x: Tensor
    e_8x: Tensor
    e_16x: Tensor
    e_32x: Tensor


class EncoderChannels(NamedTuple):
    """Number of channels of each of the encoder's features."""

    e_2x: int = 16
    e_4x: int = 24
    e_8x: int = 32
    e_16x: int = 96
    e_32x: int = 320


class InvertedResidual(nn.Module):
    """1x1 expansion, depthwise 3x3 and linear 1x1 projection, with a shortcut where the shapes allow it."""

    def __init__(self, c_in: int, c_out: int, stride: int, expand: int):
        super().__init__()
        hidden = c_in * expand
        layers: list[nn.Module] = [] if expand == 1 else [ConvNormAct(c_in, hidden, 1)]
        layers += [
            ConvNormAct(hidden, hidden, 3, stride, groups=hidden),
            nn.Conv2d(hidden, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
        ]
        self.conv = nn.Sequential(*layers)
        self.shortcut = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:
        """(B, c_in, H, W) -> (B, c_out, ceil(H / stride), ceil(W / stride))."""
        *first, project, norm = self.conv
        out = x
        for layer in first:
            out = layer(out)
        out = normalise(project, norm, out)
        return x + out if self.shortcut else out


class MobileNetV2Encoder(nn.Module):
    """E(I): features at 2x, 4x, 8x, 16x and 32x.

    It has two halves, and the background restoration module acts between them: `stem` computes `e_4x`, B enriches it,
    and `trunk` continues from there. Parameter names match torchvision's `mobilenet_v2().features`, so its checkpoints
    fit.
    """

    channels = EncoderChannels()
    _blocks = (  # expand, channels, repeats, stride: table 2 of the MobileNetV2 paper
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    )

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [ConvNormAct(3, 32, 3, 2)]
        c_in = 32
        for expand, c_out, repeats, first_stride in self._blocks:
            for i in range(repeats):
                layers.append(InvertedResidual(c_in, c_out, first_stride if i == 0 else 1, expand))
                c_in = c_out
        self.features = nn.Sequential(*layers)

    def stem(self, frame: Tensor) -> tuple[Tensor, Tensor]:
        """From RGB in [0, 1], (B, 3, H, W), to `e_2x` (B, 16, H/2, W/2) and `e_4x` (B, 24, H/4, W/4)."""
        e_2x = self.features[:2](frame * 2 - 1)
        return e_2x, self.features[2:4](e_2x)

    def trunk(self, e_4x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """From `e_4x` to `e_8x` (32 channels), `e_16x` (96) and `e_32x` (320)."""
        e_8x = self.features[4:7](e_4x)
        e_16x = self.features[7:14](e_8x)
        return e_8x, e_16x, self.features[14:](e_16x)

    def forward(self, frame: Tensor) -> EncoderFeatures:
        """All five features of RGB frames in [0, 1], (B, 3, H, W)."""
        e_2x, e_4x = self.stem(frame)
        return EncoderFeatures(e_2x, e_4x, *self.trunk(e_4x))
