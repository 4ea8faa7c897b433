"""The tab "Several": many videos in one look, processed one after the other into a zip file."""

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from ..errors import MattingError
from . import status_html
from .components import PRIVATE, background_picker, bring_into_view
from .compositing import Results
from .job import STOP, ProgressEvent, stop
from .look import Look
from .look_fields import file_fields, formats, look_of
from .service import Service, Waiting, request_folder

Updates = dict[Any, Any]


def several_tab(service: Service) -> None:
    """Build the tab."""
    request = gr.State(None)  # folder of the running request
    with gr.Row():
        with gr.Column(scale=5, min_width=320):
            files = gr.File(
                label=f"Your videos, up to {service.limits.files}",
                file_count="multiple",
                file_types=["video"],
                elem_id="several-source",
            )
            background = background_picker(["colour", "blur", "picture", "transparent"])
            with gr.Accordion("File format and size", open=False):
                form, size, shape = file_fields("several")
            with gr.Column(elem_classes="go"):
                run = gr.Button("Cut out all of them", variant="primary", size="lg", elem_id="several-run")
                halt = gr.Button("Stop, and keep what is done", variant="stop", size="lg", visible=False)
        with gr.Column(scale=6, min_width=320):
            rows = gr.HTML(status_html.idle("Each video gets a row here."), elem_id="several-rows")
            zipped = gr.DownloadButton(
                "Download all", variant="primary", size="md", visible=False, elem_id="several-get"
            )

    def cut_out(
        paths: list[str] | None, kind: str, colour: str, picture: str, kind_of_file: str, long_side: int, crop: str
    ) -> Iterator[Updates]:
        yield {run: gr.Button(visible=False), halt: gr.Button(visible=True), zipped: gr.DownloadButton(visible=False)}
        with request_folder() as folder:
            yield {request: str(folder)}
            try:
                look = look_of(kind, colour, picture, None, kind_of_file, long_side, crop, 0, 0, 1)
                for table, archive in cut_out_all(service, [Path(path) for path in paths or []], look, folder):
                    yield {rows: table}
                    if archive is not None:
                        label = f"Download all, {status_html.size(archive)}"
                        yield {zipped: gr.DownloadButton(label, value=str(archive), visible=True)}
            except MattingError as error:
                yield {rows: status_html.problem(error)}

    background.kind.change(formats, [background.kind, form], form, queue=False, **PRIVATE)
    running = run.click(
        cut_out,
        [files, *background.inputs, form, size, shape],
        [request, rows, run, halt, zipped],
        js=bring_into_view("several-rows"),
        concurrency_limit=None,
        **PRIVATE,
    )
    running.then(lambda: (gr.Button(visible=True), gr.Button(visible=False)), None, [run, halt], **PRIVATE)
    halt.click(lambda folder: stop(Path(folder)), request, None, concurrency_limit=None, **PRIVATE)


def cut_out_all(service: Service, videos: list[Path], look: Look, folder: Path) -> Iterator[tuple[str, Path | None]]:
    """Matte videos one after the other. A failure is shown in its row, and the others continue.

    Args:
        service: of the app.
        videos: paths of the uploads.
        look: of all results.
        folder: of this request; `job.stop(folder)` ends it, and finished frames are kept.

    Yields:
        The table as HTML, and at the end the zip file unless it is empty.

    Raises:
        InputError: there are no videos, or too many.
    """
    service.limits.check_files(len(videos))
    states = [(video.name, "waiting", 0.0) for video in videos]
    archive = folder / "cut_out.zip"
    taken: set[str] = set()
    for index, video in enumerate(videos):
        if stopped(folder):
            states[index] = video.name, "not started", 0.0
            continue
        video_folder = folder / str(index)
        video_folder.mkdir()
        try:
            for event in service.matte(video, look, folder=video_folder):
                if stopped(folder):
                    stop(video_folder)
                if isinstance(event, Results):
                    _pack(archive, event, taken)
                states[index] = video.name, *_state(event)
                yield status_html.rows(states), None
        except MattingError as error:
            states[index] = video.name, status_html.sentence(str(error)), 0.0
        shutil.rmtree(video_folder, ignore_errors=True)
        yield status_html.rows(states), None
    yield status_html.rows(states), archive if archive.exists() else None


def stopped(folder: Path) -> bool:
    """Whether the request in `folder` was asked to stop."""
    return (folder / STOP).exists()


def _state(event: object) -> tuple[str, float]:
    if isinstance(event, Waiting):
        return f"{event.ahead} ahead", 0.0
    if isinstance(event, ProgressEvent):
        before = 0.5 if event.stage == "writing" else 0.0
        return f"{event.stage}, frame {event.done} of {event.total}", before + 0.5 * event.done / max(1, event.total)
    if isinstance(event, Results):
        return " ".join([f"{event.frames} frames.", *event.notes]), 1.0
    return "writing", 0.5


def _pack(archive: Path, results: Results, taken: set[str]) -> None:
    """Add the result and the matte without further compression; repeated names are numbered."""
    with zipfile.ZipFile(archive, "a") as file:
        for path in (results.composite, results.alpha):
            name, number = path.name, 2
            while name in taken:
                name, number = f"{path.stem}_{number}{path.suffix}", number + 1
            taken.add(name)
            file.write(path, name)
