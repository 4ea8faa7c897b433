"""Where videos lie: paths on this machine, and addresses such as `s3://bucket/shots/a.mp4`, by way of fsspec."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import InputError, one_line
from ..files import PICTURE_SUFFIXES

_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "memory"}  # an upload appears when whole


def is_address(place: str) -> bool:
    """Whether it is an address for fsspec rather than a path."""
    return "://" in place


def join(root: str, name: str) -> str:
    """The place called `name` (with "/" between folders) under a root."""
    return f"{root.rstrip('/')}/{name}" if is_address(root) else str(Path(root, name))


def exists(place: str) -> bool:
    """Whether there is something at that place; an empty folder counts as nothing."""
    if is_address(place):
        with _filesystem(place) as (files, path):
            return bool(files.exists(path))
    here = Path(place)
    return any(here.iterdir()) if here.is_dir() else here.exists()


def version(place: str) -> tuple[int, str]:
    """Size in bytes, and what changes with every change of the content: a time, or the store's own tag.

    A folder of frames is as large as its images together, and as new as the newest.

    Raises:
        InputError: there is nothing, or it cannot be asked.
    """
    if is_address(place):
        with _filesystem(place) as (files, path):
            facts = files.info(path)
            tag = next((facts[key] for key in ("ETag", "etag", "mtime", "LastModified", "created") if key in facts), "")
            return int(facts.get("size") or 0), str(tag)
    here = Path(place)
    try:
        if here.is_dir():
            stats = [image.stat() for image in here.iterdir() if image.suffix.lower() in PICTURE_SUFFIXES]
            return sum(s.st_size for s in stats), str(max((s.st_mtime_ns for s in stats), default=0))
        stat = here.stat()
    except OSError as error:
        raise InputError(f"{place} cannot be read: {error.strerror or error}") from None
    return stat.st_size, str(stat.st_mtime_ns)


def matches(pattern: str) -> list[str]:
    """All files at addresses that fit a pattern, or under an address that is a folder; else the address itself.

    Raises:
        InputError: the store cannot be asked, or there is nothing.
    """
    with _filesystem(pattern) as (files, path):
        if any(sign in path for sign in "*?["):
            found = files.glob(path)
        elif files.isdir(path):
            found = files.find(path)
        else:
            found = [path] if files.exists(path) else []
        if not found:
            raise InputError(f"{pattern}: there is nothing there; check the address")
        return [files.unstrip_protocol(name) for name in found]


def download(address: str, folder: Path) -> Path:
    """Copy the file at an address into a folder here, under its own name.

    Raises:
        InputError: it cannot be read.
    """
    target = folder / PurePosixPath(address).name
    with _filesystem(address) as (files, path):
        files.get_file(path, str(target))
    return target


def upload(local: Path, address: str) -> None:
    """Copy a file or a folder to an address, where it appears when it is whole.

    A folder's files appear one after the other.

    Raises:
        InputError: it cannot be written.
    """
    pairs = [(local, address)]
    if local.is_dir():
        pairs = [(file, f"{address}/{file.name}") for file in sorted(local.iterdir())]
    for file, target in pairs:
        with _filesystem(target) as (files, path):
            files.makedirs(files._parent(path), exist_ok=True)
            protocols = {files.protocol} if isinstance(files.protocol, str) else set(files.protocol)
            if protocols & _OBJECT_STORES:
                files.put_file(str(file), path)
                continue
            parent, _, name = path.rpartition("/")
            partial = f"{parent}/.{name}.partial"
            files.put_file(str(file), partial)
            files.mv(partial, path)


@contextmanager
def _filesystem(address: str) -> Generator[tuple[Any, str], None, None]:
    """The fsspec file system of an address, and the path in it; whatever goes wrong within becomes one line."""
    protocol = address.partition("://")[0]
    try:
        from fsspec.core import url_to_fs

        yield url_to_fs(address)
    except ImportError as error:
        hint = (
            'pip install "modnetv-kit[s3]"'
            if protocol.startswith("s3")
            else f"install fsspec's package for it: {error}"
        )
        raise InputError(f"{address} needs a package that is not installed: {hint}") from None
    except InputError:
        raise
    except Exception as error:  # every store has errors of its own
        raise InputError(f"{address} cannot be used: {one_line(error)}") from error
