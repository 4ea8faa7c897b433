"""D, the high-resolution branch: the person's boundary (section 3 of MODNet, arXiv 2011.11961)."""

import torch
from torch import Tensor, nn

from .blocks import ConvNormAct, fold_pixels, resize_like, unfold_pixels
from .mobilenetv2 import MobileNetV2Encoder
from .semantic import SemanticBranch


class DetailBranch(nn.Module):
    """D: boundary detail from early features, the image itself and S.

    The image enters at 4x, downsampled, and at 2x, with pixels folded into channels. D thus sees every pixel without a
    convolution at full size.
    """

    out_channels = 16

    def __init__(self) -> None:
        super().__init__()
        channels = MobileNetV2Encoder.channels
        self.join_4x = nn.Sequential(
            ConvNormAct(channels.e_4x + SemanticBranch.out_channels + 3, 24, 1), ConvNormAct(24, 16, 3)
        )
        self.join_2x = nn.Sequential(
            ConvNormAct(16 + channels.e_2x + 12, self.out_channels, 1),
            ConvNormAct(self.out_channels, self.out_channels, 3),
        )
        self.predict = nn.Conv2d(self.out_channels, 4, 3, padding=1)

    def forward(self, frame: Tensor, e_2x: Tensor, e_4x: Tensor, s_features: Tensor) -> Tensor:
        """Detail features at 2x.

        Args:
            frame: RGB in [0, 1], (B, 3, H, W).
            e_2x: (B, 16, H/2, W/2).
            e_4x: (B, 24, H/4, W/4), after B enriched it.
            s_features: (B, 32, H/8, W/8), from S.

        Returns:
            (B, 16, H/2, W/2).
        """
        x = self.join_4x(torch.cat([e_4x, resize_like(s_features, e_4x), resize_like(frame, e_4x)], 1))
        features: Tensor = self.join_2x(torch.cat([resize_like(x, e_2x), e_2x, fold_pixels(frame)], 1))
        return features

    def detail(self, d_features: Tensor, size: tuple[int, ...]) -> Tensor:
        """`d_p`, the alpha predicted by D alone, (B, 1, H, W) in [0, 1] with `size` = (H, W). For training."""
        return torch.sigmoid(unfold_pixels(self.predict(d_features), size).float())
