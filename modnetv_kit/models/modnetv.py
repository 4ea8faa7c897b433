"""MODNetV = P(F(S(I, B(I)), D(S(I, B(I)), I))): video matting with background restoration (arXiv 2109.11818)."""

import copy
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from .background import BackgroundRestoration, BackgroundState, Presence, Update, presence
from .blocks import as_float, even, shrink
from .modnet import CoarseOutput, MattingBranches
from .refine import PatchRefinement

MIN_SIDE = 32  # the encoder's total stride

Step = Callable[[Tensor, BackgroundState], tuple[CoarseOutput, BackgroundState]]


class MattingOutput(NamedTuple):
    """The network's output for frames. For a clip, every tensor has a time axis after the batch axis.

    H x W is the frames' size. h x w is the input size of S, D, F and B, at most `coarse_size` on the long side.

    Attributes:
        alpha: (B, 1, H, W) in [0, 1].
        coarse_alpha: (B, 1, h, w) in [0, 1], before P.
        semantic: `s_p`, (B, 1, h/16, w/16) in [0, 1].
        flaw: the flaw map, (B, 1, k, k) in [0, 1].
        refined: (B, 1, k, k) bool, the patches that P refined; none when the frame is not larger than `coarse_size`.
        background: `bg_p`, the restored background, RGB (B, 3, h/4, w/4) in [0, 1], valid where bgM is 1; from `matte`,
            (B, 3, 0, 0) unless requested.
        restored: `bgM` after the frame, (B, 1, h/4, w/4) in {0, 1}.
        detail: `d_p`, (B, 1, h, w) in [0, 1], or None unless requested.
        e_4x, p: inputs of B's update, as in `CoarseOutput`, or None unless requested.
    """

    alpha: Tensor
    coarse_alpha: Tensor
    semantic: Tensor
    flaw: Tensor
    refined: Tensor
    background: Tensor
    restored: Tensor
    detail: Tensor | None = None
    e_4x: Tensor | None = None
    p: Tensor | None = None


class MODNetV(MattingBranches):
    """The video matting network.

    Args:
        update: B's update rule, "accumulate" (the paper's) or "refresh"; see `BackgroundRestoration`.
        theta: a cell is background where p < theta; see `presence`.
        rho: with "refresh", the rate at which restored background follows the current frame.
        coarse_size: frames with a longer side are downsampled to it for S, D, F and B, and refined by P.
        xi: patches with a flaw above xi are refined.
        presence: source of p, "alpha" (the matte, ours) or "semantic" (`s_p`, the paper's).

    Raises:
        ValueError: an unknown `update` or `presence`.
    """

    def __init__(
        self,
        update: Update = "refresh",
        theta: float = 0.2,
        rho: float = 0.5,
        coarse_size: int = 512,
        xi: float = 0.01,
        presence: Presence = "alpha",
    ):
        super().__init__()
        if presence not in ("alpha", "semantic"):
            raise ValueError(f"presence must be 'alpha' or 'semantic', not {presence!r}")
        self.presence: Presence = presence
        self.coarse_size = coarse_size
        self.xi = xi
        self.background = BackgroundRestoration(update, theta, rho)
        self.refinement = PatchRefinement()

    def forward(
        self, frames: Tensor, state: BackgroundState | None = None, with_detail: bool = False
    ) -> tuple[MattingOutput, BackgroundState]:
        """Matte a frame or a clip.

        Args:
            frames: RGB in [0, 1], (B, 3, H, W), or (B, T, 3, H, W) for a clip; H and W from 32 up.
            state: what the previous call returned, None at the start of a video.
            with_detail: also return `d_p` (needed for its loss only), `e_4x` and `p`.

        Returns:
            The output and the state after the last frame. A clip gives the same result as its frames one by one.

        Raises:
            ValueError: frames of another shape or smaller than 32 pixels, an empty clip, or a state of another size.
        """
        if frames.ndim not in (4, 5) or frames.shape[-3] != 3:
            raise ValueError(f"frames must be (B, 3, H, W) or (B, T, 3, H, W), not {tuple(frames.shape)}")
        if min(frames.shape[-2:]) < MIN_SIDE:
            raise ValueError(f"frames must be at least {MIN_SIDE} pixels high and wide, not {tuple(frames.shape[-2:])}")
        if frames.ndim == 4:
            return self.matte(frames, state, with_detail=with_detail, with_picture=True)
        if not frames.shape[1]:
            raise ValueError("a clip must hold at least one frame")
        outputs = []
        for frame in frames.unbind(1):
            output, state = self.matte(frame, state, with_detail=with_detail, with_picture=True)
            outputs.append(output)
        assert state is not None  # the loop ran at least once
        stacked = [None if maps[0] is None else torch.stack(maps, 1) for maps in zip(*outputs, strict=True)]
        return MattingOutput(*stacked), state  # type: ignore[arg-type]  # the last three may be None

    def step(
        self, frame: Tensor, state: BackgroundState, with_detail: bool = False
    ) -> tuple[CoarseOutput, BackgroundState]:
        """S, D, F and B on one frame at its own size, without P and without data-dependent branches (for export).

        Args:
            frame: RGB in [0, 1], (B, 3, h, w).
            state: bgF (B, 24, h/4, w/4), bgM (B, 1, h/4, w/4) and prompt (B, 3, h/4, w/4).
            with_detail: also predict `d_p`.
        """
        return self.step_on(frame, *self.encoder.stem(frame), state, with_detail)

    def step_on(
        self, frame: Tensor, e_2x: Tensor, e_4x: Tensor, state: BackgroundState, with_detail: bool = False
    ) -> tuple[CoarseOutput, BackgroundState]:
        """`step` with the frame's first features precomputed: e_2x (B, 16, h/2, w/2), e_4x (B, 24, h/4, w/4)."""
        state = self.background.write(e_4x, state)
        enriched = self.background.enrich(e_4x, state)
        output = self.decode(frame, e_2x, enriched, *self.perceive(enriched), with_detail)
        p = presence(output.alpha, e_4x) if self.presence == "alpha" else output.semantic
        return output._replace(e_4x=e_4x, p=p), self.background.update(e_4x, p, state)

    def with_rule(self, update: Update) -> "MODNetV":
        """A view of this model with another update rule; it shares all weights, and this model stays as it is.

        Examples:
            >>> model = MODNetV(update="refresh")
            >>> model.with_rule("accumulate").background.update_rule, model.background.update_rule
            ('accumulate', 'refresh')
        """
        view, background = copy.copy(self), copy.copy(self.background)
        background.update_rule = update
        view._modules = {**self._modules, "background": background}  # otherwise both would share one table of modules
        return view

    def coarse_shape(self, height: int, width: int) -> tuple[int, int]:
        """(h, w), the input size of S, D, F and B for a frame of `height` x `width`.

        Examples:
            >>> MODNetV().coarse_shape(1080, 1920)
            (288, 512)
        """
        scale = min(1.0, self.coarse_size / max(height, width))
        return max(MIN_SIDE, round(height * scale)), max(MIN_SIDE, round(width * scale))

    def empty_state(self, frames: Tensor) -> BackgroundState:
        """The state before the first of `frames` (B, ..., h, w), which have the input size of `step`.

        Examples:
            >>> MODNetV().empty_state(torch.zeros(1, 3, 64, 96)).bgM.shape
            torch.Size([1, 1, 16, 24])
        """
        h, w = frames.shape[-2:]
        shape = (frames.shape[0], self.encoder.channels.e_4x, -(-h // 4), -(-w // 4))
        return BackgroundState.empty(frames.new_zeros(shape))

    def matte(
        self,
        frame: Tensor,
        state: BackgroundState | None = None,
        *,
        with_detail: bool = False,
        with_picture: bool = False,
        step: Step | None = None,
        patch_net: Callable[[Tensor], Tensor] | None = None,
    ) -> tuple[MattingOutput, BackgroundState]:
        """Matte one frame: downsample it, run `step`, find the flaws, refine them.

        With `step` and `patch_net` another runtime computes the networks; everything else stays the same.

        Args:
            frame: RGB, (B, 3, H, W), float in [0, 1] or uint8; H and W from 32 up. With uint8 frames, only the
                networks' inputs are converted to float.
            state: what the previous call returned, None at the start of a video.
            with_detail: also return `d_p`, `e_4x` and `p`; not available with another runtime's `step`.
            with_picture: also compute `bg_p`.
            step: replaces `self.step`; its input has even sides.
            patch_net: replaces P's PatchNet; its input has even sides.

        Raises:
            ValueError: a state of another size.
        """
        size = frame.shape[-2:]
        coarse_size = self.coarse_shape(*size)
        shrunk = coarse_size != tuple(size)
        # always even sides: exported networks accept no others
        small = even(as_float(shrink(frame, coarse_size) if shrunk else frame))
        empty = self.empty_state(small)
        if state is None:
            state = empty
        elif state.bgM.shape != empty.bgM.shape:
            raise ValueError(
                f"the state belongs to other frames: bgM is {tuple(state.bgM.shape)}, these frames need "
                f"{tuple(empty.bgM.shape)}; start them with state=None"
            )
        coarse, state = step(small, state) if step else self.step(small, state, with_detail)
        coarse_alpha = coarse.alpha[..., : coarse_size[0], : coarse_size[1]]
        flaw = self.refinement.flaw_map(coarse_alpha, (size[0], size[1]))
        if shrunk:
            alpha, refined = self.refinement(frame, coarse_alpha, flaw, self.xi, patch_net)
        else:
            alpha, refined = coarse_alpha, torch.zeros_like(flaw, dtype=torch.bool)
        output = MattingOutput(
            alpha,
            coarse_alpha,
            coarse.semantic,
            flaw,
            refined,
            self.background.picture(state) if with_picture else small.new_empty(len(small), 3, 0, 0),
            state.bgM,
            None if coarse.detail is None else coarse.detail[..., : coarse_size[0], : coarse_size[1]],
            coarse.e_4x if with_detail else None,
            coarse.p if with_detail else None,
        )
        return output, state
