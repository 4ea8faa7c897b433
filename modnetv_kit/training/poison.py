"""Poisoned memories: parts of the person restored as background, as after a matte that missed them.

In training, the network rarely makes the errors that corrupt its memory, so it does not learn to recover from them.
This module makes them on purpose. It writes a blob of the person into the memory with the person's own features and
lets it grow from frame to frame, as such errors do. The target is still the true matte.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ..models import BackgroundState

PERSON = 0.5  # p above which a cell belongs to the person
GROWTH = 1.2  # factor of a blob's size from frame to frame
AGAIN = 0.6  # probability that a poisoned clip's blob is written in a frame


class Poison:
    """The wrongly restored blob of each clip in a batch.

    Args:
        prob: probability that a clip is poisoned.
        g: (B, 1, 1, 1), 1 for prompted clips, which are never poisoned: their memory follows the prompt.
    """

    def __init__(self, prob: float, g: Tensor):
        batch = len(g)
        self.poisoned = (torch.rand(batch) < prob) & (g.flatten().cpu() == 0)
        self.kind = torch.rand(batch)
        self.angle = torch.rand(batch) * 2 * math.pi
        self.share = 0.1 + 0.6 * torch.rand(batch)
        self.size = 0.05 + 0.3 * torch.rand(batch)
        self.place = torch.rand(batch)

    def __call__(self, e_4x: Tensor, p: Tensor, state: BackgroundState) -> BackgroundState:
        """The state with blobs of the person restored.

        Args:
            e_4x: the frame's features, (B, 24, h, w).
            p: the true matte on the memory's grid, (B, 1, h, w) in [0, 1].
            state: the state before the frame.
        """
        masks = []
        for i in range(len(p)):
            again = torch.rand(()) < AGAIN
            masks.append(self._blob(i, p[i, 0]) if self.poisoned[i] and again else torch.zeros_like(p[i, 0]))
        self.size = self.size * GROWTH
        self.share = (self.share * GROWTH).clamp_max(0.95)
        wrong = torch.stack(masks)[:, None]
        return state.written(e_4x, wrong)

    def _blob(self, i: int, p: Tensor) -> Tensor:
        """Clip i's blob within the person, (h, w) in {0, 1}: everything beyond a line, a disc, or the whole person."""
        rows, columns = (p > PERSON).nonzero(as_tuple=True)
        if not len(rows):
            return torch.zeros_like(p)
        inside = (p > PERSON).to(p.dtype)
        if self.kind[i] < 0.1:
            return inside
        y = torch.arange(p.shape[0], device=p.device)[:, None]
        x = torch.arange(p.shape[1], device=p.device)[None]
        if self.kind[i] < 0.5:
            # half of a torso, or everything below the head: downward more often than to any other side
            angle = self.angle[i] if self.kind[i] < 0.25 else torch.tensor(math.pi / 2)
            along = x * torch.cos(angle) + y * torch.sin(angle)
            limit = torch.quantile((columns * torch.cos(angle) + rows * torch.sin(angle)).float(), 1 - self.share[i])
            return inside * (along > limit)
        middle = int(self.place[i] * len(rows))
        reach = self.size[i] * max(2, int(rows.max() - rows.min()), int(columns.max() - columns.min()))
        return inside * ((y - rows[middle]) ** 2 + (x - columns[middle]) ** 2 < reach**2)


def forget_parts(state: BackgroundState, prob: float) -> BackgroundState:
    """The state with random regions of the memory emptied.

    If the memory were complete except for the person, the network would learn that every unknown cell is the person. In
    real videos, background that has just come into view is unknown, too.

    Args:
        state: the states of B clips.
        prob: probability that a clip's memory loses regions. Prompted clips lose none.
    """
    bgM = state.bgM
    coarse = torch.rand(len(bgM), 1, 4, 6, device=bgM.device)
    noise = F.interpolate(coarse, size=bgM.shape[-2:], mode="bilinear", align_corners=False)
    level = 0.15 + 0.6 * torch.rand(len(bgM), 1, 1, 1, device=bgM.device)
    spared = (torch.rand(len(bgM), 1, 1, 1, device=bgM.device) >= prob) | (state.prompt[:, 2:, :1, :1] > 0)
    kept = ((noise > level) | spared).to(bgM.dtype)
    return state.kept(kept)
