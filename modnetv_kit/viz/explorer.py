"""Explorers for notebooks (ipywidgets): a recording, a frame's patches, two mattes.

Only plain sliders and images, so that they work in JupyterLab, VS Code and Colab. `stills.py` draws the same pictures
without widgets. A displayed explorer includes its first picture, which pages without a kernel show instead.
"""

import base64
from abc import abstractmethod
from collections.abc import Sequence
from itertools import count
from typing import Any

import ipywidgets as widgets
import numpy as np

from ..inference.patches import PatchInspection
from ..inference.recording import Recording
from .flaws import flaw_picture
from .hover import hover_zoom
from .images import encode, resized
from .stills import (
    BACKGROUND_MAPS,
    CHOSEN,
    NETWORK_MAPS,
    Restorations,
    background_still,
    flaw_still,
    wipe,
    worst_patch,
)

_numbers = count()


class _FramePlayer(widgets.HBox):
    """A play button and a slider over frames; `slider.value` is the frame."""

    def __init__(self, length: int):
        self.slider = widgets.IntSlider(0, 0, length - 1, description="frame", layout={"width": "420px"})
        play = widgets.Play(value=0, min=0, max=length - 1, interval=120)
        self.link = widgets.jslink((play, "value"), (self.slider, "value"))
        super().__init__([play, self.slider])


class _Explorer(widgets.VBox):
    """A widget with a still picture as a fallback."""

    @abstractmethod
    def still(self) -> np.ndarray:
        """The picture on the screen, uint8 (h, w, 3)."""

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        """The widget, and its picture for pages that run no widgets, such as GitHub."""
        data, kind = encode(self.still(), quality=70)  # keeps saved notebooks small
        return {**super()._repr_mimebundle_(**kwargs), kind: base64.b64encode(data).decode()}


class BackgroundExplorer(_Explorer):
    """A recording frame by frame, with the backgrounds restored under both update rules side by side.

    The theta slider replays B from the recording without running the network again.

    Args:
        recording: from `record`.
        maps: names from `NETWORK_MAPS` and `BACKGROUND_MAPS` to show initially; all can be toggled.
        width: of the picture in pixels.
    """

    def __init__(self, recording: Recording, maps: Sequence[str] = CHOSEN, width: int = 1000):
        self.recording = recording
        self.width = width
        self.restorations = Restorations(recording)
        self.player = _FramePlayer(len(recording))
        self.theta = widgets.FloatSlider(
            recording.theta, min=0, max=1, step=0.01, description="θ", continuous_update=False, readout_format=".2f"
        )
        self.choices = {
            name: widgets.ToggleButton(name in maps, description=name, layout={"width": "auto"})
            for name in (*NETWORK_MAPS, *BACKGROUND_MAPS)
        }
        self.coverage = widgets.HTML()
        self.image = widgets.Image(format="jpeg", layout={"width": f"{width}px", "max_width": "100%"})
        self.player.slider.observe(self._draw, "value")
        self.theta.observe(self._replay, "value")
        for button in self.choices.values():
            button.observe(self._draw, "value")
        self._draw()
        buttons = widgets.HBox(list(self.choices.values()), layout={"flex_flow": "row wrap"})
        super().__init__([widgets.HBox([self.player, self.theta, self.coverage]), buttons, self.image])

    def still(self) -> np.ndarray:
        """The picture on the screen, uint8 (h, width, 3); the input if no map is chosen."""
        maps = [name for name, button in self.choices.items() if button.value]
        t = self.player.slider.value
        return background_still(self.recording, t, maps or ["input"], width=self.width, restorations=self.restorations)

    def _replay(self, _: object) -> None:
        self.restorations = Restorations(self.recording, self.theta.value)
        self._draw()

    def _draw(self, _: object = None) -> None:
        self.image.value = encode(self.still())[0]
        share = next(iter(self.restorations.replays.values())).coverage[self.player.slider.value]
        self.coverage.value = f"<nobr>{share:.0%} restored</nobr>"


class FlawExplorer(_Explorer):
    """The refined patches of a frame for any xi and k, with a close-up of the patch under the pointer.

    Args:
        inspection: from `inspect_patches`.
        width: total width in pixels.
    """

    def __init__(self, inspection: PatchInspection, width: int = 900):
        self.inspection = inspection
        self.width = width
        self.xi = widgets.FloatLogSlider(
            max(inspection.xi, 1e-4), min=-4, max=0, step=0.05, description="ξ", continuous_update=False
        )
        self.k = widgets.SelectionSlider(
            options=sorted(inspection.flaw), value=inspection.k, description="k", continuous_update=False
        )
        self.refined = widgets.HTML()
        self.page = widgets.HTML()
        self._name = f"zoom{next(_numbers)}"
        for slider in (self.xi, self.k):
            slider.observe(self._draw, "value")
        self._draw()
        super().__init__([widgets.HBox([self.xi, self.k, self.refined]), self.page])

    def still(self) -> np.ndarray:
        """The refined patches for the chosen xi and k, and a close-up of the worst one, uint8 (h, 1000, 3)."""
        return flaw_still(self.inspection, xi=self.xi.value, k=self.k.value)

    def _draw(self, _: object = None) -> None:
        inspection, k, xi = self.inspection, self.k.value, self.xi.value
        flaw, patches = inspection.flaw[k], inspection.refined(xi, k)
        self.refined.value = f"{int(patches.sum())} of {k * k} patches refined ({patches.mean():.1%})"
        self.page.value = hover_zoom(
            flaw_picture(inspection.frame, flaw, xi, self.width),
            {"frame": inspection.frame, "coarse alpha": inspection.coarse, "matte": inspection.alpha(xi, k)},
            k,
            start=worst_patch(flaw),
            name=self._name,
            width=self.width,
        )


class Compare(_Explorer):
    """Two mattes of the same clip with a wipe between them.

    Args:
        left: T pictures or maps of one size; see `to_rgb`.
        right: as many of the same size.
        names: of both sides.
        width: of the picture in pixels.

    Raises:
        ValueError: they differ in length or size.
    """

    def __init__(
        self,
        left: Sequence[np.ndarray] | np.ndarray,
        right: Sequence[np.ndarray] | np.ndarray,
        names: tuple[str, str] = ("left", "right"),
        width: int = 720,
    ):
        if len(left) != len(right) or not len(left):
            raise ValueError(f"both need the same number of frames, at least one; got {len(left)} and {len(right)}")
        self.left, self.right = left, right
        height = round(width * left[0].shape[0] / left[0].shape[1])
        self.size = (height, width)
        self.player = _FramePlayer(len(left))
        self.position = widgets.FloatSlider(0.5, min=0, max=1, step=0.01, readout=False, layout={"width": f"{width}px"})
        self.image = widgets.Image(format="jpeg", layout={"width": f"{width}px", "max_width": "100%"})
        for slider in (self.player.slider, self.position):
            slider.observe(self._draw, "value")
        self._draw()
        titles = widgets.HTML(f"◀ {names[0]} &nbsp;|&nbsp; {names[1]} ▶")
        super().__init__([*([self.player] if len(left) > 1 else []), titles, self.position, self.image])

    def still(self) -> np.ndarray:
        """The picture on the screen, uint8 (h, width, 3)."""
        t = self.player.slider.value
        return resized(wipe(self.left[t], self.right[t], self.position.value), self.size)

    def _draw(self, _: object = None) -> None:
        self.image.value = encode(self.still())[0]
