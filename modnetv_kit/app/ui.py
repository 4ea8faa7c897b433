"""The page with its tabs and endpoints, and the server."""

import importlib.util
import signal
import threading
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.route_utils import delete_files_created_by_app
from starlette.responses import FileResponse
from starlette.routing import Route

from ..samples import PORTRAIT
from . import browser_page, engine, examples
from .endpoints import endpoints
from .page import Page
from .service import Service
from .tab_image import image_tab
from .tab_inside import inside_tab
from .tab_live import live_tab
from .tab_matte import matte_tab
from .tab_several import several_tab
from .theme import CSS, PICTURE, TITLE, head, theme

FAVICON = Path(__file__).parent / "assets" / "favicon.svg"


def build(service: Service | None = None) -> gr.Blocks:
    """The app as Gradio blocks.

    Args:
        service: with its own limits; by default with those from the environment.
    """
    service = service or Service()
    # static files, which are served in place and never deleted
    gr.set_static_paths([examples.ASSETS, PORTRAIT.parent, examples.folder()])
    limits = service.limits
    kept = round(limits.keep_minutes * 60)
    with Page(title=TITLE, analytics_enabled=False, delete_cache=(min(60, kept), kept)) as page:
        gr.HTML(
            "<h1>Cut people out of videos</h1><p>No green screen, and the background comes back as a picture. "
            "An open implementation of MODNet-V.</p>",
            elem_id="title",
        )
        with gr.Tabs():
            with gr.Tab("Video", id="video"):
                source = matte_tab(service, page)
            with gr.Tab("Several", id="several"):
                several_tab(service)
            with gr.Tab("Picture", id="picture"):
                image_tab(service)
            with gr.Tab("Live", id="live"):
                live_tab(service)
            with gr.Tab("Inside", id="inside"):
                inside_tab(service, source)
        gr.Markdown(
            f"Up to {limits.seconds:g} seconds and {limits.megabytes} MB at a time. Uploads and results are deleted "
            f"after {limits.keep_minutes:g} minutes. The portrait of the examples is Eileen Collins, photographed by "
            "NASA. The paper: [arXiv 2109.11818](https://arxiv.org/abs/2109.11818).",
            elem_id="fine-print",
        )
        endpoints(service)
    page.queue(max_size=4 * (limits.at_once + limits.waiting), default_concurrency_limit=8)
    built: gr.Blocks = page
    return built


def launch(
    *,
    host: str | None = None,
    port: int | None = None,
    share: bool = False,
    weights: str | None = None,
    device: str = "auto",
    **options: Any,
) -> Any:
    """Load the model, build the app and serve it until it is stopped.

    Args:
        host: address to listen on; by default this machine only, or all addresses on a Space.
        port: by default the first free port from 7860.
        share: also create a temporary public address, through Gradio's servers.
        weights: as for `modnetv_kit.load_model`.
        device: see `choose_device`.
        **options: of `gradio.Blocks.launch`.

    Raises:
        DeviceError, WeightsError: the device or the weights cannot be used.
        InputError: a limit in the environment is not a number.
        OSError: the port is in use.
    """
    service = Service()
    engine.load(weights, device)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # exit as on Ctrl-C, which deletes all files
    page = build(service)
    served = page.launch(
        server_name=host,
        server_port=port,
        share=share,
        max_file_size=service.limits.megabytes * 1_000_000,
        allowed_paths=[str(PORTRAIT.parent)],  # needed again by events that choose an example
        theme=theme(),
        css=CSS,
        head=head(),
        app_kwargs={"routes": [Route("/og.jpg", lambda request: FileResponse(PICTURE)), *browser_page.routes()]},
        mcp_server=importlib.util.find_spec("mcp") is not None,
        favicon_path=FAVICON,
        footer_links=["api", "settings"],
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        **options,
    )
    if not options.get("prevent_thread_lock"):
        # the server does this itself, unless an open page delays its shutdown
        delete_files_created_by_app(page, age=None)
    return served
