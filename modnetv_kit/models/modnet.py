"""MODNet = F(S(I), D(S(I), I)): the paper's image baseline, without any memory."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from .detail import DetailBranch
from .fusion import FusionBranch
from .mobilenetv2 import MobileNetV2Encoder
from .semantic import SemanticBranch


class CoarseOutput(NamedTuple):
    """The output of S, D and F for frames of size H x W.

    Attributes:
        alpha: the coarse alpha, (B, 1, H, W) in [0, 1].
        semantic: `s_p`, (B, 1, H/16, W/16) in [0, 1].
        detail: `d_p`, (B, 1, H, W) in [0, 1], or None unless requested.
        e_4x, p: inputs of B's update, (B, 24, H/4, W/4) and (B, 1, h, w), see `restore`; None without B.
    """

    alpha: Tensor
    semantic: Tensor
    detail: Tensor | None
    e_4x: Tensor | None = None
    p: Tensor | None = None


class MattingBranches(nn.Module):
    """E, S, D and F, which MODNet and MODNetV share; MODNetV adds B and P around them."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = MobileNetV2Encoder()
        self.semantic = SemanticBranch()
        self.detail = DetailBranch()
        self.fusion = FusionBranch()

    def perceive(self, e_4x: Tensor) -> tuple[Tensor, Tensor]:
        """S on top of `e_4x` (B, 24, H/4, W/4): its logits (B, 1, H/16, W/16) and features (B, 32, H/8, W/8)."""
        s_logits, s_features = self.semantic(*self.encoder.trunk(e_4x))
        return s_logits, s_features

    def decode(
        self,
        frame: Tensor,
        e_2x: Tensor,
        e_4x: Tensor,
        s_logits: Tensor,
        s_features: Tensor,
        with_detail: bool,
    ) -> CoarseOutput:
        """D and F on top of S; shapes as in the branches."""
        d_features = self.detail(frame, e_2x, e_4x, s_features)
        logits = self.fusion(frame, s_logits, s_features, d_features)
        # sigmoid in fp32; under autocast a bf16 matte would have 8 bits near 1
        return CoarseOutput(
            torch.sigmoid(logits.float()),
            torch.sigmoid(s_logits.float()),
            self.detail.detail(d_features, frame.shape[-2:]) if with_detail else None,
        )


class MODNet(MattingBranches):
    """The image matting network."""

    def forward(self, frame: Tensor, with_detail: bool = False) -> CoarseOutput:
        """Matte single frames.

        Args:
            frame: RGB in [0, 1], (B, 3, H, W), H and W from 32 up.
            with_detail: also predict `d_p` (needed for its loss only).
        """
        e_2x, e_4x = self.encoder.stem(frame)
        return self.decode(frame, e_2x, e_4x, *self.perceive(e_4x), with_detail)
