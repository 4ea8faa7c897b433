"""The page that mattes in the browser itself, served by the app and offered in the tab Live."""

from pathlib import Path
from typing import Any

import gradio as gr
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from ..errors import InputError
from ..web import built_page
from ..web.server import HEADERS

PATH = "in-browser"
FRAME = (
    f'<iframe src="{PATH}/index.html" title="Matting in this browser" allow="camera" loading="lazy"></iframe>'
    f'<p>In <a href="{PATH}/index.html" target="_blank">a tab of its own</a> it has several threads.</p>'
)


def offer() -> None:
    """Add the page to the tab that is being built, closed at first; nothing where its files were not built."""
    if _page() is not None:
        with gr.Accordion("Run it in this browser instead: no frame leaves your machine", open=False):
            gr.HTML(FRAME, elem_id="in-browser")


def routes() -> list[BaseRoute]:
    """The routes that serve the page; none where its files were not built."""
    page = _page()
    return [] if page is None else [Mount(f"/{PATH}", _Files(directory=page, html=True))]


def _page() -> Path | None:
    try:
        return built_page()
    except InputError:
        return None


class _Files(StaticFiles):
    """Files with the headers that threads need, in a tab of their own."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        """See `StaticFiles`."""
        answer = super().file_response(*args, **options)
        answer.headers.update(HEADERS)
        return answer
