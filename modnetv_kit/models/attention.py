"""Self-attention over the deepest features, which relates distant parts of a body to each other."""

import torch.nn.functional as F
from torch import Tensor, nn


class ContextAttention(nn.Module):
    """A transformer block over all cells of a small feature map (arXiv 1706.03762), with a shortcut around each half.

    A depthwise convolution encodes position through its zero padding at the borders (arXiv 2102.10882), so frames of
    any size fit. The last layer of each half is initialised to zero, so an untrained block is the identity.

    Args:
        channels: channels of the map, a multiple of `heads`.
        heads: attention heads.
    """

    def __init__(self, channels: int, heads: int = 4):
        super().__init__()
        self.heads = heads
        self.position = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.norm_attend = nn.LayerNorm(channels)
        self.query_key_value = nn.Linear(channels, 3 * channels)
        self.join = nn.Linear(channels, channels)
        self.norm_mix = nn.LayerNorm(channels)
        self.mix = nn.Sequential(nn.Linear(channels, 2 * channels), nn.GELU(), nn.Linear(2 * channels, channels))
        for layer in (self.position, self.join, self.mix[2]):
            for parameter in layer.parameters():
                nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        height, width = x.shape[-2:]
        cells = (x + self.position(x)).flatten(2).transpose(1, 2)
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in self.query_key_value(self.norm_attend(cells)).chunk(3, 2)
        )
        attended = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        cells = cells + self.join(attended)
        cells = cells + self.mix(self.norm_mix(cells))
        out: Tensor = cells.transpose(1, 2).unflatten(2, (height, width))
        return out
