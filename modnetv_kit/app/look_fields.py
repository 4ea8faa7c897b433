"""The page's fields for a `Look`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ..inference.edges import Edges
from .components import BackgroundPicker, file_of
from .look import SHAPES, Look

OPAQUE = [
    ("MP4, plays everywhere", "mp4"),
    ("MOV, ProRes for editing", "mov"),
    ("GIF", "gif"),
    ("WebP, animated", "webp"),
    ("PNG pictures, zipped", "png"),
]
TRANSPARENT = [
    ("WebM, for web pages", "webm"),
    ("MOV, ProRes 4444 for editing", "mov"),
    ("GIF", "gif"),
    ("WebP, animated", "webp"),
    ("PNG pictures, zipped", "png"),
]
SIZES = [("As the source", 0), ("1080", 1080), ("720", 720), ("480", 480)]


@dataclass(frozen=True)
class LookFields:
    """The fields for a look.

    Attributes:
        background: including a video.
        form, size, shape: of the file.
        edges: shrink, feather and despill.
    """

    background: BackgroundPicker
    form: gr.Radio
    size: gr.Radio
    shape: gr.Radio
    edges: tuple[gr.Slider, gr.Slider, gr.Slider]

    @property
    def inputs(self) -> list[Any]:
        """Inputs for an event whose function passes their values to `look_of`."""
        return [*self.background.inputs, self.form, self.size, self.shape, *self.edges]

    def values(self, look: Look) -> list[Any]:
        """The values of `inputs` for a look."""
        file = None if look.file is None else str(look.file)
        picture, video = (file if look.background == kind else None for kind in ("picture", "video"))
        edges = look.edges
        others = [look.background, look.colour, picture, video, look.form, look.size or 0, look.shape]
        return [*others, edges.shrink, edges.feather, edges.despill]


def look_of(
    kind: str,
    colour: str | None,
    picture: str | None,
    video: str | None,
    form: str,
    size: int | None,
    shape: str,
    shrink: float,
    feather: float,
    despill: float,
) -> Look:
    """The look for the values of the fields.

    If the button is pressed right after another background was chosen, the page may still hold the format of before.

    Raises:
        InputError: they do not form a valid look.
    """
    file = file_of(kind, picture, video)
    path = None if file is None else Path(file)
    return Look(
        kind, colour, path, _fitting(kind, form), int(size) if size else None, shape, Edges(shrink, feather, despill)
    )


def file_fields(name: str = "file") -> tuple[gr.Radio, gr.Radio, gr.Radio]:
    """Build the fields for format, size and shape; their element ids begin with `name`."""
    form = gr.Radio(OPAQUE, value="mp4", label="File format", elem_id=f"{name}-format")
    size = gr.Radio(SIZES, value=0, label="Long side (pixels)", elem_id=f"{name}-size")
    shape = gr.Radio(
        [("As the source", SHAPES[0]), ("Upright 9:16, follows the person", SHAPES[1])],
        value=SHAPES[0],
        label="Shape",
        elem_id=f"{name}-shape",
    )
    return form, size, shape


def formats(kind: str, chosen: str) -> gr.Radio:
    """The formats that can hold a kind of background; the chosen one is kept if possible."""
    return gr.Radio(_choices(kind), value=_fitting(kind, chosen))


def _choices(kind: str) -> list[tuple[str, str]]:
    return TRANSPARENT if kind == "transparent" else OPAQUE


def _fitting(kind: str, chosen: str) -> str:
    """The chosen format, or the first that can hold this kind of background."""
    values = [value for _, value in _choices(kind)]
    return chosen if chosen in values else values[0]
