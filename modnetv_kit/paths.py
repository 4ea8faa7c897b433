"""File names given by users: checks whether they exist and whether an output would overwrite another file."""

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

from .errors import OutputError

Key = tuple[int, int] | str
NUMBER = re.compile(r"%0?\d*d")
"""The frame number in the name of a sequence, such as `%05d`."""


def exists(path: Path) -> bool:
    """Whether the path exists; False for impossible names, such as one that is too long."""
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True


def is_unicode(path: Path) -> bool:
    """Whether a name is valid text; file systems accept any bytes, but FFmpeg does not."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        return False
    return True


def is_special(path: Path) -> bool:
    """Whether the path is a pipe or a device: opening one may wait for ever, and it can be read only once."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def is_file(path: Path) -> bool:
    """Whether the file exists; False for impossible names."""
    return exists(path) and path.is_file()


def is_folder(path: Path) -> bool:
    """Whether the folder exists; False for impossible names."""
    return exists(path) and path.is_dir()


def check_new(written: Iterable[Path]) -> None:
    """Refuse outputs that exist.

    Raises:
        OutputError: with the name of the first such output, and the option that replaces it.
    """
    for path in written:
        if is_file(path):
            raise OutputError(f"{path} exists already: -y/--overwrite replaces it, or give another name")


def check_apart(read: Iterable[Path], written: Iterable[Path]) -> None:
    """Refuse outputs that would overwrite an input or each other, or land in a folder of input frames.

    Symbolic and hard links are resolved. Inputs include the files in a folder of frames.

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
    patterns: dict[Key, list[tuple[re.Pattern[str], Path]]] = {}  # by folder, which is quick for many outputs
    for path in written:
        parent = _key(path.parent)
        if _key(path) in taken:
            raise _named_twice(path, taken[_key(path)])
        if parent in folders and (path.suffix.lower() == ".png" or _is_pattern(path)):
            raise OutputError(f"{path} would join the frames that are read from {path.parent}; write to another folder")
        for names, other in patterns.get(parent, []):
            if names.fullmatch(path.name):
                raise _named_twice(path, other)
        taken[_key(path)] = path
        if _is_pattern(path):
            before, after = NUMBER.split(path.name, maxsplit=1)
            pattern = re.compile(f"{re.escape(before)}(\\d+|%0?\\d*d){re.escape(after)}")
            patterns.setdefault(parent, []).append((pattern, path))
        elif not path.suffix:
            patterns.setdefault(_key(path), []).append((re.compile(r"(\d+|%0?\d*d)\.png"), path))


def _key(path: Path) -> Key:
    """A key that all names of one file share."""
    try:
        found = path.stat()
        return found.st_dev, found.st_ino
    except (OSError, ValueError):
        # a new file: its names agree if their folders do; `realpath` never fails on a circle of links
        return os.path.realpath(path)


def _is_pattern(path: Path) -> bool:
    return path.suffix.lower() == ".png" and NUMBER.search(path.name) is not None


def _named_twice(path: Path, other: Path) -> OutputError:
    same = "is named twice" if path == other else f"is the same file as {other}"
    return OutputError(f"{path} {same}; give every input and every output a name of its own")
