"""`modnetv app`: the app in a browser."""

from typing import Annotated

import typer

from ..errors import InputError
from .console import Device, Weights, interruptible


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; by default this machine only.")] = None,
    port: Annotated[int | None, typer.Option(help="By default the first free port from 7860.")] = None,
    share: Annotated[bool, typer.Option("--share", help="Also create a temporary public address.")] = False,
    weights: Weights = None,
    device: Device = "auto",
) -> None:
    """Open the app in a browser: videos, pictures, the live camera, and a look inside the model."""
    try:
        from ..app import launch
    except ImportError as error:
        raise InputError(f'the app needs {error.name}: pip install "modnetv-kit[app]"') from None
    try:
        with interruptible("the app is closed"):
            launch(host=host, port=port, share=share, weights=weights, device=device)
    except OSError as error:
        raise InputError(f"{error}; choose another --host or --port") from None
