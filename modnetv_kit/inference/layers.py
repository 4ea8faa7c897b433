"""The pictures of a frame that are written, and high dynamic range in them."""

from typing import NamedTuple, get_args

import numpy as np

from ..errors import InputError, OutputError
from ..video import Frame, Writer
from ..video.deep import MOST, Hdr
from .composite import Background, as_rgba, composite
from .edges import Edges
from .foreground import estimate_foreground
from .outputs import Files
from .results import FrameResult


class Layers(NamedTuple):
    """The outputs of a frame, with corrected edges.

    Attributes:
        composite: uint8 (H, W, 3), or (H, W, 4) with straight alpha.
        alpha: float32 (H, W) in [0, 1].
        foreground: uint8 (H, W, 3).
        deep: foreground and alpha as uint16 (H, W, 4) in the 10 bits of a high dynamic range that is kept; else None.
    """

    composite: np.ndarray
    alpha: np.ndarray
    foreground: np.ndarray
    deep: np.ndarray | None = None


def compose(frame: Frame, result: FrameResult, edges: Edges, behind: Background | None) -> Layers:
    """The outputs of a frame, over `behind`, or transparent.

    Examples:
        >>> from fractions import Fraction
        >>> from modnetv_kit.inference.clean_plate import CleanPlate
        >>> from modnetv_kit.inference.composite import ColourBackground
        >>> image, alpha, patch = np.full((32, 32, 3), 90, np.uint8), np.zeros((32, 32), np.float32), np.zeros((1, 1))
        >>> result = FrameResult(alpha, patch, patch > 0, None, image, CleanPlate.empty(image))  # nobody is there
        >>> layers = compose(Frame(image, 0, 0, Fraction(1, 25)), result, Edges(), ColourBackground((0, 255, 0)))
        >>> layers.composite[0, 0].tolist()
        [0, 255, 0]
    """
    foreground, alpha = edges.foreground(frame.image, result.foreground), edges.alpha(result.alpha)
    if behind is not None:
        picture = composite(foreground, alpha, behind.draw(frame, result))
    else:
        picture = as_rgba(foreground, alpha)
    deep = None if frame.deep is None else _deep(frame.deep, result.alpha, alpha, edges)
    return Layers(picture, alpha, foreground, deep)


def _deep(image: np.ndarray, matte: np.ndarray, alpha: np.ndarray, edges: Edges) -> np.ndarray:
    """The foreground of a picture as it is stored; the restored background has 8 bits, and is not used."""
    colours = estimate_foreground(image, matte)
    return np.dstack([edges.foreground(image, colours), np.rint(alpha * MOST).astype(np.uint16)])


def check_hdr(hdr: Hdr, files: Files, behind: Background | None) -> None:
    """Check that high dynamic range can be kept in these files.

    Raises:
        InputError: no such treatment, or a background is drawn.
        OutputError: a file other than a .mov would show the source's colours.

    Examples:
        >>> from pathlib import Path
        >>> check_hdr("keep", Files(Path("me.mov")), behind=None)
        >>> check_hdr("keep", Files(Path("me.mp4")), behind=None)
        Traceback (most recent call last):
            ...
        modnetv_kit.errors.OutputError: me.mp4: high dynamic range is kept in .mov only; name a .mov, or tone-map it
    """
    if hdr not in get_args(Hdr):
        raise InputError(f"hdr is {' or '.join(get_args(Hdr))}, not {hdr!r}")
    if hdr != "keep":
        return
    for path in (files.composite, *files.copies, files.foreground):
        if isinstance(path, Writer):
            raise OutputError("high dynamic range is kept in .mov only, not in a pipe or an open writer; name a .mov")
        if path is not None and path.suffix.lower() != ".mov":
            raise OutputError(f"{path}: high dynamic range is kept in .mov only; name a .mov, or tone-map it")
    if files.plate is not None:
        raise OutputError(
            f"{files.plate}: high dynamic range is kept without the restored background, which has 8 bits; leave it "
            "out, or tone-map"
        )
    if behind is not None and files.composite is not None:
        raise InputError("high dynamic range is kept without a background only; leave the background out, or give none")
