"""B, the background restoration module (section 3.2 of MODNet-V), and its state from frame to frame."""

from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import ConvNormAct, SeparableConv, resize_like
from .mobilenetv2 import MobileNetV2Encoder

Update = Literal["accumulate", "refresh"]
Presence = Literal["alpha", "semantic"]

SURE = 0.9  # p above which a cell certainly shows the person
CHANGED = 0.35  # relative change above which a cell differs from its memory


class BackgroundState(NamedTuple):
    """The restored background of a video and its prompt.

    Attributes:
        bgF: (B, 24, H/4, W/4), the restored background's features; 0 where nothing is restored.
        bgM: (B, 1, H/4, W/4) in {0, 1}, the mask of the restored cells.
        prompt: (B, 3, H/4, W/4) in [0, 1]: K marks the person to keep, R marks what to remove, and g is 1 everywhere
            once the video has been prompted. Without prompts all three are 0.
    """

    bgF: Tensor
    bgM: Tensor
    prompt: Tensor

    @classmethod
    def empty(cls, e_4x: Tensor) -> "BackgroundState":
        """The state before the first frame, with the shape, device and type of `e_4x` (B, 24, H/4, W/4)."""
        return cls.known(torch.zeros_like(e_4x), torch.zeros_like(e_4x[:, :1]))

    @classmethod
    def known(cls, bgF: Tensor, bgM: Tensor) -> "BackgroundState":
        """The state with the known background `bgF` where `bgM` is 1, without prompts."""
        return cls(bgF, bgM, torch.zeros_like(bgF[:, :3]))

    def prompted(self, keep: Tensor, remove: Tensor) -> "BackgroundState":
        """The state with a prompt for the next frame.

        Where K is set, the background is unknown: `bgM = 0`. Where R is set, the next frame's features become
        background (`BackgroundRestoration.write`).

        Args:
            keep: K, (B, 1, H/4, W/4) in [0, 1].
            remove: R, (B, 1, H/4, W/4) in [0, 1].
        """
        free = (keep < 0.5).to(self.bgM.dtype)
        prompt = torch.cat([keep, remove, torch.ones_like(keep)], 1).to(self.prompt.dtype)
        return self.kept(free)._replace(prompt=prompt)

    def written(self, e_4x: Tensor, where: Tensor) -> "BackgroundState":
        """The state with `e_4x` written as background where `where`, (B, 1, H/4, W/4) in [0, 1], is 1."""
        bgF = where * e_4x.to(self.bgF.dtype) + (1 - where) * self.bgF
        return BackgroundState(bgF, torch.maximum(self.bgM, where), self.prompt)

    def kept(self, where: Tensor) -> "BackgroundState":
        """The state with its memory emptied where `where`, (B, 1, H/4, W/4) in {0, 1}, is 0."""
        return BackgroundState(self.bgF * where, self.bgM * where, self.prompt)

    def detach(self) -> "BackgroundState":
        """The same state, detached from the autograd graph."""
        return BackgroundState(*(x.detach() for x in self))


def presence(alpha: Tensor, e_4x: Tensor) -> Tensor:
    """`p`, the matte averaged over 3 x 3 cells of the memory: the share of the person in and around each cell.

    The paper uses `s_p` instead. Its cells of 16 x 16 pixels restore a hand that S misses as background, and leave a
    wide ring around the person unrestored.

    Args:
        alpha: the coarse alpha, (B, 1, H, W) in [0, 1].
        e_4x: (B, 24, H/4, W/4), gives the output size.

    Returns:
        (B, 1, H/4, W/4) in [0, 1].

    Examples:
        >>> presence(torch.ones(1, 1, 32, 48), torch.zeros(1, 24, 8, 12)).unique().tolist()
        [1.0]
    """
    return F.avg_pool2d(resize_like(alpha, e_4x), 3, 1, 1, count_include_pad=False)


def relative_change(e_4x: Tensor, state: BackgroundState) -> Tensor:
    """`d = |e_4x - bgF|_1 / |e_4x|_1` over channels, (B, 1, H/4, W/4); 0 where a cell equals its memory.

    Examples:
        >>> e_4x = torch.ones(1, 24, 2, 2)
        >>> relative_change(e_4x, BackgroundState.known(e_4x, torch.ones(1, 1, 2, 2))).max().item()
        0.0
    """
    change = (e_4x - state.bgF).abs().sum(1, keepdim=True)
    return change / e_4x.abs().sum(1, keepdim=True).clamp_min(1e-3)


def restore(
    e_4x: Tensor, p: Tensor, state: BackgroundState, theta: float, update: Update, rho: float
) -> BackgroundState:
    """The state after a frame.

    `bgI = (1 - p) e_4x`; `seen = [p < theta]`; `new = (1 - bgM) seen`; `bgF += new bgI`; `bgM += new`.

    "refresh" also moves restored cells, `bgF += rho bgM seen (bgI - bgF)`, and forgets wrong ones: `wrong = bgM [p >
    0.9] [d < 0.35]`; `bgF *= 1 - wrong`; `bgM -= wrong`, with d from `relative_change`. Background cannot look like the
    person. A cell that certainly shows the person and matches its memory was therefore restored from the person.

    In a prompted video nothing is forgotten, since the memory also holds other people: `wrong = 0` where g is 1. K
    becomes the certain part of the matte, `g [p > 0.9]`, and R becomes 0.

    Args:
        e_4x: (B, 24, H/4, W/4), from the encoder, not enriched, so the memory does not feed back into itself.
        p: (B, 1, h, w) in [0, 1], see `presence`; resized here to H/4 x W/4.
        state: the state after the previous frame.
        theta: as in `BackgroundRestoration`.
        update: the update rule.
        rho: the rate of "refresh".

    Examples:
        >>> e_4x, nobody = torch.ones(1, 24, 2, 2), torch.zeros(1, 1, 2, 2)
        >>> after = restore(e_4x, nobody, BackgroundState.empty(e_4x), 0.2, "accumulate", 0.5)
        >>> torch.equal(after.bgF, e_4x), after.bgM.min().item()
        (True, 1.0)
    """
    p = resize_like(p, e_4x)
    bgI = (1 - p) * e_4x
    seen = (p < theta).to(e_4x.dtype)
    sure = (p > SURE).to(e_4x.dtype)
    new = (1 - state.bgM) * seen
    bgF, bgM = state.bgF + new * bgI, state.bgM + new
    if update == "refresh":
        bgF = bgF + rho * state.bgM * seen * (bgI - state.bgF)
        right = 1 - (1 - state.prompt[:, 2:]) * sure * (relative_change(e_4x, state) < CHANGED).to(e_4x.dtype)
        bgF, bgM = bgF * right, bgM * right
    g = state.prompt[:, 2:]
    prompt = torch.cat([g * sure, torch.zeros_like(g), g], 1)
    # in half precision p is still fp32; the state keeps its own type
    return BackgroundState(bgF.to(state.bgF.dtype), bgM.to(state.bgM.dtype), prompt.to(state.prompt.dtype))


class BackgroundRestoration(nn.Module):
    """B: enriches `e_4x` with the restored background, then restores more background from the matte.

    Args:
        update: "accumulate" is the paper's rule: a restored cell never changes again. "refresh" moves restored features
            toward the current frame wherever it shows background, which replaces stale background after camera motion
            or a lighting change, and forgets cells restored from the person; see `restore`.
        theta: a cell is background where p < theta.
        rho: with "refresh", the weight of the current frame's features, in (0, 1].

    Raises:
        ValueError: an unknown `update`.
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
        # initialised to zero: before training, B leaves a pretrained encoder's features unchanged
        for parameter in last.parameters():
            nn.init.zeros_(parameter)
        first = ConvNormAct(3 * channels + 4, 48, 1)
        # prompts have no effect before training
        nn.init.zeros_(first[0].weight[:, -3:])  # type: ignore[index]  # a convolution's weight is a tensor
        self.fuse = nn.Sequential(first, ConvNormAct(48, 48, 3, groups=48), last)
        self.head = nn.Sequential(SeparableConv(channels, 16), nn.Conv2d(16, 3, 1))

    def write(self, e_4x: Tensor, state: BackgroundState) -> BackgroundState:
        """Write the prompt's R into the memory: `bgF = e_4x`, `bgM = 1` where R is 1."""
        return state.written(e_4x, state.prompt[:, 1:2])

    def enrich(self, e_4x: Tensor, state: BackgroundState) -> Tensor:
        """`e_4x' = e_4x + max(bgM, g) fuse([e_4x, c, mean(c), bgM, K, R, g])` with `c = bgM |e_4x - bgF|`.

        (B, 24, H/4, W/4), input of the trunk. The mean of the change c over all restored cells distinguishes a person
        in front of known background from camera motion. Without restored cells and prompts B changes nothing, so the
        matte of a video's first frame equals MODNet's.
        """
        change = state.bgM * (e_4x - state.bgF).abs()
        overall = change.mean((2, 3), keepdim=True) / state.bgM.mean((2, 3), keepdim=True).clamp_min(1e-3)
        seen = torch.cat([e_4x, change, overall.expand_as(change), state.bgM, state.prompt], 1)
        enriched: Tensor = e_4x + torch.maximum(state.bgM, state.prompt[:, 2:]) * self.fuse(seen)
        return enriched

    def update(self, e_4x: Tensor, p: Tensor, state: BackgroundState) -> BackgroundState:
        """The next state: `restore` with this module's settings."""
        return restore(e_4x, p, state, self.theta, self.update_rule, self.rho)

    def picture(self, state: BackgroundState) -> Tensor:
        """`bg_p`, the restored background as RGB in [0, 1], (B, 3, H/4, W/4), meaningful where `bgM` is 1."""
        return torch.sigmoid(self.head(state.bgF).float())
