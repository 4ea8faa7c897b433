"""modnetv_kit: portrait video matting with background restoration (MODNet-V, arXiv 2109.11818).

from modnetv_kit import matte_video
matte_video("me.mp4", "me_on_green.mp4", background="green")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import MattingError

if TYPE_CHECKING:
    from .batch import VideoReport, matte_videos
    from .hub import HubMODNetV as MODNetV
    from .hub import load_model
    from .inference import FrameResult, MattingSession, Prompt, matte_video

__version__ = "0.2.0"
__all__ = [
    "FrameResult",
    "MODNetV",
    "MattingError",
    "MattingSession",
    "Prompt",
    "VideoReport",
    "load_model",
    "matte_video",
    "matte_videos",
]

# imported on first use: `modnetv --help` does not wait for torch, and models/ alone stays light
_LAZY = {
    "FrameResult": ("inference", "FrameResult"),
    "MODNetV": ("hub", "HubMODNetV"),
    "MattingSession": ("inference", "MattingSession"),
    "Prompt": ("inference", "Prompt"),
    "VideoReport": ("batch", "VideoReport"),
    "load_model": ("hub", "load_model"),
    "matte_video": ("inference", "matte_video"),
    "matte_videos": ("batch", "matte_videos"),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LAZY[name]
    return getattr(import_module(f".{module}", __name__), attribute)


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
