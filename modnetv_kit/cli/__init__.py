"""`modnetv`, the command line. Errors are one line on stderr and exit code 2."""

import io
import os
import sys
import warnings
from typing import Annotated, NoReturn

import typer

from .. import __version__
from ..errors import MattingError
from .bench import bench
from .blend import blend_command
from .evaluate import evaluate_command
from .export import export
from .image import image
from .matte import demo, matte
from .serve import serve
from .space import space
from .train import train
from .web import web
from .weights import info, push_weights_command


def print_version(requested: bool) -> None:
    """Print the kit's version and exit, if requested."""
    if requested:
        print(f"modnetv {__version__}")
        raise typer.Exit


app = typer.Typer(
    help="Cut people out of videos without a green screen: MODNet-V with background restoration.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Cut people out of videos without a green screen: MODNet-V with background restoration."""


# in the order in which --help shows them
app.command()(matte)
app.command()(image)
app.command()(info)
app.command()(train)
app.command(name="blend")(blend_command)
app.command(name="eval")(evaluate_command)
app.command()(bench)
app.command()(demo)
app.command(name="app")(serve)
app.command()(web)
app.command()(export)
app.command(name="push")(push_weights_command)
app.add_typer(space, name="space")


def main() -> None:
    """Run the command line; the kit's errors become one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # file names may be undecodable
    # Pillow warns of damaged and of large pictures, which are refused in one line or read
    warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        app()
    except MattingError as error:
        _leave(str(error))
    except OSError as error:  # a name that is too long, a folder that may not be read
        if error.filename is None:
            raise
        _leave(f"{os.fsdecode(error.filename)} cannot be used: {error.strerror}; check its name and its permissions")


def _leave(line: str) -> NoReturn:
    print(f"modnetv: {line}", file=sys.stderr)
    sys.exit(2)
