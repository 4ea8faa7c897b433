"""`modnetv export`: export the networks for other runtimes."""

from pathlib import Path
from typing import Annotated

import typer

from .console import Weights, console


def export(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder, created if missing.")],
    form: Annotated[str, typer.Option("--format", help="onnx or openvino.")] = "onnx",
    weights: Weights = None,
) -> None:
    """Export the frame step, flaw detector and patch network for other runtimes, for frames of any even size."""
    from ..engines.convert import export_networks
    from ..hub import load_model

    with console.status("exporting"):
        written = export_networks(load_model(weights, device="cpu"), out, form)
    for path in written:
        console.print(path)
