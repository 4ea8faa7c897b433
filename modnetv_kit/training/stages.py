"""The three stages: which network, which parts of it learn, and which losses they learn from.

A stage is a module from (frames, alpha, background) to its loss terms, so that autocast and data-parallel wrappers
see one ordinary forward call.
"""

import torch
from torch import Tensor, nn

from ..models import MODNet, MODNetV
from ..models.background import BackgroundState
from ..models.blocks import resize_like, shrink
from ..models.modnet import CoarseOutput
from . import losses
from .config import Stage

Losses = dict[str, Tensor]


def layout(device: torch.device) -> torch.memory_format:
    """How kernels and frames lie in memory.

    Channels last is faster on CPUs. On CUDA it makes cuDNN's backward of depthwise convolutions, in bf16, take seconds
    before the first step (12 s on an H100), and again for other shapes.
    """
    return torch.channels_last if device.type == "cpu" else torch.contiguous_format


def fold_time(x: Tensor) -> Tensor:
    """(B, T, ...) -> (B T, ...)."""
    return x.flatten(0, 1)


def join_time(maps: list[Tensor]) -> Tensor:
    """T maps (B, ...) -> (B T, ...)."""
    return fold_time(torch.stack(maps, 1))


def matting_losses(alpha: Tensor, s_p: Tensor, d_p: Tensor, true: Tensor) -> Losses:
    """The terms that S, D and F learn from, weighted; all (N, 1, H, W), s_p (N, 1, H/16, W/16)."""
    band = losses.boundary_band(true)
    return {
        "semantic": losses.semantic_loss(s_p, true),
        "detail": losses.detail_loss(d_p, true, band),
        "alpha": 10 * losses.alpha_loss(alpha, true, band),
    }


def rest_norms(stage: nn.Module) -> None:
    """Let all batch norms use the statistics that they have, in training as in use."""
    for layer in stage.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()


class ImageStage(nn.Module):
    """MODNet on single pictures: S, D and F learn.

    Args:
        model: the network.
        frozen_norms: batch norms keep the statistics that they have.
    """

    def __init__(self, model: MODNet, frozen_norms: bool = False):
        super().__init__()
        self.model = model
        self.frozen_norms = frozen_norms

    def train(self, mode: bool = True) -> "ImageStage":
        """Training mode for all layers but those that do not learn: they keep their batch-norm statistics."""
        super().train(mode)
        for part in (*self.model.encoder.features, self.model.semantic, self.model.detail, self.model.fusion):
            part.train(mode and any(p.requires_grad for p in part.parameters()))
        if self.frozen_norms:
            rest_norms(self)
        return self

    def forward(self, frames: Tensor, alpha: Tensor, background: Tensor) -> Losses:
        """frames (B, T, 3, H, W), each taken as a picture of its own; alpha (B, T, 1, H, W)."""
        frames, alpha = fold_time(frames), fold_time(alpha)
        output = self.model(frames.contiguous(memory_format=layout(frames.device)), with_detail=True)
        return matting_losses(output.alpha, output.semantic, output.detail, alpha)


class VideoStage(ImageStage):
    """MODNetV on clips: B learns too, and S, D, F learn to use it, on every frame with the memory of those before.

    No gradient passes from frame to frame: none would reach far, since what B remembers comes from layers that hardly
    move, through a threshold. The memory is one that the network has made itself, mistakes included.

    Both update rules are practised, drawn for each batch, so that one set of weights serves both. One batch in three
    is given each frame's true plate as its memory: what is known behind a person is otherwise little.
    """

    model: MODNetV

    def __init__(self, model: MODNetV, frozen_norms: bool = False):
        super().__init__(model, frozen_norms)
        self.model.refinement.requires_grad_(False)

    def train(self, mode: bool = True) -> "VideoStage":
        """Training mode for what learns."""
        super().train(mode)
        self.model.refinement.eval()
        return self

    def forward(self, frames: Tensor, alpha: Tensor, background: Tensor) -> Losses:
        """frames (B, T, 3, H, W), alpha (B, T, 1, H, W), background, the true plates, (B, T, 3, H, W)."""
        rules = self.model.background
        configured = rules.update_rule
        rules.update_rule = "accumulate" if torch.rand((), device="cpu") < 0.5 else "refresh"
        if torch.rand((), device="cpu") < 1 / 3:  # no frame needs those before: all are seen at once
            with torch.no_grad():
                e_4x = self.model.encoder.stem(fold_time(background))[1]
            state = BackgroundState.known(e_4x, torch.ones_like(e_4x[:, :1]))
            outputs, states = self._run(fold_time(frames)[:, None], state)
        else:
            outputs, states = self._run(frames, self.model.empty_state(frames))
        rules.update_rule = configured
        shown, s_p = join_time([o.alpha for o in outputs]), join_time([o.semantic for o in outputs])
        d_p = join_time([o.detail for o in outputs if o.detail is not None])
        terms = matting_losses(shown, s_p, d_p, fold_time(alpha))
        bg_p, bgM = join_time([rules.picture(state) for state in states]), join_time([state.bgM for state in states])
        terms["background"] = losses.background_loss(bg_p, fold_time(background), bgM)
        terms["coherence"] = 5 * losses.coherence_loss(shown.view_as(alpha), alpha)
        return terms

    def _run(self, frames: Tensor, state: BackgroundState) -> tuple[list[CoarseOutput], list[BackgroundState]]:
        """What each of the frames (B, T, 3, H, W) gives, and the states after them."""
        outputs, states = [], []
        for frame in frames.unbind(1):
            frame = frame.contiguous(memory_format=layout(frame.device))
            output, state = self.model.step(frame, state.detach(), with_detail=True)
            outputs.append(output)
            states.append(state)
        return outputs, states


class RefineStage(nn.Module):
    """P on frames of high resolution; everything else is frozen.

    The frame is shrunk two to four times for the coarse alpha, as a 1080p or 4K frame would be. P refines the patches
    that are truly wrong and those that the flaw map suspects, which it learns at the same time: what a patch that was
    right comes back as counts as much as what a wrong one does.

    Args:
        model: the network.
        frozen_norms: batch norms keep the statistics that they have, P's as well.
    """

    def __init__(self, model: MODNetV, frozen_norms: bool = False):
        super().__init__()
        self.model = model
        self.frozen_norms = frozen_norms
        self.model.requires_grad_(False)
        self.model.refinement.requires_grad_(True)

    def train(self, mode: bool = True) -> "RefineStage":
        """Training mode for P alone."""
        super().train(mode)
        for name, part in self.model.named_children():
            part.train(mode and name == "refinement")
        if self.frozen_norms:
            rest_norms(self)
        return self

    def forward(self, frames: Tensor, alpha: Tensor, background: Tensor) -> Losses:
        """frames (B, T, 3, H, W) and alpha (B, T, 1, H, W), H and W divisible by 16."""
        frames, alpha = fold_time(frames), fold_time(alpha)
        refinement = self.model.refinement
        height, width = frames.shape[-2:]
        factor = 2 + 2 * torch.rand((), device="cpu").item()
        with torch.no_grad():
            small = shrink(frames, (int(height / factor), int(width / factor)))
            coarse = self.model.step(small, self.model.empty_state(small))[0].alpha
        flaw = refinement.flaw_map(coarse, (height, width))
        error = losses.patch_error(resize_like(coarse, frames), alpha, flaw.shape[-1])
        wrong = losses.flaw_target(error)
        # the worst patch always, so that there is something to learn from in every frame and every process
        chosen = torch.maximum(wrong, (error == error.amax((2, 3), keepdim=True)).to(wrong.dtype))
        chosen = torch.maximum(chosen, (flaw > self.model.xi).to(wrong.dtype))
        refined, _ = refinement(frames, coarse, chosen, 0.5)
        return {
            "flaw": losses.flaw_loss(flaw, wrong),
            "alpha_hr": 10 * losses.alpha_hr_loss(refined, alpha, chosen),
        }


STAGES: dict[Stage, type[nn.Module]] = {"image": ImageStage, "video": VideoStage, "refine": RefineStage}
