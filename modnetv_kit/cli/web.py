"""`modnetv web`: the page that runs the networks in the browser."""

from typing import Annotated

import typer

from ..errors import InputError
from .console import console, interruptible


def web(
    host: Annotated[str, typer.Option(help="Address to listen on; by default this machine only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any free port.")] = 7870,
) -> None:
    """Serve the page that mattes the camera or a video in the browser itself; nothing is uploaded."""
    from ..web import PageServer, built_page

    page = built_page()
    try:
        server = PageServer(page, host, port)
    except OSError as error:
        raise InputError(
            f"cannot listen on {host}:{port} ({error.strerror or error}); choose another --host or --port"
        ) from None
    with server, interruptible("the page is closed"):
        console.print(f"the page is at {server.url}")
        server.serve_forever()
