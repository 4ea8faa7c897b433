"""The part of the tab "Video" for prompts: click on the person, or paint."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import gradio as gr
import numpy as np

from ..errors import MattingError
from ..inference import Prompt
from . import status_html
from .components import PRIVATE
from .limits import Limits
from .messages import guarded
from .pointing import Said, frame_of, prompts_of, tinted, to_source, with_mask
from .uploads import validate_upload


@dataclass(frozen=True)
class WhoFields:
    """What was said, as fields.

    Attributes:
        said: the clicks, see `pointing.Said`.
        painted: the mask that was painted and the index of its frame, or None.
    """

    said: gr.State
    painted: gr.State

    @property
    def inputs(self) -> list[Any]:
        """For an event whose function hands their values to `prompts_of_fields`."""
        return [self.said, self.painted]


def prompts_of_fields(said: Said | None, painted: tuple[int, np.ndarray] | None) -> dict[int, Prompt]:
    """Clicks and strokes.

    Raises:
        InputError: it cannot be used.
    """
    prompts = prompts_of(said or {})
    return with_mask(prompts, *painted) if painted is not None else prompts


def fingerprint(said: Said | None, painted: tuple[int, np.ndarray] | None) -> str:
    """The same for the same clicks and the same mask."""
    mask = "" if painted is None else f"{painted[0]} {hashlib.sha256(painted[1].tobytes()).hexdigest()}"
    return f"{json.dumps(said or {}, sort_keys=True)} {mask}"


def who_fields(limits: Limits, video: gr.Video, start: gr.Textbox, end: gr.Textbox) -> WhoFields:
    """Build the fields, collapsed: most videos show one person and need no click."""
    said, painted = gr.State({}), gr.State(None)
    with gr.Accordion("Who is meant? (only if others are in the picture)", open=False, elem_id="who") as fold:
        gr.Markdown(
            "Teal is what would be cut out. Click on who is meant; click away what is not. Whoever is not clicked on "
            "becomes background. What is said on a later frame corrects from there on.",
            elem_classes="hint",
        )
        what = gr.Radio([("Keep", "keep"), ("Remove", "remove")], value="keep", label="A click says", elem_id="what")
        picture = gr.Image(
            label="Click on the person", interactive=False, type="numpy", format="jpeg", buttons=[], elem_id="who-frame"
        )
        index = gr.Slider(0, 1, 0, step=1, label="Frame", elem_id="who-index")
        with gr.Row():
            undo = gr.Button("Undo", size="sm", min_width=90, elem_id="who-undo")
            clear = gr.Button("Everybody again", size="sm", min_width=120, elem_id="who-clear")
        with gr.Accordion("Paint instead", open=False) as paint:
            editor = gr.ImageEditor(
                label="Paint over the person",
                type="numpy",
                brush=gr.Brush(default_size=24, colors=["#14b8a6"], color_mode="fixed"),
                layers=False,
                transforms=[],
                sources=[],
                height=320,
                elem_id="who-editor",
            )
            use = gr.Button("Use what is painted", size="sm", elem_id="who-paint")
        problem = gr.HTML(elem_id="who-problem")

    chosen = [video, start, end, index, said, painted]
    drawn = [picture, problem]

    def draw(
        path: str | None, first: str, last: str, at: float, clicks: Said, mask: tuple[int, np.ndarray] | None
    ) -> tuple[Any, str]:
        try:
            with guarded():
                prompts = prompts_of_fields(clicks, mask)
                return tinted(path or "", first, last, round(at), prompts, limits), ""
        except MattingError as error:
            return gr.skip(), status_html.problem(error)

    def click(
        path: str | None,
        first: str,
        last: str,
        at: float,
        clicks: Said,
        mask: tuple[int, np.ndarray] | None,
        kind: str,
        event: gr.SelectData,
    ) -> tuple[Any, Any, Any]:
        try:
            with guarded():
                across, down = cast(tuple[int, int], event.index)
                x, y = to_source(across, down, frame_of(path, first, last, round(at), limits).shape[:2])
        except MattingError as error:
            return gr.skip(), gr.skip(), status_html.problem(error)
        key = str(round(at))
        clicks = {**clicks, key: [*clicks.get(key, []), [round(x, 1), round(y, 1), kind]]}
        return clicks, *draw(path, first, last, at, clicks, mask)

    def take_back(clicks: Said, at: float) -> Said:
        key = str(round(at))
        rest = clicks.get(key, [])[:-1]
        return {**{name: points for name, points in clicks.items() if name != key}, **({key: rest} if rest else {})}

    def fill(path: str | None, first: str, last: str, at: float) -> Any:
        try:
            with guarded():
                return {"background": frame_of(path, first, last, round(at), limits), "layers": [], "composite": None}
        except MattingError:
            return gr.skip()

    def take_painted(value: dict[str, Any] | None, at: float) -> Any:
        layers = [layer[..., 3] for layer in (value or {}).get("layers", []) if layer is not None]
        background = (value or {}).get("background")
        if not layers or background is None:
            return None
        mask = np.maximum.reduce(layers) > 0
        height, width = background.shape[:2]
        grown = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
        return (round(at), grown) if mask.any() else None

    def ends(path: str | None, first: str, last: str) -> Any:
        try:
            clip = validate_upload(Path(path or ""), limits, first, last)
        except (MattingError, OSError):
            return gr.skip()
        return gr.Slider(maximum=max(1, clip.frames - 1), value=0)

    quick = PRIVATE | {"trigger_mode": "always_last"}
    picture.select(click, [*chosen, what], [said, *drawn], **PRIVATE)
    fold.expand(draw, chosen, drawn, **quick)
    index.input(draw, chosen, drawn, **quick)
    undo.click(take_back, [said, index], said, **PRIVATE).then(draw, chosen, drawn, **quick)
    clear.click(lambda: ({}, None), None, [said, painted], **PRIVATE).then(draw, chosen, drawn, **quick)
    paint.expand(fill, [video, start, end, index], editor, **PRIVATE)
    use.click(take_painted, [editor, index], painted, **PRIVATE).then(draw, chosen, drawn, **quick)
    # not on every change: a reload of the page brings video and clicks back together
    others = [video.upload, video.clear, video.stop_recording, start.input, end.input]
    gr.on(others, lambda: ({}, None), None, [said, painted], **PRIVATE)
    gr.on([video.change, start.change, end.change], ends, [video, start, end], index, **PRIVATE)
    return WhoFields(said, painted)
