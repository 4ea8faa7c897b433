"""The tab "Picture": a single picture on the same kinds of backgrounds."""

from typing import Any

import gradio as gr

from ..errors import MattingError
from ..samples import PORTRAIT
from . import status_html
from .components import PRIVATE, background_picker, bring_into_view, file_of
from .service import Service, request_folder


def image_tab(service: Service) -> None:
    """Build the tab."""
    with gr.Row():
        with gr.Column(scale=5, min_width=320):
            image = gr.Image(
                label="Your picture", type="filepath", image_mode=None, height=300, elem_id="picture-source"
            )
            example = gr.Button("Example: a portrait", size="sm", elem_id="picture-example")
            background = background_picker(["transparent", "colour", "blur", "picture"], "transparent")
            with gr.Column(elem_classes="go"):
                run = gr.Button("Cut out the person", variant="primary", size="lg", elem_id="picture-run")
        with gr.Column(scale=6, min_width=320, elem_id="picture-answer"):
            status = gr.HTML(status_html.idle("Choose a picture and press the button."), elem_id="picture-status")
            with gr.Column(visible=False) as results:
                slider = gr.ImageSlider(
                    label="Before | after", interactive=False, max_height=480, elem_id="picture-compare"
                )
                get_result = gr.DownloadButton("Download result", variant="primary", size="md", elem_id="picture-get")
                matte = gr.Image(
                    label="Matte (alpha)",
                    interactive=False,
                    format="png",
                    buttons=["download"],
                    height=420,
                    elem_id="picture-matte",
                )

    def cut_out(path: str | None, kind: str, colour: str, picture: str | None) -> Any:
        yield {status: gr.HTML(status_html.starting("Looking at the picture …"), visible=True)}
        with request_folder() as folder:
            try:
                cutout = service.picture(
                    path, background=kind, colour=colour, file=file_of(kind, picture), folder=folder
                )
            except MattingError as error:
                yield {status: gr.HTML(status_html.problem(error), visible=True)}
                return
            yield {
                status: gr.HTML(visible=False),
                results: gr.Column(visible=True),
                slider: (cutout.source, cutout.shown),
                get_result: gr.DownloadButton(
                    f"Download result, {status_html.size(cutout.file)}", value=str(cutout.file)
                ),
                matte: cutout.alpha,
            }

    example.click(lambda: str(PORTRAIT), None, image, **PRIVATE)
    run.click(
        cut_out,
        [image, *background.inputs],
        [status, results, slider, get_result, matte],
        js=bring_into_view("picture-answer"),
        concurrency_limit=2,
        concurrency_id="picture",
        **PRIVATE,
    )
