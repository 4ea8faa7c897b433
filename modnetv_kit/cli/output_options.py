"""Options for outputs and messages, named as in FFmpeg and rembg if they have them."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Shrink = Annotated[
    float, typer.Option(metavar="PX", help="Shrink the matte by this many pixels; negative values grow it.")
]
Feather = Annotated[float, typer.Option(metavar="PX", help="Soften the matte's edge by this many pixels.")]
Despill = Annotated[
    float,
    typer.Option(help="How strongly to remove the old background's colours from the edge: 0 (not at all) to 2."),
]
Crf = Annotated[int | None, typer.Option(help="Quality of .mp4 (18 by default) and .webm (24); lower is better.")]
Size = Annotated[int | None, typer.Option(metavar="LONG_SIDE", help="Shrink frames to this long side in pixels.")]
Fps = Annotated[
    float | None,
    typer.Option(help="Frames per second: of a folder of images (25 by default), or to lower a video's rate to."),
]
Hdr = Annotated[
    Literal["tone-map", "keep"],
    typer.Option(help="How to write high dynamic range (PQ, HLG): tone-map to BT.709, or keep it, in a .mov."),
]
Gif = Annotated[Path | None, typer.Option(metavar="GIF", help="Also write the result as an animated GIF.")]
NoWarmUp = Annotated[
    bool, typer.Option("--no-warm-up", help="Do not look ahead at the first second before writing frame 0.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", "-y", help="Replace existing results.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON line per second (done, total, fps), and a summary.")]
Input = Annotated[list[str] | None, typer.Option("--input", "-i", metavar="IN", help="The same as IN; - reads a pipe.")]
Raw = Annotated[
    bool, typer.Option("--raw", help="To a pipe (-o -): raw RGBA instead of Matroska; -f rawvideo -pix_fmt rgba.")
]
