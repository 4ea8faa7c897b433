"""Locations of videos: local paths, and addresses such as `s3://bucket/shots/a.mp4` that fsspec opens."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import InputError, one_line
from ..files import PICTURE_SUFFIXES

# stores in which a file appears only once its upload is complete
_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "memory"}


def is_address(location: str) -> bool:
    """Whether `location` is an fsspec address rather than a local path."""
    return "://" in location


def join(root: str, name: str) -> str:
    """The path or address of `name` (with "/" between folders) under `root`."""
    return f"{root.rstrip('/')}/{name}" if is_address(root) else str(Path(root, name))


def refresh(address: str) -> None:
    """Drop fsspec's cached listings of a store, which hide what other programs have changed since.

    Raises:
        InputError: the store cannot be used.
    """
    with _filesystem(address) as (files, _):
        files.invalidate_cache()


def location_exists(location: str) -> bool:
    """Whether a file or a non-empty folder exists at `location`."""
    if is_address(location):
        with _filesystem(location) as (files, path):
            return bool(files.exists(path))
    here = Path(location)
    return any(here.iterdir()) if here.is_dir() else here.exists()


def version(location: str) -> tuple[int, str]:
    """Size in bytes, and a token that changes with the content: the modification time, or the store's tag.

    A folder of frames has the total size of its images and the time of the newest one.

    Raises:
        InputError: `location` does not exist or cannot be read.
    """
    if is_address(location):
        with _filesystem(location) as (files, path):
            info = files.info(path)
            tag = next((info[key] for key in ("ETag", "etag", "mtime", "LastModified", "created") if key in info), "")
            return int(info.get("size") or 0), str(tag)
    here = Path(location)
    try:
        if here.is_dir():
            stats = [image.stat() for image in here.iterdir() if image.suffix.lower() in PICTURE_SUFFIXES]
            return sum(s.st_size for s in stats), str(max((s.st_mtime_ns for s in stats), default=0))
        stat = here.stat()
    except OSError as error:
        raise InputError(f"{location} cannot be read: {error.strerror or error}") from None
    return stat.st_size, str(stat.st_mtime_ns)


def matches(pattern: str) -> list[str]:
    """The addresses of all files that match a pattern or lie in a folder, or of a single file.

    Raises:
        InputError: the store cannot be reached, or nothing matches.
    """
    with _filesystem(pattern) as (files, path):
        if any(sign in path for sign in "*?["):
            found = files.glob(path)
        elif files.isdir(path):
            found = files.find(path)
        else:
            found = [path] if files.exists(path) else []
        if not found:
            raise InputError(f"{pattern}: nothing was found; check the address")
        return [files.unstrip_protocol(name) for name in found]


def download(address: str, folder: Path) -> Path:
    """Copy the file at an address into a local folder, under its own name.

    Raises:
        InputError: the file cannot be read.
    """
    target = folder / PurePosixPath(address).name
    with _filesystem(address) as (files, path):
        files.get_file(path, str(target))
    return target


def upload(local: Path, address: str) -> None:
    """Copy a file or a folder to an address. Each file appears there only once it is complete.

    Raises:
        InputError: the address cannot be written to.
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
    """The fsspec file system of an address, and the path in it. All errors become one-line InputErrors."""
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
    except Exception as error:  # every store has its own error classes
        raise InputError(f"{address} cannot be used: {one_line(error)}") from error
