"""The tab "Video": upload a video and put the person on a new background."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ..errors import MattingError
from . import status_html
from .components import PLAYER, PRIVATE, background_picker, bring_into_view, time_field
from .compositing import FRAME_SIDE, Results, draw_frame
from .examples import EXAMPLES, middle_frame, poster
from .job import ProgressEvent, thumbnail_uri
from .look_fields import LookFields, file_fields, formats, look_of
from .matte_results import Updates, results_view
from .messages import guarded
from .projects import Project, Projects
from .prompt_fields import prompt_fields, prompt_fingerprint, prompts_from_fields
from .service import Service, Waiting
from .upload_player import show_copies
from .uploads import KINDS, plays_in_browsers, validate_upload

REFUSED = (
    "Some browsers cannot play this format; they show a small copy of its beginning, without sound. "
    "The video can be worked on all the same."
)


@dataclass(frozen=True)
class ClipFields:
    """The fields of the chosen clip, which the tab "Inside" uses as well."""

    video: gr.Video
    start: gr.Textbox
    end: gr.Textbox


def matte_tab(service: Service, page: gr.Blocks) -> ClipFields:
    """Build the tab."""
    projects = Projects(service.limits)
    key = gr.BrowserState(None, storage_key="modnetv_video")
    with gr.Row():
        with gr.Column(scale=5, min_width=320):
            video = gr.Video(label="Your video", sources=["upload", "webcam"], elem_id="source", elem_classes=PLAYER)
            about = gr.HTML(visible=False, elem_id="about")
            examples = gr.Gallery(
                [(poster(path), name) for name, path in EXAMPLES.items()],
                label="Examples",
                columns=len(EXAMPLES),
                height="auto",
                allow_preview=False,
                interactive=False,
                object_fit="cover",
                buttons=[],
                elem_id="examples",
            )
            prompt_column = gr.Column()
            background = background_picker([*KINDS[1:], KINDS[0]])
            with gr.Accordion("File format, size, start and end", open=False):
                form, size, shape = file_fields()
                with gr.Row():
                    start, end = time_field("Start", "its beginning"), time_field("End", "its end")
            with gr.Column(elem_classes="go"):
                run = gr.Button("Cut out the person", variant="primary", size="lg", elem_id="run")
                halt = gr.Button(
                    "Stop, and keep what is done", variant="stop", size="lg", visible=False, elem_id="halt"
                )
        with gr.Column(scale=6, min_width=320):
            view = results_view()
    with prompt_column:
        who = prompt_fields(service.limits, video, start, end)
    fields = LookFields(background, form, size, shape, view.edges)

    def describe(path: str | None) -> Updates:
        if path is None:
            return {about: gr.HTML(visible=False)}
        try:
            with guarded():
                clip = validate_upload(Path(path), service.limits)
                playable = plays_in_browsers(clip.path)
                text = status_html.about(clip) if playable else status_html.about(clip, middle_frame(path), REFUSED)
        except MattingError as error:
            return {about: gr.HTML(status_html.problem(error), visible=True)}
        return {about: gr.HTML(text, visible=True)}

    def buttons(running: bool) -> Updates:
        return {run: gr.Button(visible=not running, interactive=True), halt: gr.Button(visible=running)}

    def idle_buttons(known: str | None) -> Updates:
        """The buttons after work has ended."""
        project = projects.get(known)
        return buttons(running=project is not None and project.run is not None and not project.run.over)

    def resumed_buttons(known: str | None) -> Updates:
        """The buttons after a page was loaded. If it had nothing to resume, it may have begun something since."""
        return {run: gr.skip()} if projects.get(known) is None else idle_buttons(known)

    def cut_out(
        known: str | None, path: str | None, start: str, end: str, clicks: Any, painted: Any, *chosen: Any
    ) -> Iterator[Updates]:
        # until the page knows the key of the work, it could not stop it
        yield {view.status: status_html.starting(), run: gr.Button(interactive=False)}
        try:
            look, prompts = look_of(*chosen), prompts_from_fields(clicks, painted)
        except MattingError as error:
            yield {view.status: status_html.problem(error)}
            return
        source = path or "", start, end, prompt_fingerprint(clicks, painted)
        project = projects.get(known)
        if project is None or project.matted is None or project.source != source:
            project = projects.new(source, (clicks, painted))
            events = service.matte(path, look, start=start, end=end, prompts=prompts, folder=project.folder)
        else:
            events = service.compose(project.matted, look, project.folder)
        project.begin(events, look)
        yield {key: project.key, **buttons(running=True)}
        yield from follow(project)

    def follow(project: Project) -> Iterator[Updates]:
        assert project.run is not None
        try:
            for event in project.run.follow():
                if isinstance(event, Waiting):
                    yield {view.status: status_html.waiting(event)}
                elif isinstance(event, ProgressEvent):
                    yield {view.status: status_html.progress(event)}
                elif isinstance(event, Results):
                    yield view.show(event)
        except MattingError as error:
            yield {view.status: status_html.problem(error)}

    def resume(known: str | None) -> Iterator[Updates]:
        """Restore the choices, and the work or its results, after the page is reloaded."""
        project = projects.get(known)
        if project is None or project.look is None:
            yield {key: gr.skip()}
            return
        chosen = dict(zip(fields.inputs, fields.values(project.look), strict=True))
        path, first, last, _ = project.source
        prompts = dict(zip(who.inputs, project.prompt_values, strict=True))
        yield {video: path or None, start: first, end: last, **prompts, **chosen}
        if project.run is not None and not project.run.over:
            yield buttons(running=True)
        yield from follow(project)

    def preview(
        known: str | None,
        path: str | None,
        start: str,
        end: str,
        clicks: Any,
        painted: Any,
        index: float,
        *chosen: Any,
    ) -> Updates:
        """One frame in the chosen look, and a notice if the files were made with another one."""
        project = projects.get(known)
        if project is None or project.matted is None or project.results is None:
            return {view.stale: gr.skip()}
        if project.source != (path or "", start, end, prompt_fingerprint(clicks, painted)):
            return {view.stale: status_html.stale("These files belong to another video, part or person.")}
        try:
            with guarded():
                look = look_of(*chosen)
                layers = project.frame(round(index))
                picture = thumbnail_uri(draw_frame(layers, project.matted, look, service.limits), FRAME_SIDE)
        except MattingError as error:
            return {view.stale: status_html.stale(str(error))}
        note = (
            ""
            if look == project.made_with
            else status_html.stale(
                "The frame below shows the current choices; the video and the files were made with other settings."
            )
        )
        return {view.frame: f'<img src="{picture}" alt="frame {round(index)} of the result">', view.stale: note}

    def stop(known: str | None) -> None:
        project = projects.get(known)
        if project is not None and project.run is not None:
            project.run.stop()

    def choose_example(event: gr.SelectData) -> tuple[Any, ...]:
        return str(list(EXAMPLES.values())[event.index]), {}, None

    described = video.change(describe, video, about, **PRIVATE)
    show_copies(video, service.limits, after=described)
    if background.video:
        show_copies(background.video, service.limits)
    background.kind.change(formats, [background.kind, form], form, queue=False, **PRIVATE)
    working = [key, run, halt, *view.shown]
    chosen = [video, start, end]
    clip_inputs = [*chosen, *who.inputs]
    preview_inputs = [key, *clip_inputs, view.index, *fields.inputs]
    drawn = [view.frame, view.stale]

    def finish(running: Any, set_buttons: Callable[[str | None], Updates] = idle_buttons) -> None:
        idle = running.then(set_buttons, key, [run, halt], **PRIVATE)
        idle.then(preview, preview_inputs, drawn, **PRIVATE)

    def begin(event: Any) -> None:
        finish(
            event(
                cut_out,
                [key, *clip_inputs, *fields.inputs],
                working,
                js=bring_into_view("status"),
                concurrency_limit=None,
                **PRIVATE,
            )
        )

    begin(run.click)
    begin(examples.select(choose_example, None, [video, *who.inputs], **PRIVATE).then)
    loaded = page.load(resume, key, [*working, *clip_inputs, *fields.inputs], concurrency_limit=None, **PRIVATE)
    finish(loaded, resumed_buttons)
    halt.click(stop, key, None, concurrency_limit=None, **PRIVATE)
    # not on release of a slider, which does not happen with the keyboard
    sliders = [view.index, *view.edges]
    gr.on([slider.input for slider in sliders], preview, preview_inputs, drawn, trigger_mode="always_last", **PRIVATE)
    changes = [field.change for field in (*background.inputs, form, size, shape, *clip_inputs)]
    gr.on(changes, preview, preview_inputs, drawn, trigger_mode="always_last", **PRIVATE)
    return ClipFields(video, start, end)
