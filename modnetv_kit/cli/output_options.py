"""Options for what is written, and how much is said meanwhile; named as in FFmpeg and rembg where those have them."""

from pathlib import Path
from typing import Annotated

import typer

Shrink = Annotated[float, typer.Option(metavar="PX", help="Shrink the matte by so many pixels; below 0 it grows.")]
Feather = Annotated[float, typer.Option(metavar="PX", help="Soften the matte's edge by so many pixels.")]
Despill = Annotated[
    float, typer.Option(help="How much of the old background's colours is taken out of the edge: 0 none, up to 2.")
]
Crf = Annotated[int | None, typer.Option(help="Quality of .mp4 (by default 18) and .webm (24); lower is better.")]
Size = Annotated[int | None, typer.Option(metavar="LONG_SIDE", help="Shrink frames to this long side in pixels.")]
Fps = Annotated[
    float | None, typer.Option(help="Frames a second: of a folder of images, else 25; a video's rate is lowered to it.")
]
Gif = Annotated[Path | None, typer.Option(metavar="GIF", help="Also write the result as an animated GIF.")]
NoWarmUp = Annotated[
    bool, typer.Option("--no-warm-up", help="Do not look at the first second before frame 0 is written.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", "-y", help="Replace results that are there.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON line a second: done, total, fps; and a summary.")]
Input = Annotated[list[str] | None, typer.Option("--input", "-i", metavar="IN", help="The same as IN; - reads a pipe.")]
Raw = Annotated[
    bool, typer.Option("--raw", help="To a pipe (-o -): bare RGBA instead of Matroska; -f rawvideo -pix_fmt rgba.")
]
