"""P, the patch refinement module, and its flaw map (section 3.3 of MODNet-V).

The frame is divided into k x k patches. A small network rates each patch of the coarse alpha. Patches rated above `xi`
are refined at full resolution; all others stay as they are. The cost grows with the number of flawed patches.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import ConvNormAct, as_float, fold_pixels, resize_like, unfold_pixels

FLAWED = 0.02  # mean absolute error above which a patch is flawed, as predicted by the flaw map
REACH = 15  # radius of PatchNet's receptive field in pixels
GRID = 4  # PatchNet folds 2 x 2 pixels and strides by 2, so crops on this grid match the whole frame
AT_ONCE = 16  # largest batch of patches for PatchNet, which bounds memory if all patches are flawed


def patch_grid(height: int, width: int) -> int:
    """k, the number of patches along each side: 16 up to 4K (4096 pixels on the long side), 32 above.

    Examples:
        >>> patch_grid(1080, 1920), patch_grid(4320, 7680)
        (16, 32)
    """
    return 16 if max(height, width) <= 4096 else 32


class FlawDetector(nn.Module):
    """Predicts the probability that each patch of a coarse alpha is wrong, like GCT's flaw detector (arXiv 2008.05258).

    Its input is the alpha and `4 alpha (1 - alpha)`, which is 1 where alpha is 0.5, pooled to 4k x 4k cells.
    """

    def __init__(self) -> None:
        super().__init__()
        verdict = nn.Conv2d(32, 1, 3, padding=1)
        # before training no patch is flawed (0.0025 < xi), so P changes nothing
        nn.init.zeros_(verdict.weight)
        nn.init.constant_(verdict.bias, -6.0)  # type: ignore[arg-type]  # there is a bias
        self.convs = nn.Sequential(ConvNormAct(2, 16, 3, 2), ConvNormAct(16, 32, 3, 2), verdict)

    def forward(self, alpha: Tensor, k: int) -> Tensor:
        """The flaw map, (B, 1, k, k) in [0, 1], of an alpha (B, 1, h, w) in [0, 1]."""
        pooled = F.adaptive_avg_pool2d(torch.cat([alpha, 4 * alpha * (1 - alpha)], 1), 4 * k)
        # a matte is fp32 at any precision of the network
        return torch.sigmoid(self.convs(pooled.to(next(self.parameters()).dtype)).float())


class PatchNet(nn.Module):
    """Refines patches of an upsampled coarse alpha at full resolution.

    It predicts a correction of the logits at half resolution, with pixels folded into channels. Its receptive field has
    a radius of `REACH` pixels. Its last layer is initialised to zero, so an untrained PatchNet returns the input alpha
    (to 1e-4).
    """

    def __init__(self) -> None:
        super().__init__()
        self.near = nn.Sequential(ConvNormAct(16, 24, 1), ConvNormAct(24, 24, 3))
        self.far = nn.Sequential(ConvNormAct(24, 32, 3, 2), ConvNormAct(32, 32, 3))
        self.join = ConvNormAct(24 + 32, 24, 1)
        self.predict = nn.Conv2d(24, 4, 3, padding=1)
        for parameter in self.predict.parameters():
            nn.init.zeros_(parameter)

    def forward(self, patches: Tensor) -> Tensor:
        """Map RGB and coarse alpha, (N, 4, h, w) in [0, 1], to the refined alpha, (N, 1, h, w) in [0, 1]."""
        near = self.near(fold_pixels(patches.to(self.predict.weight.dtype)))
        x = self.join(torch.cat([near, resize_like(self.far(near), near)], 1))
        correction = unfold_pixels(self.predict(x), patches.shape[-2:])
        return torch.sigmoid(torch.logit(patches[:, 3:].float(), eps=1e-4) + correction.float())


class PatchRefinement(nn.Module):
    """P: finds the flawed patches of a coarse alpha and refines only them.

    Each patch is cropped with a margin of at least `REACH` pixels, aligned to PatchNet's grid, so there are no seams.
    Refining all patches equals refining the whole frame.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flaw = FlawDetector()
        self.patches = PatchNet()

    def flaw_map(self, coarse_alpha: Tensor, size: tuple[int, ...], k: int | None = None) -> Tensor:
        """The flaw map (B, 1, k, k) of a coarse alpha (B, 1, h, w) for a frame of `size` = (H, W).

        If k does not divide H, the last row of patches extends past the frame. The coarse alpha is padded by the same
        share, so cell (i, j) of the map belongs to patch (i, j). By default `k` comes from `patch_grid`.
        """
        k = k or patch_grid(*size[:2])
        h, w = coarse_alpha.shape[-2:]
        over_h = round((math.ceil(size[0] / k) * k - size[0]) * h / size[0])
        over_w = round((math.ceil(size[1] / k) * k - size[1]) * w / size[1])
        flaw: Tensor = self.flaw(F.pad(coarse_alpha, (0, over_w, 0, over_h), mode="replicate"), k)
        return flaw

    def forward(
        self,
        frame: Tensor,
        coarse_alpha: Tensor,
        flaw: Tensor,
        xi: float,
        net: Callable[[Tensor], Tensor] | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Refine the patches with a flaw above `xi`; other pixels of the frame are not read.

        Args:
            frame: RGB, (B, 3, H, W), float in [0, 1] or uint8.
            coarse_alpha: (B, 1, h, w) in [0, 1], upsampled here to H x W.
            flaw: (B, 1, k, k), from `flaw_map`.
            xi: threshold; 1 refines no patch, and any value below 0 refines all.
            net: replaces this module's PatchNet, (N, 4, h, w) -> (N, 1, h, w) with h and w even.

        Returns:
            alpha: (B, 1, H, W); unrefined patches are bit-equal to the upsampled coarse alpha.
            refined: (B, 1, k, k) bool, the mask of refined patches.
        """
        alpha = resize_like(coarse_alpha, frame)
        refined = flaw > xi
        if not refined.any():
            return alpha, refined
        k = flaw.shape[-1]
        ph, pw = (math.ceil(side / k) for side in frame.shape[-2:])
        chosen = refined[:, 0].nonzero()
        # in training all patches form one batch, which batch norm needs
        parts = []
        for part in chosen.split(len(chosen) if self.training else AT_ONCE):
            patches = torch.stack([self._crop(frame, alpha, place, ph, pw) for place in part.tolist()])
            for (_, i, j), better in zip(part.tolist(), (net or self.patches)(patches)[:, 0], strict=True):
                top, left = i * ph - _start(i * ph), j * pw - _start(j * pw)
                parts.append(better[top : top + ph, left : left + pw])
        # written after all crops are taken; otherwise some crops would contain refined neighbours
        for (image, i, j), better in zip(chosen.tolist(), torch.stack(parts).to(alpha.dtype), strict=True):
            # patches in the last row and column may extend past the frame
            patch = alpha[image, 0, i * ph : (i + 1) * ph, j * pw : (j + 1) * pw]
            patch.copy_(better[: patch.shape[0], : patch.shape[1]])
        return alpha, refined

    def _crop(self, frame: Tensor, alpha: Tensor, place: list[int], ph: int, pw: int) -> Tensor:
        """The patch at `place`, (image, row, column), with its margin: (4, h, w), RGB and alpha in [0, 1].

        It slices, since gathering pixels by index costs as much as refining them.
        """
        image, i, j = place
        height, width = frame.shape[-2:]
        rows, above, below = _span(_start(i * ph), _side(ph), height)
        columns, left, right = _span(_start(j * pw), _side(pw), width)
        patch = torch.cat([as_float(frame[image, :, rows, columns]), alpha[image, :, rows, columns]])
        if not any((left, right, above, below)):
            return patch
        return F.pad(patch[None], (left, right, above, below), mode="replicate")[0]


def _start(first: int) -> int:
    """First pixel of the crop for a patch that starts at pixel `first`: on the grid, at least `REACH` pixels before."""
    return (first - REACH) // GRID * GRID


def _side(side: int) -> int:
    """Side of the crop for a patch of `side` pixels, at any offset from the grid."""
    return math.ceil((side + 2 * REACH + GRID - 1) / GRID) * GRID


def _span(start: int, length: int, side: int) -> tuple[slice, int, int]:
    """The slice of `length` pixels from `start`, clipped to `side` pixels, and the number missing before and after.

    The slice holds at least one pixel, since padding repeats the edge pixel.
    """
    first = min(max(start, 0), side - 1)
    last = min(max(start + length, first + 1), side)
    before = first - start if start < 0 else 0
    return slice(first, last), before, length - before - (last - first)
