"""The video stage: MODNetV on clips, with its memory."""

import contextlib

import torch
from torch import Tensor

from ..models import BackgroundState, MODNetV
from ..models.background import SURE, presence
from ..models.modnet import CoarseOutput
from . import losses
from .corrections import correct
from .image_stage import ImageStage, Losses, fold_time, join_time, layout, matting_losses
from .poison import Poison, forget_parts

LEARNING = 6  # frames with a loss at the end of a longer clip; earlier frames only fill the memory
ACCUMULATE = 0.25  # probability that a batch uses the paper's rule instead of "refresh"
GIVEN = 1 / 3  # probability that a batch is given its memory instead of building it
FORGOTTEN = 0.7  # probability that a given memory loses regions; half of it for a built memory
CORRECTION = 0.3  # probability that a prompted clip is corrected after a frame


class VideoStage(ImageStage):
    """MODNetV on clips: S, D, F and B learn on every frame, with the memory of the previous frames.

    No gradient passes from frame to frame. It would not reach far, since B's memory comes from layers that hardly
    change, through a threshold. The network builds the memory itself, errors included; some clips get worse errors on
    purpose (`poison.py`). One batch in three is given its memory instead: each frame's true plate or, for real footage
    without a known plate, the background that another frame of the clip shows beside the person.

    Prompted clips start with their prompt. Some get corrective clicks at the largest errors.

    Args:
        model: the network.
        frozen_norms: batch norms keep their running statistics.
        poison_prob: probability that a clip's memory is corrupted.
    """

    model: MODNetV

    def __init__(self, model: MODNetV, frozen_norms: bool = False, poison_prob: float = 0.0):
        super().__init__(model, frozen_norms)
        self.poison_prob = poison_prob
        self.model.refinement.requires_grad_(False)

    def forward(self, frames: Tensor, alpha: Tensor, background: Tensor, known: Tensor, prompt: Tensor) -> Losses:
        """Shapes as in `data.Clip`, with a batch axis."""
        model = self.model.with_rule("accumulate" if torch.rand((), device="cpu") < ACCUMULATE else "refresh")
        length = frames.shape[1]
        known = known[:, None, :, None, None].expand(-1, length, -1, -1, -1)
        if length <= LEARNING and torch.rand((), device="cpu") < GIVEN:  # all frames in one batch
            state = self._given(frames, alpha, background, known, prompt)
            frames, alpha, background, known = (fold_time(x)[:, None] for x in (frames, alpha, background, known))
            outputs, states = self._run(model, frames, alpha, state, given=True)
        else:
            empty = self.model.empty_state(frames)
            start = BackgroundState(empty.bgF, empty.bgM, prompt)
            outputs, states = self._run(model, frames, alpha, start, given=False)
            alpha, background, known = (x[:, -len(outputs) :] for x in (alpha, background, known))
        shown, s_p = join_time([o.alpha for o in outputs]), join_time([o.semantic for o in outputs])
        d_p = join_time([o.detail for o in outputs if o.detail is not None])
        exact = fold_time(known)
        terms = matting_losses(shown, s_p, d_p, fold_time(alpha), exact)
        bg_p = join_time([model.background.picture(state) for state in states])
        bgM = join_time([state.bgM for state in states])
        terms["background"] = losses.background_loss(bg_p, fold_time(background), bgM * exact)
        terms["coherence"] = 5 * losses.coherence_loss(shown.view_as(alpha), alpha)
        return terms

    @torch.no_grad()
    def _given(
        self, frames: Tensor, alpha: Tensor, background: Tensor, known: Tensor, prompt: Tensor
    ) -> BackgroundState:
        """A memory for each frame of the clips, (B T, ...), built without the previous frames.

        The plate is known everywhere or, as after a real frame, except where another frame of the clip shows the
        person. The plate of a real photo is unknown. Prompted frames after the first get K as in a session: the certain
        part of the person in the previous frame.
        """
        length = frames.shape[1]
        other = torch.roll(frames, 1, 1) if length > 1 else frames
        e_4x = self.model.encoder.stem(fold_time(torch.where(known > 0, background, other)))[1].float()
        shown = fold_time(torch.roll(alpha, 1, 1)) if length > 1 else torch.ones_like(fold_time(alpha))
        p = presence(shown, e_4x)
        seen = (p < self.model.background.theta).to(e_4x.dtype)
        everywhere = (torch.rand(len(e_4x), 1, 1, 1, device=e_4x.device) < 0.5) & (fold_time(known) > 0)
        bgM = torch.where(everywhere, torch.ones_like(seen), seen)
        g = prompt[:, None, 2:].expand(-1, length, -1, -1, -1)
        sure = (p > SURE).to(e_4x.dtype).unflatten(0, (-1, length))
        maps = torch.cat([g * sure, torch.zeros_like(g), g], 2)
        maps[:, 0] = prompt
        return forget_parts(BackgroundState(e_4x * bgM, bgM, fold_time(maps)), FORGOTTEN)

    def _run(
        self, model: MODNetV, frames: Tensor, alpha: Tensor, state: BackgroundState, given: bool
    ) -> tuple[list[CoarseOutput], list[BackgroundState]]:
        """The outputs for the last `LEARNING` of the frames (B, T, 3, H, W), and the states after them."""
        outputs, states = [], []
        length = frames.shape[1]
        poison = Poison(self.poison_prob, state.prompt[:, 2:, :1, :1])
        for t, (frame, true) in enumerate(zip(frames.unbind(1), alpha.unbind(1), strict=True)):
            frame = frame.contiguous(memory_format=layout(frame.device))
            learns = t >= length - LEARNING
            with contextlib.nullcontext() if learns else torch.no_grad():
                features = model.encoder.stem(frame)
                e_4x = features[1].detach()
                state = state.detach()
                if t == 1:
                    state = forget_parts(state, FORGOTTEN / 2)
                if t or given:  # a video's first frame has no memory to corrupt
                    state = poison(e_4x, presence(true, e_4x), state)
                output, state = model.step_on(frame, *features, state, with_detail=True)
            if learns:
                outputs.append(output)
                states.append(state)
            state = correct(state.detach(), output.alpha, true, CORRECTION)
        return outputs, states
