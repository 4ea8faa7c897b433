"""The three stages: which network, which parts of it learn, and which losses they learn from.

A stage is a module from a batch's tensors (frames, alpha, background, known, prompt; see `data.Clip`) to its loss
terms, so that autocast and data-parallel wrappers see one ordinary forward call.
"""

from torch import nn

from ..models import MODNet
from .config import TrainConfig
from .image_stage import ImageStage
from .refine_stage import RefineStage
from .video_stage import VideoStage


def make_stage(model: MODNet, config: TrainConfig) -> nn.Module:
    """The stage that `config` asks for; `model` is a MODNetV but for the image stage."""
    if config.stage == "image":
        return ImageStage(model, config.frozen_norms)
    if config.stage == "video":
        return VideoStage(model, config.frozen_norms, config.poison_prob)  # type: ignore[arg-type]  # see above
    return RefineStage(model, config.frozen_norms)  # type: ignore[arg-type]  # see above
