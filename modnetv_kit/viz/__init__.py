"""Figures of the network's internals.

Figures (plotly) take arrays and return a Figure. Stills and explorers (ipywidgets) take recordings; they are imported
lazily, so that figures need neither ipywidgets nor torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .background import bgf_images, coverage_figure, first_restored
from .curves import error_over_time, training_curves
from .flaws import flaw_figure, flaw_picture, xi_curve
from .frame_explorer import frame_explorer, without_frames
from .hover import hover_zoom
from .images import colour_map, data_uri, encode, sheet, to_rgb
from .style import styled

if TYPE_CHECKING:
    from .explorer import BackgroundExplorer, Compare, FlawExplorer
    from .stills import background_still, flaw_still, wipe

__all__ = [
    "BackgroundExplorer",
    "Compare",
    "FlawExplorer",
    "background_still",
    "bgf_images",
    "colour_map",
    "coverage_figure",
    "data_uri",
    "encode",
    "error_over_time",
    "first_restored",
    "flaw_figure",
    "flaw_picture",
    "flaw_still",
    "frame_explorer",
    "hover_zoom",
    "sheet",
    "styled",
    "to_rgb",
    "training_curves",
    "wipe",
    "without_frames",
    "xi_curve",
]

_LAZY = {
    "BackgroundExplorer": "explorer",
    "Compare": "explorer",
    "FlawExplorer": "explorer",
    "background_still": "stills",
    "flaw_still": "stills",
    "wipe": "stills",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_LAZY[name]}", __name__), name)
