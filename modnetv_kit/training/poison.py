"""Poisoned memories: parts of the person restored as background, as a matte that missed them would have done.

A memory that feeds on the network's own mistakes shows them only once they have happened, and in training they hardly
do. Here they are made: a blob of the person is written into the memory with the person's own features, and grows from
frame to frame as erosion does. The matte has to come out right all the same.
"""

import math

import torch
from torch import Tensor

from ..models import BackgroundState

PERSON = 0.5  # p above which a cell belongs to the person
GROWTH = 1.2  # of a blob's size from frame to frame
AGAIN = 0.6  # probability that a poisoned clip's blob is written in a frame


class Poison:
    """What is wrongly restored in each clip of a batch.

    Args:
        prob: probability that a clip is poisoned.
        batch: clips.
    """

    def __init__(self, prob: float, batch: int):
        self.poisoned = torch.rand(batch) < prob
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
            state: before the frame.
        """
        masks = []
        for i in range(len(p)):
            again = torch.rand(()) < AGAIN
            masks.append(self._blob(i, p[i, 0]) if self.poisoned[i] and again else torch.zeros_like(p[i, 0]))
        self.size = self.size * GROWTH
        self.share = (self.share * GROWTH).clamp_max(0.95)
        wrong = torch.stack(masks)[:, None]
        return BackgroundState(
            torch.lerp(state.bgF, e_4x.to(state.bgF.dtype), wrong), torch.maximum(state.bgM, wrong), state.prompt
        )

    def _blob(self, i: int, p: Tensor) -> Tensor:
        """Clip i's blob within the person, (h, w) in {0, 1}: what lies beyond a line, or a disc, or everybody."""
        rows, columns = (p > PERSON).nonzero(as_tuple=True)
        if not len(rows):
            return torch.zeros_like(p)
        inside = (p > PERSON).to(p.dtype)
        if self.kind[i] < 0.1:
            return inside
        y = torch.arange(p.shape[0], device=p.device)[:, None]
        x = torch.arange(p.shape[1], device=p.device)[None]
        if self.kind[i] < 0.5:
            # half of a torso, or all but the head: downward more often than to any other side
            angle = self.angle[i] if self.kind[i] < 0.25 else torch.tensor(math.pi / 2)
            along = x * torch.cos(angle) + y * torch.sin(angle)
            limit = torch.quantile((columns * torch.cos(angle) + rows * torch.sin(angle)).float(), 1 - self.share[i])
            return inside * (along > limit)
        middle = int(self.place[i] * len(rows))
        reach = self.size[i] * max(2, int(rows.max() - rows.min()), int(columns.max() - columns.min()))
        return inside * ((y - rows[middle]) ** 2 + (x - columns[middle]) ** 2 < reach**2)
