"""Names of files that people give: whether something is there, and whether writing one would destroy another."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from .errors import OutputError

Key = tuple[int, int] | str
NUMBER = re.compile(r"%0?\d*d")
"""The frame number in the name of a sequence, such as `%05d`."""


def exists(path: Path) -> bool:
    """Whether something is there; False for a name that no file can have, such as one that is too long."""
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True


def is_unicode(path: Path) -> bool:
    """Whether a name is text; file systems take any bytes, FFmpeg does not."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        return False
    return True


def is_folder(path: Path) -> bool:
    """Whether a folder is there; False for a name that no file can have."""
    return exists(path) and path.is_dir()


def check_apart(read: Iterable[Path], written: Iterable[Path]) -> None:
    """Refuse outputs that would be written over an input, into a folder of frames that is read, or over each other.

    Links, symbolic and hard, are seen through. Files that are read include those of a folder of frames.

    Args:
        read: files and folders.
        written: files, folders, and patterns such as `NAME_%05d.png`.

    Raises:
        OutputError: with the name of the first such output.
    """
    taken: dict[Key, Path] = {}
    folders: set[Key] = set()
    for path in read:
        taken[_key(path)] = path
        if is_folder(path):
            folders.add(_key(path))
            taken.update((_key(file), file) for file in path.iterdir())
    patterns: list[tuple[Key, re.Pattern[str], Path]] = []
    for path in written:
        parent = _key(path.parent)
        if _key(path) in taken:
            raise _named_twice(path, taken[_key(path)])
        if parent in folders and (path.suffix.lower() == ".png" or _is_pattern(path)):
            raise OutputError(f"{path} would join the frames that are read from {path.parent}; write to another folder")
        for folder, names, other in patterns:
            if parent == folder and names.fullmatch(path.name):
                raise _named_twice(path, other)
        taken[_key(path)] = path
        if _is_pattern(path):
            before, after = NUMBER.split(path.name, maxsplit=1)
            patterns.append((parent, re.compile(f"{re.escape(before)}(\\d+|%0?\\d*d){re.escape(after)}"), path))
        elif not path.suffix:
            patterns.append((_key(path), re.compile(r"(\d+|%0?\d*d)\.png"), path))


def _key(path: Path) -> Key:
    """What two names of one file have in common."""
    try:
        found = path.stat()
        return found.st_dev, found.st_ino
    except (OSError, ValueError):
        # nothing there yet: two names meet where their folders do; `realpath` never fails on a circle of links
        return os.path.realpath(path)


def _is_pattern(path: Path) -> bool:
    return path.suffix.lower() == ".png" and NUMBER.search(path.name) is not None


def _named_twice(path: Path, other: Path) -> OutputError:
    same = "is named twice" if path == other else f"is the same file as {other}"
    return OutputError(f"{path} {same}; give every input and every output a name of its own")
