"""The three stages. Each defines the network, its trainable parts, and their losses.

A stage is a module that maps a batch's tensors (frames, alpha, background, known, prompt; see `data.Clip`) to loss
terms, so autocast and data-parallel wrappers see one ordinary forward call.
"""

from torch import nn

from ..models import MattingBranches
from .config import TrainConfig
from .image_stage import ImageStage
from .refine_stage import RefineStage
from .video_stage import VideoStage


def make_stage(model: MattingBranches, config: TrainConfig) -> nn.Module:
    """The stage that `config` names; `model` is a MODNetV, except in the image stage."""
    if config.stage == "image":
        return ImageStage(model, config.frozen_norms)
    if config.stage == "video":
        return VideoStage(model, config.frozen_norms, config.poison_prob)  # type: ignore[arg-type]  # see above
    return RefineStage(model, config.frozen_norms)  # type: ignore[arg-type]  # see above
