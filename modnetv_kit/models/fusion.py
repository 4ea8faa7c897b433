"""F, the fusion branch: combines semantics and detail into the coarse alpha (section 3 of MODNet, arXiv 2011.11961)."""

import torch
from torch import Tensor, nn

from .blocks import ConvNormAct, fold_pixels, resize_like, unfold_pixels
from .detail import DetailBranch
from .semantic import SemanticBranch


class FusionBranch(nn.Module):
    """F: `coarse alpha = sigmoid(upsample(s logits) + f)`.

    The semantic logits act as a shortcut, so F only corrects S near the boundary. Without the shortcut, F spends the
    first thousand training steps on finding the person again. F runs at 2x; its four output channels unfold to full
    size.
    """

    def __init__(self) -> None:
        super().__init__()
        self.narrow = ConvNormAct(SemanticBranch.out_channels, 8, 1)
        self.join_2x = ConvNormAct(DetailBranch.out_channels + 8, 16, 3)
        self.predict = nn.Conv2d(16 + 12, 4, 3, padding=1)

    def forward(self, frame: Tensor, s_logits: Tensor, s_features: Tensor, d_features: Tensor) -> Tensor:
        """The coarse alpha's logits, (B, 1, H, W).

        Args:
            frame: RGB in [0, 1], (B, 3, H, W).
            s_logits: (B, 1, H/16, W/16).
            s_features: (B, 32, H/8, W/8).
            d_features: (B, 16, H/2, W/2).
        """
        x = self.join_2x(torch.cat([d_features, resize_like(self.narrow(s_features), d_features)], 1))
        x = self.predict(torch.cat([x, fold_pixels(frame)], 1))
        return unfold_pixels(x, frame.shape[-2:]) + resize_like(s_logits, frame)
