"""`modnetv image`: cut people out of pictures."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from ..errors import InputError, OutputError
from ..files import PICTURE_SUFFIXES, check_parent, output_error, read_image, replace_file
from ..paths import check_apart, check_new, is_file, is_folder
from .console import Device, Weights, console, interruptible
from .output_options import Despill, Feather, Overwrite, Quiet, Shrink

if TYPE_CHECKING:
    from ..inference import MattingSession
    from ..inference.composite import Background
    from ..inference.edges import Edges


def image(
    sources: Annotated[list[Path], typer.Argument(metavar="IN...", help="Pictures: JPEG, PNG, WebP, TIFF, ...")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT", help="A .png, .webp or .jpg; or a folder for PNGs.")
    ],
    background: Annotated[
        str | None,
        typer.Option(metavar="BG", help="green, #rrggbb, a picture, blur, or none for transparency (the default)."),
    ] = None,
    alpha: Annotated[Path | None, typer.Option(help="Also write the matte; a folder if OUT is one.")] = None,
    shrink: Shrink = 0.0,
    feather: Feather = 0.0,
    despill: Despill = 1.0,
    weights: Weights = None,
    device: Device = "auto",
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Cut the person out of pictures.

    Pictures are turned upright by their EXIF data. 16-bit and CMYK pictures work. Transparent areas stay transparent.
    """
    from ..hub import load_model
    from ..inference import MattingSession
    from ..inference.composite import ImageBackground, VideoBackground, open_background
    from ..inference.edges import Edges

    edges = Edges(shrink, feather, despill)
    behind = open_background(background or "none")
    pairs = _pairs(sources, output, alpha, opaque=behind is not None)
    read = [*sources, *([behind.path] if isinstance(behind, ImageBackground | VideoBackground) else [])]
    _check_outputs(read, [path for _, *written in pairs for path in written if path], overwrite)
    session = MattingSession(load_model(weights, device="cpu"), device)
    failed = 0
    with interruptible(f"the pictures so far are in {output}"):
        for source, out, matte in pairs:
            try:
                _cut_out(session, source, out, matte, behind, edges)
            except InputError as error:
                if len(pairs) == 1:
                    raise
                failed += 1
                console.print(f"modnetv: {error}", markup=False)
                continue
            if not quiet:
                console.print(str(out), markup=False)
    if failed:
        raise OutputError(f"{failed} of {len(pairs)} pictures could not be cut out")


def _cut_out(
    session: "MattingSession", source: Path, out: Path, matte: Path | None, behind: "Background | None", edges: "Edges"
) -> None:
    """Cut out and write one picture."""
    from fractions import Fraction

    from PIL import Image

    from ..inference.composite import as_rgba, composite
    from ..inference.pixels import to_uint8
    from ..video import Frame

    rgba = read_image(source, "RGBA")
    picture = np.ascontiguousarray(rgba[..., :3])
    session.reset()  # pictures are independent
    result = session.step(picture)
    alpha = edges.alpha(result.alpha) * (rgba[..., 3].astype(np.float32) / 255)
    foreground = edges.foreground(picture, result.foreground)
    if behind is None:
        composed = as_rgba(foreground, alpha)
    else:
        composed = composite(foreground, alpha, behind.draw(Frame(picture, 0, 0, Fraction(1)), result))
    for path, pixels in ((out, composed), (matte, to_uint8(alpha))):
        if path is not None:
            try:
                replace_file(path, partial(Image.fromarray(pixels).save, quality=92))
            except OSError as error:
                raise output_error(path, error) from None


def _pairs(sources: list[Path], output: Path, alpha: Path | None, opaque: bool) -> list[tuple[Path, Path, Path | None]]:
    """The paths of each source, its output and its matte.

    Raises:
        OutputError: an output has an unsuitable name, or its folder cannot be created.
    """
    is_picture = output.suffix.lower() in PICTURE_SUFFIXES
    if is_picture and len(sources) > 1:
        raise OutputError(f"{output} is one picture, but there are {len(sources)} inputs; give a folder")
    if output.suffix.lower() in (".jpg", ".jpeg") and not opaque:
        raise OutputError(f"{output}: JPEG cannot hold transparency; write .png or .webp, or give a --background")
    if is_picture:
        pairs = [(sources[0], output, alpha)]
    else:
        for folder in (output, *([alpha] if alpha else [])):
            if is_file(folder):
                raise OutputError(f"{folder} is a file; give a folder, or a name in .png, .webp or .jpg")
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise output_error(folder, error) from error
        names = _names(sources)
        pairs = [
            (source, output / f"{name}.png", alpha / f"{name}.png" if alpha else None)
            for source, name in zip(sources, names, strict=True)
        ]
    return pairs


def _check_outputs(read: list[Path], written: list[Path], overwrite: bool) -> None:
    """Raise OutputError if an output is one of the pictures that are read, is named twice, or exists already."""
    check_apart(read, written)
    for path in written:
        check_parent(path)
        if is_folder(path):
            raise OutputError(f"{path} is a folder; give the name of a new picture")
    if not overwrite:
        check_new(written)


def _names(sources: list[Path]) -> list[str]:
    """A name for each source, without its suffix; equal names are numbered."""
    names: list[str] = []
    for source in sources:
        name, number = source.stem, 2
        while name in names:
            name, number = f"{source.stem}_{number}", number + 1
        names.append(name)
    return names
