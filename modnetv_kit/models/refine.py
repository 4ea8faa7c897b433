"""P, the patch refinement module, and its flaw map (section 3.3 of MODNet-V).

The frame is cut in k x k patches. A small network rates each patch of the coarse alpha; those rated above `xi` are
refined at full resolution, all others are passed on untouched. The cost follows the number of flawed patches.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import ConvNormAct, fold_pixels, resize_like, unfold_pixels


def patch_grid(height: int, width: int) -> int:
    """k, the number of patches along each side: 16 up to 4K (4096 pixels on the long side), 32 above."""
    return 16 if max(height, width) <= 4096 else 32


class FlawDetector(nn.Module):
    """How likely each patch of a coarse alpha is wrong, as in GCT's flaw detector (arXiv 2008.05258).

    It sees the alpha and `4 alpha (1 - alpha)`, which is 1 where the matte is undecided, pooled to 4k x 4k cells.
    """

    def __init__(self) -> None:
        super().__init__()
        verdict = nn.Conv2d(32, 1, 3, padding=1)
        # untrained, every patch passes as right (0.0025 < xi) and P changes nothing
        nn.init.zeros_(verdict.weight)
        nn.init.constant_(verdict.bias, -6.0)  # type: ignore[arg-type]  # there is a bias
        self.convs = nn.Sequential(ConvNormAct(2, 16, 3, 2), ConvNormAct(16, 32, 3, 2), verdict)

    def forward(self, alpha: Tensor, k: int) -> Tensor:
        """The flaw map, (B, 1, k, k) in [0, 1], of an alpha (B, 1, h, w) in [0, 1]."""
        pooled = F.adaptive_avg_pool2d(torch.cat([alpha, 4 * alpha * (1 - alpha)], 1), 4 * k)
        return torch.sigmoid(self.convs(pooled).float())


class PatchNet(nn.Module):
    """Refines patches of an upsampled coarse alpha at full resolution.

    A correction of the logits at half resolution with pixels folded into channels, looking 16 pixels around. Its
    last layer starts at zero: an untrained PatchNet returns the alpha it was given (to 1e-4).
    """

    def __init__(self) -> None:
        super().__init__()
        self.near = nn.Sequential(ConvNormAct(16, 24, 1), ConvNormAct(24, 24, 3))
        self.far = nn.Sequential(ConvNormAct(24, 32, 3, 2), ConvNormAct(32, 32, 3))
        self.join = ConvNormAct(24 + 32, 24, 3)
        self.predict = nn.Conv2d(24, 4, 3, padding=1)
        for parameter in self.predict.parameters():
            nn.init.zeros_(parameter)

    def forward(self, patches: Tensor) -> Tensor:
        """From RGB and coarse alpha, (N, 4, h, w) in [0, 1], to the refined alpha (N, 1, h, w) in [0, 1]."""
        near = self.near(fold_pixels(patches))
        x = self.join(torch.cat([near, resize_like(self.far(near), near)], 1))
        correction = unfold_pixels(self.predict(x), patches.shape[-2:])
        return torch.sigmoid(torch.logit(patches[:, 3:].float(), eps=1e-4) + correction.float())


class PatchRefinement(nn.Module):
    """P: finds the flawed patches of a coarse alpha and refines only those.

    Args:
        context: pixels around each patch that its refinement also sees.
    """

    def __init__(self, context: int = 8):
        super().__init__()
        self.context = context
        self.flaw = FlawDetector()
        self.patches = PatchNet()

    def flaw_map(self, coarse_alpha: Tensor, size: tuple[int, int]) -> Tensor:
        """The flaw map (B, 1, k, k) of a coarse alpha (B, 1, h, w) for a frame of `size` = (H, W).

        Where k does not divide H, the last row of patches reaches past the frame; the coarse alpha is extended by
        the same share, so that cell (i, j) of the map speaks of patch (i, j).
        """
        k = patch_grid(*size)
        h, w = coarse_alpha.shape[-2:]
        over_h = round((math.ceil(size[0] / k) * k - size[0]) * h / size[0])
        over_w = round((math.ceil(size[1] / k) * k - size[1]) * w / size[1])
        return self.flaw(F.pad(coarse_alpha, (0, over_w, 0, over_h), mode="replicate"), k)

    def forward(self, frame: Tensor, coarse_alpha: Tensor, flaw: Tensor, xi: float) -> tuple[Tensor, Tensor]:
        """Refine the patches whose flaw is above `xi`.

        Args:
            frame: RGB in [0, 1], (B, 3, H, W).
            coarse_alpha: (B, 1, h, w) in [0, 1], upsampled here to H x W.
            flaw: (B, 1, k, k), from `flaw_map`.
            xi: threshold; 1 refines no patch, anything below 0 refines all.

        Returns:
            alpha: (B, 1, H, W); patches not refined are bit-equal to the upsampled coarse alpha.
            refined: (B, 1, k, k) bool, which patches were refined.
        """
        alpha = resize_like(coarse_alpha, frame)
        refined = flaw > xi
        if not refined.any():
            return alpha, refined
        k = flaw.shape[-1]
        height, width = frame.shape[-2:]
        ph, pw = math.ceil(height / k), math.ceil(width / k)
        over_h, over_w = ph * k - height, pw * k - width
        patches = self._crop(torch.cat([frame, alpha], 1), refined[:, 0], ph, pw, over_h, over_w)
        c = self.context
        better = self.patches(patches)[:, 0, c : c + ph, c : c + pw]
        grid = F.pad(alpha, (0, over_w, 0, over_h)).view(-1, k, ph, k, pw).permute(0, 1, 3, 2, 4)
        # a copy and an index_put, so that gradients flow and the caller's tensor stays as it is
        grid = grid.clone(memory_format=torch.contiguous_format)
        grid[refined[:, 0]] = better.to(grid.dtype)
        alpha = grid.permute(0, 1, 3, 2, 4).reshape(-1, 1, k * ph, k * pw)
        return alpha[..., :height, :width], refined

    def _crop(self, x: Tensor, chosen: Tensor, ph: int, pw: int, over_h: int, over_w: int) -> Tensor:
        """The chosen patches (B, k, k) of x (B, C, H, W) with their context: (N, C, ph + 2c, pw + 2c)."""
        c = self.context
        padded = F.pad(x, (c, c + over_w, c, c + over_h), mode="replicate")
        # windows are a view of the padded frame; only those chosen are copied
        windows = padded.unfold(2, ph + 2 * c, ph).unfold(3, pw + 2 * c, pw)
        return windows.permute(0, 2, 3, 1, 4, 5)[chosen]
