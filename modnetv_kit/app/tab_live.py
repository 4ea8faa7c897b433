"""The tab "Live": the camera, with one session per user."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from ..errors import InputError, MattingError
from ..viz import data_uri
from . import browser_page, engine, status_html
from .components import PRIVATE, background_picker, file_of
from .live import Cameras, LiveSession
from .service import Service, request_folder
from .upload_player import show_copies

KEPT = 900  # seconds for which the session of an idle camera is kept
VIEWS = [("Result", "result"), ("Matte (alpha)", "matte"), ("Restored background", "background")]
RESET_LABELS = {
    "start": "new",
    "frame size": "restarted: the frame size changed",
    "scene cut": "restarted: new scene",
    "brightness": "restarted: the light changed",
}


def live_tab(service: Service) -> None:
    """Build the tab."""
    session = gr.State(None, time_to_live=KEPT)
    cameras = Cameras(service.limits.live_at_once)
    gr.Markdown(
        "Press **Click to Access Webcam**, then **Start**. Frames are sent to the machine that runs this app, "
        "which keeps only the last ten seconds, in memory.",
        elem_classes="hint",
    )
    browser_page.offer()
    with gr.Row(elem_id="live"):
        with gr.Column(scale=4, min_width=320, elem_id="live-left"):
            camera = gr.Image(
                label="Your camera",
                sources=["webcam"],
                streaming=True,
                type="numpy",
                height=300,
                webcam_options=gr.WebcamOptions(mirror=True, constraints={"video": {"width": 640, "height": 480}}),
                elem_id="camera",
            )
            background = background_picker(["colour", "blur", "picture", "video", "transparent"], "blur", "live-behind")
            view = gr.Radio(VIEWS, value="result", label="Show")
            with gr.Row():
                snapshot = gr.Button("Snapshot", size="sm", min_width=120, elem_id="live-snapshot")
                save = gr.Button("Save the last 10 s", size="sm", min_width=120, elem_id="live-save")
                reset = gr.Button("Forget the background", size="sm", min_width=120, elem_id="live-reset")
            file = gr.File(label="Saved", visible=False, interactive=False, elem_id="live-file")
        with gr.Column(scale=6, min_width=320, elem_id="live-right"):
            shown = gr.HTML(status_html.idle("The result appears here while the camera runs."), elem_id="live-shown")

    def step(
        image: np.ndarray | None,
        live: LiveSession | None,
        kind: str,
        colour: str,
        picture: str | None,
        clip: str | None,
        view: str,
    ) -> tuple[LiveSession | None, Any]:
        if image is None:
            return live, gr.skip()
        live = live or LiveSession(engine.runtime(), service.limits)
        file = file_of(kind, picture, clip)
        try:
            cameras.admit(live)
            drawn = live.step(image, kind, colour, None if file is None else Path(file), view)
        except MattingError as error:
            return live, status_html.problem(error)
        return live, _picture(drawn, live)

    def restart(live: LiveSession | None) -> None:
        if live is not None:
            live.reset()

    def save_output(live: LiveSession | None, name: str) -> Iterator[Any]:
        with request_folder() as folder:
            try:
                if live is None:
                    raise InputError("nothing is kept yet; start the camera first")
                path = folder / name
                saved = live.snapshot(path) if path.suffix == ".jpg" else live.save(path)
            except MattingError as error:
                raise status_html.refusal(error) from None
            yield gr.File(str(saved), visible=True)

    def take_picture(live: LiveSession | None) -> Iterator[Any]:
        yield from save_output(live, "snapshot.jpg")

    def take_video(live: LiveSession | None) -> Iterator[Any]:
        yield from save_output(live, "last_seconds.mp4")

    camera.stream(
        step,
        [camera, session, *background.inputs, view],
        [session, shown],
        stream_every=0.08,
        time_limit=None,
        concurrency_limit=None,
        **PRIVATE,
    )
    snapshot.click(take_picture, session, file, **PRIVATE)
    save.click(take_video, session, file, **PRIVATE)
    reset.click(restart, session, None, queue=False, **PRIVATE)
    if background.video:
        show_copies(background.video, service.limits)


def _picture(drawn: np.ndarray, live: LiveSession) -> str:
    """HTML with the embedded picture; an image component would write a file to disk for every frame."""
    state = RESET_LABELS[live.reset_for] if live.reset_for else f"frame {live.frames} of this session"
    rate = f"{live.rate:.1f} frames/s" if live.rate else "…"
    return (
        f'<div class="panel live" role="status"><img src="{data_uri(drawn)}" alt="the result">'
        f"<p><b>{rate}</b> · {state}</p></div>"
    )
