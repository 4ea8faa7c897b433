"""Files that are whole or not there."""

from collections.abc import Callable
from pathlib import Path


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it: readers see the old file or the new one."""
    temporary = path.with_name(f".{path.name}.partial")
    write(temporary)
    temporary.replace(path)
