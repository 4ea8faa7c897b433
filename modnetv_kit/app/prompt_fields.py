"""The prompt fields of the tab "Video": click on the person, or paint."""

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
from .pointing import Clicks, frame_of, parse_prompts, tinted, to_source, with_mask
from .uploads import validate_upload


@dataclass(frozen=True)
class PromptFields:
    """The fields that hold the prompts.

    Attributes:
        clicks: see `pointing.Clicks`.
        painted: index of a frame and the mask painted on it, or None.
    """

    clicks: gr.State
    painted: gr.State

    @property
    def inputs(self) -> list[Any]:
        """Inputs for an event whose function passes their values to `prompts_from_fields`."""
        return [self.clicks, self.painted]


def prompts_from_fields(clicks: Clicks | None, painted: tuple[int, np.ndarray] | None) -> dict[int, Prompt]:
    """Prompts by frame index, from clicks and a painted mask.

    Raises:
        InputError: the clicks are malformed.
    """
    prompts = parse_prompts(clicks or {})
    return with_mask(prompts, *painted) if painted is not None else prompts


def prompt_fingerprint(clicks: Clicks | None, painted: tuple[int, np.ndarray] | None) -> str:
    """A string that is equal for equal clicks and masks."""
    mask = "" if painted is None else f"{painted[0]} {hashlib.sha256(painted[1].tobytes()).hexdigest()}"
    return f"{json.dumps(clicks or {}, sort_keys=True)} {mask}"


def prompt_fields(limits: Limits, video: gr.Video, start: gr.Textbox, end: gr.Textbox) -> PromptFields:
    """Build the fields, collapsed, since most videos show one person and need no click."""
    clicked, painted = gr.State({}), gr.State(None)
    with gr.Accordion("Who is meant? (only if others are in the picture)", open=False, elem_id="who") as fold:
        gr.Markdown(
            "Teal marks what would be cut out. Click on the person to keep, and on anything to remove. People without "
            "a click become background. Clicks on a later frame apply from there on.",
            elem_classes="hint",
        )
        what = gr.Radio([("Keep", "keep"), ("Remove", "remove")], value="keep", label="Click to", elem_id="what")
        picture = gr.Image(
            label="Click on the person", interactive=False, type="numpy", format="jpeg", buttons=[], elem_id="who-frame"
        )
        index = gr.Slider(0, 1, 0, step=1, label="Frame", elem_id="who-index")
        with gr.Row():
            undo = gr.Button("Undo", size="sm", min_width=90, elem_id="who-undo")
            clear = gr.Button("Reset to everybody", size="sm", min_width=120, elem_id="who-clear")
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
            use = gr.Button("Use this mask", size="sm", elem_id="who-paint")
        problem = gr.HTML(elem_id="who-problem")

    chosen = [video, start, end, index, clicked, painted]
    drawn = [picture, problem]

    def draw(
        path: str | None, first: str, last: str, at: float, clicks: Clicks, mask: tuple[int, np.ndarray] | None
    ) -> tuple[Any, str]:
        try:
            with guarded():
                prompts = prompts_from_fields(clicks, mask)
                return tinted(path or "", first, last, round(at), prompts, limits), ""
        except MattingError as error:
            return gr.skip(), status_html.problem(error)

    def click(
        path: str | None,
        first: str,
        last: str,
        at: float,
        clicks: Clicks,
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

    def undo_click(clicks: Clicks, at: float) -> Clicks:
        key = str(round(at))
        kept = clicks.get(key, [])[:-1]
        return {**{name: points for name, points in clicks.items() if name != key}, **({key: kept} if kept else {})}

    def fill_editor(path: str | None, first: str, last: str, at: float) -> Any:
        try:
            with guarded():
                return {"background": frame_of(path, first, last, round(at), limits), "layers": [], "composite": None}
        except MattingError:
            return gr.skip()

    def painted_mask(value: dict[str, Any] | None, at: float) -> Any:
        layers = [layer[..., 3] for layer in (value or {}).get("layers", []) if layer is not None]
        background = (value or {}).get("background")
        if not layers or background is None:
            return None
        mask = np.maximum.reduce(layers) > 0
        height, width = background.shape[:2]
        grown = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
        return (round(at), grown) if mask.any() else None

    def reset_index(path: str | None, first: str, last: str) -> Any:
        try:
            clip = validate_upload(Path(path or ""), limits, first, last)
        except (MattingError, OSError):
            return gr.skip()
        return gr.Slider(maximum=max(1, clip.frames - 1), value=0)

    quick = PRIVATE | {"trigger_mode": "always_last"}
    picture.select(click, [*chosen, what], [clicked, *drawn], **PRIVATE)
    fold.expand(draw, chosen, drawn, **quick)
    index.input(draw, chosen, drawn, **quick)
    undo.click(undo_click, [clicked, index], clicked, **PRIVATE).then(draw, chosen, drawn, **quick)
    clear.click(lambda: ({}, None), None, [clicked, painted], **PRIVATE).then(draw, chosen, drawn, **quick)
    paint.expand(fill_editor, [video, start, end, index], editor, **PRIVATE)
    use.click(painted_mask, [editor, index], painted, **PRIVATE).then(draw, chosen, drawn, **quick)
    # not on every change, since reloading the page restores both video and clicks
    others = [video.upload, video.clear, video.stop_recording, start.input, end.input]
    gr.on(others, lambda: ({}, None), None, [clicked, painted], **PRIVATE)
    gr.on([video.change, start.change, end.change], reset_index, [video, start, end], index, **PRIVATE)
    return PromptFields(clicked, painted)
