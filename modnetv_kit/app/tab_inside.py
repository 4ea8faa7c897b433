"""The tab "Inside": the network's maps, memory and flaw map for the clip of the tab "Video"."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from ..errors import MattingError
from ..inference.recording import Recording
from ..models.background import Update
from ..viz.stills import RULES
from . import engine, inspection, status_html
from .components import PRIVATE
from .job import ProgressEvent
from .play import play_button
from .service import Service, Waiting
from .tab_matte import ClipFields

KEPT = 1800  # seconds for which an unused recording is kept
# replaces the last input of an event by the width of the tab in pixels, so that figures fit
FIT = '(...inputs) => [...inputs.slice(0, -1), document.getElementById("inside-run").clientWidth]'


def inside_tab(service: Service, source: ClipFields) -> None:
    """Build the tab."""
    network, cache = engine.model(), inspection.RecordingCache(service.limits.recordings)
    width = gr.Number(visible=False)
    key = gr.State(None, time_to_live=KEPT, delete_callback=cache.drop)
    gr.Markdown(
        f"Runs the first {service.limits.recorded_frames} frames of the clip in the tab **Video** (or of the part "
        "chosen there) and shows all maps that the network computes.",
        elem_classes="hint",
    )
    run = gr.Button("Look inside", variant="primary", elem_id="inside-run")
    status = gr.HTML(
        status_html.idle("Choose a clip in the tab Video, then press the button."), elem_id="inside-status"
    )
    with gr.Column(visible=False, elem_id="inside-results") as results:
        with gr.Row():
            rule = gr.Radio(
                list(RULES),
                value="refresh",
                label="Update rule",
                min_width=280,
                info="accumulate (the paper's) keeps the first sight of each region; refresh (the default) updates it.",
            )
            theta = gr.Slider(
                0.01,
                1,
                network.background.theta,
                step=0.01,
                label="Background is where the matte is below (theta)",
                info="Higher values restore more, including less certain regions.",
                min_width=280,
            )
            xi = gr.Slider(
                0.001,
                1,
                network.xi,
                step=0.001,
                label="Refine patches with a flaw above (xi)",
                info="Only these patches cost time.",
                min_width=280,
            )
        with gr.Tabs():
            with gr.Tab("Frames"), gr.Column(elem_classes="wide"):
                play_button("explorer")
                explorer = gr.Plot(show_label=False, container=False, elem_id="explorer")
            with gr.Tab("Rules"), gr.Column(elem_classes="wide"):
                play_button("rules")
                rules = gr.Plot(show_label=False, container=False, elem_id="rules")
            with gr.Tab("Coverage"), gr.Column(elem_classes="wide"):
                coverage = gr.Plot(show_label=False, container=False, elem_id="coverage")
            with gr.Tab("Patches"):
                gr.Markdown(
                    "Tinted where the matte may be wrong; refined patches have a border. Below: the patch with the "
                    "highest flaw, as frame, coarse alpha and matte.",
                    elem_classes="hint",
                )
                index = gr.Slider(0, 1, 0, step=1, label="Frame", elem_id="flaw-frame")
                flaws = gr.Image(
                    label="Flaws, and the worst patch", interactive=False, buttons=["fullscreen"], elem_id="flaws"
                )

    def inspect(
        path: str | None,
        start: str,
        end: str,
        rule: Update,
        theta: float,
        xi: float,
        width: float | None,
    ) -> Iterator[Any]:
        yield {
            status: gr.HTML(status_html.starting("Running the network …"), visible=True),
            run: gr.Button(interactive=False),
        }
        try:
            for event in inspection.record_clip(path, start, end, service.limits, service.waiting_line):
                if isinstance(event, Waiting):
                    yield {status: status_html.waiting(event)}
                    continue
                if isinstance(event, ProgressEvent):
                    yield {status: status_html.progress(event)}
                    continue
                yield {status: status_html.starting("Drawing the maps …")}
                last = len(event) - 1
                yield {
                    key: cache.put(event),
                    status: gr.HTML(visible=False),
                    results: gr.Column(visible=True),
                    index: gr.Slider(maximum=max(1, last), value=last // 2),
                    flaws: inspection.flaws(event, last // 2, xi),
                    **figures(event, rule, theta, xi, width),
                }
        except MattingError as error:
            yield {status: status_html.problem(error)}

    def figures(recording: Recording, rule: Update, theta: float, xi: float, width: float | None) -> dict[Any, Any]:
        drawn = inspection.InspectionFigures.of(recording, theta, width)
        return {explorer: drawn.explorer(rule, xi), rules: drawn.both_rules(), coverage: drawn.coverage(rule)}

    def redraw(
        recorded: str | None, index: float, rule: Update, theta: float, xi: float, width: float | None
    ) -> dict[Any, Any]:
        try:
            recording = cache.get(recorded)
            return {flaws: inspection.flaws(recording, round(index), xi), **figures(recording, rule, theta, xi, width)}
        except MattingError as error:
            return {status: gr.HTML(status_html.problem(error), visible=True)}

    def redraw_patches(recorded: str | None, index: float, xi: float) -> dict[Any, Any]:
        try:
            return {flaws: inspection.flaws(cache.get(recorded), round(index), xi)}
        except MattingError as error:
            return {status: gr.HTML(status_html.problem(error), visible=True)}

    redrawing = PRIVATE | {"show_progress": "minimal", "trigger_mode": "always_last"}
    drawn = [flaws, explorer, rules, coverage]
    run.click(
        inspect,
        [source.video, source.start, source.end, rule, theta, xi, width],
        [key, status, run, results, index, *drawn],
        js=FIT,
        concurrency_limit=None,
        **PRIVATE,
    ).then(lambda: gr.Button(interactive=True), None, run, **PRIVATE)
    inputs = [key, index, rule, theta, xi, width]
    gr.on([rule.input, theta.input, xi.input], redraw, inputs, [status, *drawn], js=FIT, **redrawing)
    index.input(redraw_patches, [key, index, xi], [status, flaws], **redrawing)
