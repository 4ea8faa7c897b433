"""S, the low-resolution branch, which locates the person (section 3 of MODNet, arXiv 2011.11961)."""

import torch
from torch import Tensor, nn

from .attention import ContextAttention
from .blocks import ConvNormAct, SeparableConv, SqueezeExcite, resize_like
from .mobilenetv2 import MobileNetV2Encoder


class SemanticBranch(nn.Module):
    """S: coarse semantics from the deep features.

    Squeeze-and-excitation on the 32x features uses the whole frame, a 5x5 depthwise convolution uses each cell's
    neighbourhood, and attention relates all cells to each other. The 16x and 8x features then refine the location.
    `s_p` is supervised at 16x, as in MODNet.
    """

    out_channels = 32

    def __init__(self) -> None:
        super().__init__()
        channels = MobileNetV2Encoder.channels
        self.context = nn.Sequential(
            SqueezeExcite(channels.e_32x), ConvNormAct(channels.e_32x, 96, 1), SeparableConv(96, 96, 5)
        )
        self.attention = ContextAttention(96)
        self.join_16x = nn.Sequential(ConvNormAct(96 + channels.e_16x, 64, 1), SeparableConv(64, 64, 5))
        self.predict = nn.Conv2d(64, 1, 1)
        self.join_8x = nn.Sequential(ConvNormAct(64 + channels.e_8x, 48, 1), ConvNormAct(48, self.out_channels, 3))

    def forward(self, e_8x: Tensor, e_16x: Tensor, e_32x: Tensor) -> tuple[Tensor, Tensor]:
        """Map the encoder's features to the semantics.

        Returns:
            logits: (B, 1, H/16, W/16); `s_p = sigmoid(logits)`.
            features: (B, 32, H/8, W/8), for D and F.
        """
        x = self.attention(self.context(e_32x))
        x = self.join_16x(torch.cat([resize_like(x, e_16x), e_16x], 1))
        return self.predict(x), self.join_8x(torch.cat([resize_like(x, e_8x), e_8x], 1))
