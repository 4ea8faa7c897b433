"""The right half of the tab "Video": the result with a wipe, its files, and one frame with its settings."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from . import status_html
from .compositing import Results
from .examples import SHOWCASE

Updates = dict[Any, Any]


@dataclass(frozen=True)
class ResultsView:
    """The components of the right half."""

    status: gr.HTML
    caption: gr.HTML
    player: gr.Video
    results: gr.Column
    stale: gr.HTML
    files: dict[str, gr.DownloadButton]
    matte: gr.Video
    plate: gr.Image
    frame: gr.HTML
    index: gr.Slider
    edges: tuple[gr.Slider, gr.Slider, gr.Slider]

    @property
    def shown(self) -> list[Any]:
        """All components that show a result."""
        return [
            self.status,
            self.caption,
            self.player,
            self.results,
            self.stale,
            *self.files.values(),
            self.matte,
            self.plate,
            self.index,
        ]

    def show(self, made: Results) -> Updates:
        """The updates that show a result."""
        files = {
            "result": made.composite,
            "matte": made.alpha,
            "foreground": made.foreground,
            "background": made.background,
        }
        downloads = {
            self.files[name]: gr.DownloadButton(f"Download {name}, {status_html.size(path)}", value=str(path))
            for name, path in files.items()
        }
        return {
            self.status: status_html.done(made),
            self.caption: "",
            self.player: str(made.preview),
            self.results: gr.Column(visible=True),
            self.stale: "",
            self.matte: str(made.alpha),
            self.plate: str(made.background),
            self.index: gr.Slider(maximum=max(1, made.frames - 1), value=made.frames // 2),
            **downloads,
        }


def results_view() -> ResultsView:
    """Build the right half."""
    status = gr.HTML(status_html.idle("Choose a video, or click an example."), elem_id="status")
    with gr.Column(elem_id="wipe"):
        player = gr.Video(str(SHOWCASE), label="Result", interactive=False, elem_id="player", buttons=[])
        gr.HTML('<wipe-view for="player"></wipe-view>')
        caption = gr.HTML(
            '<p class="hint">An example result: the source on the left of the line, the result on the right. '
            "Drag the line.</p>"
        )
    with gr.Column(visible=False, elem_id="results") as results:
        stale = gr.HTML("", elem_id="stale")
        files = {"result": gr.DownloadButton("Download result", variant="primary", size="md", elem_id="get-result")}
        with gr.Row():
            for name in ("matte", "foreground", "background"):
                files[name] = gr.DownloadButton(f"Download {name}", size="sm", min_width=140, elem_id=f"get-{name}")
        with gr.Tabs():
            with gr.Tab("One frame"):
                frame = gr.HTML(elem_id="frame")
                index = gr.Slider(0, 1, 0, step=1, label="Frame", elem_id="frame-index")
                with gr.Row():
                    edges = (
                        _slider(
                            -10,
                            10,
                            0,
                            0.5,
                            "Shrink",
                            "Shrinks the matte, in pixels; negative values grow it.",
                            "shrink",
                        ),
                        _slider(0, 10, 0, 0.5, "Feather", "Softens the edge, in pixels.", "feather"),
                        _slider(0, 2, 1, 0.1, "Despill", "Removes the old background's colours.", "despill"),
                    )
            with gr.Tab("Matte"):
                gr.Markdown(
                    "White is person, black is background, grey is a mix of both: hair, motion blur.",
                    elem_classes="hint",
                )
                matte = gr.Video(label="Matte (alpha)", interactive=False, buttons=[])
            with gr.Tab("Background"):
                gr.Markdown(
                    "The background behind the person, as far as the video revealed it; transparent elsewhere.",
                    elem_classes="hint",
                )
                plate = gr.Image(
                    label="Restored background (the clean plate)",
                    interactive=False,
                    format="png",
                    buttons=[],
                    elem_id="plate",
                )
    return ResultsView(status, caption, player, results, stale, files, matte, plate, frame, index, edges)


def _slider(low: float, high: float, value: float, step: float, label: str, info: str, name: str) -> gr.Slider:
    return gr.Slider(low, high, value, step=step, label=label, info=info, min_width=160, elem_id=name)
