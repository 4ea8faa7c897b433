"""Files that are whole or not there."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it: readers see the old file or the new one.

    If `write` fails, the temporary file is deleted and the exception goes on.
    """
    temporary = path.with_name(f".{path.stem}.partial{path.suffix}")  # the suffix stays: it may decide the format
    try:
        write(temporary)
        temporary.replace(path)
    except Exception:
        with suppress(OSError):
            temporary.unlink()
        raise
