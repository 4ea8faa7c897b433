"""A cache of converted networks; exporting takes ten seconds, reading half a second."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..errors import OutputError

KEPT = 8  # conversions of about 10 MB each; the least recently used one is deleted first


def cache_folder() -> Path:
    """The folder of the cache: modnetv_kit/engines in the user's cache folder (XDG_CACHE_HOME)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "modnetv_kit" / "engines"


def converted(key: str, convert: Callable[[Path], object]) -> Path:
    """Return the folder that `convert` fills, from the cache if possible.

    The folder is renamed into place when it is complete, so other processes never read a partial one.

    Args:
        key: the key of the conversion; different content needs a different key.
        convert: writes into the given empty folder.

    Raises:
        OutputError: not enough room for the conversion.
    """
    home = cache_folder()
    kept = home / key
    if kept.is_dir():
        os.utime(kept)
        return kept
    try:
        home.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=home, prefix=".partial-"))
    except OSError:  # the cache cannot be written
        work = Path(tempfile.mkdtemp(prefix="modnetv_engine_"))
        convert(work)
        return work
    try:
        convert(work)
        work.rename(kept)
    except OSError as error:
        if not kept.is_dir():
            raise OutputError(
                f"the converted network cannot be kept in {home} ({error.strerror or error}): make room there, or "
                "set XDG_CACHE_HOME to another folder"
            ) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)  # absent if it was renamed; another process may have been faster
    _forget_oldest(home)
    return kept


def _forget_oldest(home: Path) -> None:
    entries = [path for path in home.iterdir() if not path.name.startswith(".")]
    for path in sorted(entries, key=lambda entry: entry.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)
