"""B, the background restoration module (section 3.2 of MODNet-V), and the state it carries from frame to frame."""

from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import ConvNormAct, SeparableConv, resize_like
from .mobilenetv2 import MobileNetV2Encoder

Update = Literal["accumulate", "refresh"]


class BackgroundState(NamedTuple):
    """What is known of the background so far.

    Attributes:
        bgF: (B, 24, H/4, W/4), the restored background's features; 0 where nothing is restored.
        bgM: (B, 1, H/4, W/4) in {0, 1}, where they are restored.
    """

    bgF: Tensor
    bgM: Tensor

    @classmethod
    def empty(cls, e_4x: Tensor) -> "BackgroundState":
        """The state before the first frame, shaped and placed like `e_4x` (B, 24, H/4, W/4)."""
        return cls(torch.zeros_like(e_4x), torch.zeros_like(e_4x[:, :1]))

    def detach(self) -> "BackgroundState":
        """The same state, cut off from the graph that made it."""
        return BackgroundState(self.bgF.detach(), self.bgM.detach())


def presence(alpha: Tensor, e_4x: Tensor) -> Tensor:
    """`p`, how much of a person lies in and around each cell of the memory: the matte, averaged over 3 x 3 cells.

    The paper asks `s_p` instead, which knows cells of 16 x 16 pixels only: it restores a hand that S overlooks and
    leaves out what lies close to a person, so that the next frames cannot tell one from the other either.

    Args:
        alpha: the coarse alpha, (B, 1, H, W) in [0, 1].
        e_4x: (B, 24, H/4, W/4), for its size.

    Returns:
        (B, 1, H/4, W/4) in [0, 1].
    """
    return F.avg_pool2d(resize_like(alpha, e_4x), 3, 1, 1, count_include_pad=False)


def restore(
    e_4x: Tensor, p: Tensor, state: BackgroundState, theta: float, update: Update, rho: float
) -> BackgroundState:
    """The state after a frame.

    `bgI = (1 - p) e_4x`; `seen = [p < theta]`; `new = (1 - bgM) seen`; `bgF += new bgI`; `bgM += new`.
    "refresh" adds `bgF += rho bgM seen (bgI - bgF)`.

    Args:
        e_4x: (B, 24, H/4, W/4), as the encoder gave it, not enriched: what is restored must not feed on itself.
        p: (B, 1, h, w) in [0, 1], how much of a person is where, resized here to H/4 x W/4; see `presence`.
        state: the state after the previous frame.
        theta, update, rho: as in `BackgroundRestoration`.
    """
    p = resize_like(p, e_4x)
    bgI = (1 - p) * e_4x
    seen = (p < theta).to(e_4x.dtype)
    new = (1 - state.bgM) * seen
    bgF = state.bgF + new * bgI
    if update == "refresh":
        bgF = bgF + rho * state.bgM * seen * (bgI - state.bgF)
    return BackgroundState(bgF, state.bgM + new)


class BackgroundRestoration(nn.Module):
    """B: enriches `e_4x` with the restored background and, once the matte is there, restores more of it.

    Args:
        update: "accumulate" is the paper's rule, a pixel once restored is never touched again. "refresh" moves
            restored features toward what the current frame shows wherever it shows background, so that stale
            background (a moving camera, a light switched off) is replaced as soon as it is seen.
        theta: a cell is background where p < theta.
        rho: with "refresh", the share of the current frame's features that replaces the old ones, in (0, 1].

    Raises:
        ValueError: `update` is neither of the two.
    """

    def __init__(self, update: Update = "refresh", theta: float = 0.2, rho: float = 0.5):
        super().__init__()
        if update not in ("accumulate", "refresh"):
            raise ValueError(f"update must be 'accumulate' or 'refresh', not {update!r}")
        self.update_rule: Update = update
        self.theta = theta
        self.rho = rho
        channels = MobileNetV2Encoder.channels.e_4x
        last = nn.Conv2d(48, channels, 1)
        # zero at first: before training, B leaves a pretrained encoder's features as they are
        for parameter in last.parameters():
            nn.init.zeros_(parameter)
        self.fuse = nn.Sequential(ConvNormAct(3 * channels + 1, 48, 1), ConvNormAct(48, 48, 3, groups=48), last)
        self.head = nn.Sequential(SeparableConv(channels, 16), nn.Conv2d(16, 3, 1))

    def enrich(self, e_4x: Tensor, state: BackgroundState) -> Tensor:
        """`e_4x' = e_4x + bgM fuse([e_4x, c, mean(c), bgM])` with `c = bgM |e_4x - bgF|`, (B, 24, H/4, W/4), before S.

        The mean of the change c over all that is restored tells a person before a known background from a camera that
        has moved. Where nothing is restored B has nothing to say: a video's first frame is matted as MODNet would.
        """
        change = state.bgM * (e_4x - state.bgF).abs()
        overall = change.mean((2, 3), keepdim=True) / state.bgM.mean((2, 3), keepdim=True).clamp_min(1e-3)
        seen = torch.cat([e_4x, change, overall.expand_as(change), state.bgM], 1)
        return e_4x + state.bgM * self.fuse(seen)

    def update(self, e_4x: Tensor, p: Tensor, state: BackgroundState) -> BackgroundState:
        """The next state: `restore` under this module's rules, with its arguments."""
        return restore(e_4x, p, state, self.theta, self.update_rule, self.rho)

    def picture(self, state: BackgroundState) -> Tensor:
        """`bg_p`, the restored background as RGB in [0, 1], (B, 3, H/4, W/4), meaningful where `bgM` is 1."""
        return torch.sigmoid(self.head(state.bgF).float())
