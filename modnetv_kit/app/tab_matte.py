"""The tab "Video": one upload, one click, and the person is on a new background."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ..errors import MattingError
from ..video import probe
from . import status_html
from .components import PRIVATE, background_picker, bring_into_view, file_of, time_field
from .examples import example_clip
from .job import Progress, Results, stop
from .service import Service, Waiting, compare, request_folder
from .uploads import KINDS, validate_upload

OPAQUE = [("MP4, plays everywhere", "mp4"), ("MOV, ProRes for editing", "mov"), ("PNG pictures, zipped", "png")]
TRANSPARENT = [
    ("WebM, for web pages", "webm"),
    ("MOV, ProRes 4444 for editing", "mov"),
    ("PNG pictures, zipped", "png"),
]
SHOWN = ("h264", "vp8", "vp9", "av1")
"""Codecs that browsers play."""
Update = dict[Any, Any]


@dataclass(frozen=True)
class Source:
    """The clip that was chosen, which the tab "Inside" looks into as well."""

    video: gr.Video
    start: gr.Textbox
    end: gr.Textbox


def matte_tab(service: Service) -> Source:
    """Build the tab."""
    limits = service.limits
    request, worked_on = gr.State(None), gr.State(None)  # the request's folder; what the results were made of
    with gr.Row():
        with gr.Column(scale=5, min_width=320):
            video = gr.Video(label="Your video", sources=["upload", "webcam"], elem_id="source")
            about = gr.HTML(visible=False, elem_id="about")
            with gr.Row():
                at_rest = gr.Button("Example: camera at rest", size="sm", min_width=140)
                pans = gr.Button("Example: camera pans", size="sm", min_width=140)
            background = background_picker([*KINDS[1:], KINDS[0]])
            with gr.Accordion("File format, start and end", open=False):
                form = gr.Radio(OPAQUE, value="mp4", label="File format", elem_id="format")
                with gr.Row():
                    start, end = time_field("Start", "its beginning"), time_field("End", "its end")
            run = gr.Button("Cut out the person", variant="primary", size="lg", elem_id="run")
            halt = gr.Button("Stop, and keep what is done", variant="stop", size="lg", visible=False, elem_id="halt")
        with gr.Column(scale=6, min_width=320):
            status = gr.HTML(status_html.idle("Choose a video, or an example, and press the button."), elem_id="status")
            with gr.Column(visible=False, elem_id="results") as results:
                player = gr.Video(label="Result", interactive=False, elem_id="player", buttons=[])
                get_result = gr.DownloadButton("Download result", variant="primary", size="md", elem_id="get-result")
                with gr.Row():
                    get_matte = gr.DownloadButton("Download matte", size="sm", min_width=190, elem_id="get-matte")
                    get_plate = gr.DownloadButton("Download background", size="sm", min_width=190, elem_id="get-plate")
                with gr.Tabs():
                    with gr.Tab("Compare"):
                        slider = gr.ImageSlider(
                            label="Before | after", interactive=False, max_height=420, elem_id="compare"
                        )
                        index = gr.Slider(0, 1, 0, step=1, label="Frame", elem_id="compare-frame")
                    with gr.Tab("Matte"):
                        gr.Markdown(
                            "White is the person, black is not, grey is a bit of both: hair, motion blur.",
                            elem_classes="hint",
                        )
                        matte = gr.Video(label="Matte (alpha)", interactive=False, buttons=[])
                    with gr.Tab("Background"):
                        gr.Markdown(
                            "What was behind the person, as far as the video showed it; transparent elsewhere.",
                            elem_classes="hint",
                        )
                        plate = gr.Image(
                            label="Restored background (the clean plate)",
                            interactive=False,
                            format="png",
                            buttons=[],
                            elem_id="plate",
                        )

    def describe(path: str | None) -> Update:
        if path is None:
            return {about: gr.HTML(visible=False)}
        try:
            clip = validate_upload(Path(path), limits)
        except MattingError as error:
            return {about: gr.HTML(status_html.problem(error), visible=True)}
        sound = "with sound" if clip.has_audio else "no sound"
        text = f"{clip.seconds:.1f} s, {clip.width} x {clip.height}, {clip.rate:.4g} frames/s, {sound}"
        if probe(path).codec not in SHOWN:
            text += "<br>Some browsers cannot show this format. It can be worked on all the same."
        return {about: gr.HTML(f'<p class="hint">{text}</p>', visible=True)}

    def formats(kind: str, chosen: str) -> gr.Radio:
        choices = TRANSPARENT if kind == "transparent" else OPAQUE
        values = [value for _, value in choices]
        return gr.Radio(choices, value=chosen if chosen in values else values[0])

    def cut_out(
        path: str | None,
        kind: str,
        colour: str,
        picture: str | None,
        clip: str | None,
        form: str,
        start: str,
        end: str,
    ) -> Iterator[Update]:
        with request_folder() as folder:
            yield {
                request: str(folder),
                status: status_html.starting(),
                run: gr.Button(visible=False),
                halt: gr.Button(visible=True),
            }
            file = file_of(kind, picture, clip)
            try:
                for event in service.matte(
                    path, background=kind, colour=colour, file=file, form=form, start=start, end=end, folder=folder
                ):
                    if isinstance(event, Waiting):
                        yield {status: status_html.waiting(event)}
                    elif isinstance(event, Progress):
                        yield {status: status_html.progress(event)}
                    else:
                        yield {worked_on: (path, start, end), **show(event)}
            except MattingError as error:
                yield {status: status_html.problem(error)}

    def show(made: Results) -> Update:
        return {
            status: status_html.done(made),
            results: gr.Column(visible=True),
            player: str(made.preview),
            get_result: gr.DownloadButton(
                f"Download result, {status_html.size(made.composite)}", value=str(made.composite)
            ),
            get_matte: gr.DownloadButton(f"Download matte, {status_html.size(made.alpha)}", value=str(made.alpha)),
            get_plate: gr.DownloadButton(
                f"Download background, {status_html.size(made.background)}", value=str(made.background)
            ),
            matte: str(made.alpha),
            plate: str(made.background),
            index: gr.Slider(maximum=max(1, made.frames - 1), value=made.frames // 2),
        }

    def before_and_after(done: tuple[str, str, str] | None, preview: str | None, index: float) -> Any:
        if done is None:
            return gr.skip()
        try:
            return compare(*done, preview, round(index))
        except MattingError as error:
            raise status_html.refusal(error) from None

    video.change(describe, video, about, **PRIVATE)
    at_rest.click(lambda: str(example_clip()), None, video, **PRIVATE)
    pans.click(lambda: str(example_clip(pans=True)), None, video, **PRIVATE)
    background.kind.change(formats, [background.kind, form], form, queue=False, **PRIVATE)
    outputs = [
        request,
        worked_on,
        status,
        run,
        halt,
        results,
        player,
        get_result,
        get_matte,
        get_plate,
        matte,
        plate,
        index,
    ]
    running = run.click(
        cut_out,
        [video, *background.inputs, form, start, end],
        outputs,
        js=bring_into_view("status"),
        concurrency_limit=None,
        **PRIVATE,
    )
    idle = running.then(lambda: (gr.Button(visible=True), gr.Button(visible=False)), None, [run, halt], **PRIVATE)
    shown = idle.then(before_and_after, [worked_on, player, index], slider, **PRIVATE)
    shown.then(None, js=bring_into_view("status", "start"), **PRIVATE)
    halt.click(lambda folder: stop(Path(folder)), request, None, concurrency_limit=None, **PRIVATE)
    # not on release, which the keyboard does not know
    index.input(before_and_after, [worked_on, player, index], slider, trigger_mode="always_last", **PRIVATE)
    return Source(video, start, end)
