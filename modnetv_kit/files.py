"""Files: outputs that are complete or absent, and pictures with one-line errors if damaged."""

import errno
import struct
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .errors import InputError, OutputError, one_line
from .partial_files import Partial
from .paths import is_folder, is_special

if TYPE_CHECKING:
    import av

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
VIDEO_SUFFIXES = (
    *(".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"),
    *(".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".webm", ".wmv"),
)

# All exceptions of Pillow's decoders on damaged, truncated or huge files.
PILLOW_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
_ORIENTATION = 0x0112  # EXIF tag; 5 to 8 swap the sides


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it: readers see the old file or the new one.

    If `write` fails, the temporary file is deleted and the exception propagates.
    """
    partial = Partial(path)
    try:
        write(partial.path)
        partial.keep()
    except BaseException:
        partial.discard()
        raise


def check_parent(path: Path) -> None:
    """Raise OutputError unless the folder of `path` exists, or if the path is a pipe or a device."""
    if is_special(path):
        raise OutputError(f"{path} cannot be written: it is a pipe or a device; give the name of a file")
    if not is_folder(path.parent):
        raise OutputError(f"{path} cannot be written: there is no folder {path.parent}; create it first")


def output_error(path: Path, error: "OSError | av.error.FFmpegError") -> OutputError:
    """Say in one line why writing failed and what to do."""
    reasons = {
        errno.ENOSPC: "the disk is full; free some space, or write elsewhere",
        errno.EDQUOT: "the disk quota is used up; free some space, or write elsewhere",
        errno.EACCES: "the folder cannot be written to; change its permissions, or write elsewhere",
        errno.EPERM: "the folder cannot be written to; change its permissions, or write elsewhere",
        errno.EROFS: "the disk is read-only; write elsewhere",
        errno.ENAMETOOLONG: "its name is too long; choose a shorter one",
    }
    return OutputError(f"{path} cannot be written: {reasons.get(error.errno or 0, error.strerror or str(error))}")


@contextmanager
def open_image(path: Path, formats: Collection[str] | None = None) -> Iterator[Image.Image]:
    """Open a picture with Pillow; decode it inside the `with`.

    Args:
        path: of the picture.
        formats: Pillow's names of the formats to accept, such as "PNG"; None accepts all that Pillow knows.

    Raises:
        InputError: the file is missing, damaged, too large to decode safely, not a picture, or a pipe.
    """
    if is_special(path):
        raise InputError(f"{path} is a pipe or a device, but a picture is read more than once; save it to a file first")
    try:
        with Image.open(path, formats=None if formats is None else tuple(formats)) as image:
            yield image
    except PILLOW_ERRORS as error:
        raise InputError(f"{path} cannot be read as a picture ({_reason(error)}); replace it") from None


def _reason(error: BaseException) -> str:
    """The reason why a picture cannot be read, without the path that Pillow and the system repeat."""
    if isinstance(error, UnidentifiedImageError):
        return "it has no format that Pillow knows"
    return getattr(error, "strerror", None) or one_line(error)


def read_image(path: Path, mode: str = "RGB", formats: Collection[str] | None = None) -> np.ndarray:
    """Read a picture, rotated by its EXIF orientation.

    Args:
        path: of the picture.
        mode: "RGB", "RGBA" with straight alpha, or "L".
        formats: see `open_image`.

    Returns:
        uint8 (H, W, 3), (H, W, 4) or (H, W).

    Raises:
        InputError: as `open_image`.
    """
    with open_image(path, formats) as image:
        return np.array(_eight_bit(ImageOps.exif_transpose(image)).convert(mode))


def _eight_bit(image: Image.Image) -> Image.Image:
    """Scale 16- and 32-bit grey, which Pillow would clip at 255, to 8 bits; return other pictures unchanged."""
    if image.mode.startswith("I"):
        levels = np.asarray(image).astype(np.float64) / 257
    elif image.mode == "F":
        levels = np.asarray(image).astype(np.float64)
        levels = levels * 255 if np.nanmax(levels, initial=0) <= 1 else levels
    else:
        return image
    return Image.fromarray(np.nan_to_num(np.rint(levels)).clip(0, 255).astype(np.uint8))


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) of the picture that `read_image` would return, read from the file's header.

    Raises:
        InputError: as `open_image`.
    """
    with open_image(path) as image:
        turned = "exif" in image.info and image.getexif().get(_ORIENTATION, 1) >= 5
        return (image.height, image.width) if turned else image.size
