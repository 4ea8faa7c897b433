"""`modnetv space push`: upload the app to your own Space on the Hugging Face Hub."""

from pathlib import Path
from typing import Annotated

import typer

from .console import console

space = typer.Typer(help="The app as a Hugging Face Space.", no_args_is_help=True)


@space.callback()
def group() -> None:
    """The app as a Hugging Face Space."""


@space.command(name="push")
def push_space_command(
    repo: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The Space; created if missing.")],
    source: Annotated[
        Path, typer.Option("--from", metavar="CLONE", help="A clone of the kit; by default the one in use.")
    ] = Path(__file__).parents[2],
    private: Annotated[bool, typer.Option("--private", help="Make a new Space private.")] = False,
) -> None:
    """Upload the app, with the weights of the clone, to a Space."""
    from ..hub import push_space

    console.print(push_space(source, repo, private=private))
