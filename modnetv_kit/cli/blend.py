"""`modnetv blend`: the weighted mean of several runs' weights."""

from pathlib import Path
from typing import Annotated

import typer

from .console import console


def blend_command(
    shares: Annotated[
        list[str],
        typer.Argument(
            metavar="WEIGHTS=SHARE...",
            help="Folders of runs, or owner/repo on the Hugging Face Hub, each with its share; shares must sum to 1.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the blended weights.")],
) -> None:
    """Blend weights: their weighted mean, with the recipe in its config.json.

    Example: modnetv blend runs/a=0.45 runs/b=0.35 runs/c=0.2 --out runs/blend
    """
    from ..blend import blend, parse_share

    blend([parse_share(text) for text in shares], out)
    console.print(f"{out} holds the blend; `--weights {out}` uses it", markup=False)
