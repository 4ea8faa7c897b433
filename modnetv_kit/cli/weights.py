"""`modnetv info` and `modnetv push`: describe and upload weights."""

from typing import Annotated

import typer
from rich.table import Table

from .. import __version__
from .console import Device, Weights, console


def info(weights: Weights = None, device: Device = "auto") -> None:
    """Print the measured size and cost of the model, and the device it runs on."""
    import torch

    from ..evaluation.cost import count_multiply_adds, count_parameters
    from ..hub import load_model

    model = load_model(weights, device=device)
    parameters, refinement = count_parameters(model)
    table = Table(show_header=False, box=None)
    rows = {
        "modnetv_kit": __version__,
        "torch": torch.__version__,
        "weights": weights or "bundled",
        "device": str(next(model.parameters()).device),
        "parameters": f"{parameters / 1e6:.3f} M without P, {refinement / 1e6:.3f} M in P",
        "multiply-adds": f"{count_multiply_adds(model) / 1e9:.3f} G per frame at 512 x 288 (S, D, F and B)",
        "background": f"update {model.background.update_rule}, theta {model.background.theta}, "
        f"rho {model.background.rho}",
        "refinement": f"above {model.coarse_size} pixels, flaw > {model.xi}",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    console.print(table)


def push_weights_command(
    repo: Annotated[str, typer.Argument(metavar="OWNER/REPO", help="Repository on the Hugging Face Hub.")],
    weights: Weights = None,
    private: Annotated[bool, typer.Option("--private", help="Make a new repository private.")] = False,
) -> None:
    """Upload weights, their config and the model card to the Hugging Face Hub."""
    from ..hub import load_model, push_to_hub

    console.print(push_to_hub(load_model(weights, device="cpu"), repo, private=private))
