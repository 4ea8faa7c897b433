"""Players of uploaded videos that show a small copy of what the browser cannot play."""

from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from ..errors import MattingError
from .components import PRIVATE
from .limits import Limits
from .playable import playable_copy
from .service import request_folder


def show_copies(video: gr.Video, limits: Limits, after: gr.events.Dependency | None = None) -> None:
    """Let a player show a small copy of its video if the browser cannot play it.

    Args:
        video: has an `elem_id` and the class `PLAYER`.
        limits: of the app.
        after: an event to wait for; None starts when the video changes.
    """
    refused, copy = gr.Checkbox(visible=False), gr.File(visible=False)
    name = video.elem_id

    def copy_for_browser(path: str | None, refused: bool) -> Iterator[str | None]:
        with request_folder() as folder:
            try:
                yield str(playable_copy(Path(path), limits, folder)) if path and refused else None
            except MattingError:  # the page already shows what is wrong with the video
                yield None

    listen = video.change if after is None else after.then
    # one at a time, since the copy is only for viewing
    listen(
        copy_for_browser,
        [video, refused],
        copy,
        js=f"async (path) => [path, path ? await uploadRefused('{name}') : false]",
        concurrency_limit=1,
        **PRIVATE,
    ).then(None, copy, None, js=f"(copy) => playCopy('{name}', copy)", **PRIVATE)
