"""Endpoints for other programs, through gradio_client or HTTP, one for each function of the page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from ..errors import MattingError
from ..inference.edges import Edges
from ..inference.recording import Recording
from . import inspection
from .components import COLOUR
from .compositing import Results
from .job import Matted, ProgressEvent
from .look import EXPORT_SUFFIXES, SHAPES, Look
from .pointing import parse_prompts
from .service import Service, Waiting, request_folder
from .status_html import refusal
from .uploads import KINDS


def endpoints(service: Service) -> None:
    """Build the endpoints. Their fields, which hold the defaults, are invisible parts of the page."""
    with gr.Row(visible=False):
        video = gr.Video(label="video")
        image = gr.Image(label="image", type="filepath", image_mode=None)
        file = gr.Video(label="background_file")  # also accepts pictures, since the component does not open the file
        background = gr.Radio(list(KINDS), value="colour", label="background")
        behind_picture = gr.Radio([kind for kind in KINDS if kind != "video"], value="transparent", label="background")
        colour = gr.Textbox(COLOUR, label="colour")
        form = gr.Radio(list(EXPORT_SUFFIXES), value="mp4", label="format")
        start, end = gr.Textbox(None, label="start"), gr.Textbox(None, label="end")
        first, second, third = (gr.File(label=name) for name in ("result", "matte", "restored background"))
        size = gr.Number(0, label="size", precision=0)
        shape = gr.Radio(list(SHAPES), value=SHAPES[0], label="shape")
        shrink, feather = gr.Number(0, label="shrink"), gr.Number(0, label="feather")
        despill = gr.Number(1, label="despill")
        who = gr.JSON(None, label="prompts")
        report = gr.JSON(label="report")
        button = gr.Button()

    def matte_video(
        video: str | None,
        background: str = "colour",
        colour: str = COLOUR,
        background_file: str | None = None,
        format: str = "mp4",  # a public name
        start: str | None = None,
        end: str | None = None,
        size: int = 0,
        shape: str = SHAPES[0],
        shrink: float = 0,
        feather: float = 0,
        despill: float = 1,
        prompts: dict[str, Any] | None = None,
    ) -> Iterator[tuple[Any, ...]]:
        with request_folder() as folder:
            try:
                file = None if background_file is None else Path(background_file)
                look = Look(background, colour, file, format, size or None, shape, Edges(shrink, feather, despill))
                parsed = parse_prompts(prompts)
                for event in service.matte(video, look, start=start, end=end, prompts=parsed, folder=folder):
                    if not isinstance(event, Matted):
                        yield _response(event)
            except MattingError as error:
                raise refusal(error) from None

    def matte_image(
        image: str | None, background: str, colour: str, background_file: str | None = None
    ) -> Iterator[tuple[Any, ...]]:
        with request_folder() as folder:
            try:
                cutout = service.picture(
                    image, background=background, colour=colour, file=background_file, folder=folder
                )
            except MattingError as error:
                raise refusal(error) from None
            matte = folder / f"{cutout.file.stem}_matte.png"
            Image.fromarray(cutout.alpha).save(matte)
            yield str(cutout.file), str(matte)

    def inspect_video(video: str | None, start: str | None = None, end: str | None = None) -> Iterator[Any]:
        with request_folder() as folder:
            try:
                for event in inspection.record_clip(video, start, end, service.limits, service.waiting_line):
                    yield _maps(event, folder) if isinstance(event, Recording) else (None, _state(event))
            except MattingError as error:
                raise refusal(error) from None

    button.click(
        matte_video,
        [video, background, colour, file, form, start, end, size, shape, shrink, feather, despill, who],
        [first, second, third, report],
        api_name="matte_video",
        api_description="Cut the person out of a video. Returns the result, the matte, the restored background and a "
        "report, which gives the progress while the video is processed.",
        concurrency_limit=None,
    )
    button.click(
        matte_image,
        [image, behind_picture, colour, file],
        [first, second],
        api_name="matte_image",
        api_description="Cut the person out of a picture. Returns the result as PNG, and the matte.",
        concurrency_limit=2,
        concurrency_id="picture",
    )
    button.click(
        inspect_video,
        [video, start, end],
        [first, report],
        api_name="inspect_video",
        api_description="Run the network on a clip's first frames. Returns its maps (a NumPy .npz file) and a report.",
        concurrency_limit=None,
    )


def _response(event: Waiting | ProgressEvent | Results) -> tuple[Any, ...]:
    if not isinstance(event, Results):
        return None, None, None, _state(event)
    report = {"state": "done", "frames": event.frames, "seconds": round(event.seconds, 3)}
    report |= {"restored": round(event.restored, 4), "notes": list(event.notes)}
    return str(event.composite), str(event.alpha), str(event.background), report


def _state(event: Waiting | ProgressEvent) -> dict[str, Any]:
    if isinstance(event, Waiting):
        return {"state": "waiting", "ahead": event.ahead}
    return {"state": "working", "frames": event.done, "of": event.total, "seconds": round(event.seconds, 3)}


def _maps(recording: Recording, folder: Path) -> tuple[str, dict[str, Any]]:
    names = ("alpha", "coarse_alpha", "s_p", "d_p", "bgM", "bg_p", "plate", "plate_mask", "flaw", "refined")
    path = folder / "inside.npz"
    np.savez_compressed(path, **{name: getattr(recording, name) for name in names})
    report = {"state": "done", "frames": len(recording), "update": recording.update, "theta": recording.theta}
    coverage = [round(float(share), 4) for share in recording.bgM.mean((1, 2))]
    return str(path), report | {"rho": recording.rho, "coverage": coverage, "truncated": recording.truncated}
