"""Planning a batch: which videos to matte, and the outputs of each."""

import glob
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import NamedTuple

from ..errors import InputError, OutputError
from ..files import PICTURE_SUFFIXES, VIDEO_SUFFIXES
from ..video.formats import FORMATS
from .locations import is_address, join, matches, refresh

FORMAT_NAMES = (*(suffix.removeprefix(".") for suffix in FORMATS), "png")
MANIFEST, PARTIAL = "modnetv.jsonl", ".modnetv-partial"


class Target(NamedTuple):
    """One output, a file or a folder of images: `name`, with any sub-folders, under the path or address `root`."""

    root: str
    name: str
    is_file: bool = True

    @property
    def location(self) -> str:
        """The final path or address."""
        return join(self.root, self.name)


@dataclass(frozen=True)
class VideoJob:
    """One video and its outputs.

    Attributes:
        source: absolute path or address.
        outputs: always "dst", and any of "alpha", "foreground" and "save_background" (as in `matte_video`).
    """

    source: str
    outputs: Mapping[str, Target]

    @property
    def key(self) -> str:
        """The key in the manifest: the name of the composite."""
        return self.outputs["dst"].name

    @property
    def locations(self) -> tuple[str, ...]:
        """All outputs, the composite first."""
        return tuple(target.location for target in self.outputs.values())


def plan(sources: Iterable[str | Path], roots: Mapping[str, str], form: str) -> list[VideoJob]:
    """Find all videos, and name the outputs of each after it, in the same sub-folders.

    Args:
        sources: files, folders, patterns with `*`, or addresses. A folder stands for all videos in it at any depth;
            if there are none, every folder of images in it is a video.
        roots: the folder for each kind of output, "dst" first.
        form: one of `FORMAT_NAMES`.

    Raises:
        InputError: an unknown format, a source that does not exist, or two videos with the same output.
        OutputError: an output would overwrite a source.
    """
    if form not in FORMAT_NAMES:
        raise InputError(f"there is no format {form!r}: use one of {', '.join(FORMAT_NAMES)}")
    for location in (*(os.fspath(source) for source in sources), *roots.values()):
        if is_address(location):
            refresh(location)
    avoid = {root for root in roots.values() if not is_address(root)}
    found: dict[str, str] = {}
    for source in sources:
        for location, name in _expand(os.fspath(source), avoid):
            found.setdefault(location, name)
    jobs: list[VideoJob] = []
    taken: dict[str, str] = {}
    for location, name in found.items():
        bare = (
            str(PurePosixPath(name).with_suffix("")) if PurePosixPath(name).suffix.lower() in VIDEO_SUFFIXES else name
        )
        outputs = {
            kind: Target(root, f"{bare}.png")
            if kind == "save_background"
            else Target(root, bare, is_file=False)
            if form == "png"
            else Target(root, f"{bare}.{form}")
            for kind, root in roots.items()
        }
        for target in outputs.values():
            other = taken.setdefault(target.location, location)
            if other != location:
                raise InputError(
                    f"{other} and {location} would both be written to {target.location}: rename one of them, or give "
                    "their parent folder to keep its sub-folders"
                )
            if target.location == location:
                raise OutputError(f"{location} would be overwritten by its own result: give another folder with -o")
        jobs.append(VideoJob(location, outputs))
    return jobs


def _expand(source: str, avoid: set[str]) -> Iterable[tuple[str, str]]:
    """The location of each video, and its name relative to `source`."""
    if is_address(source):
        return _at_address(source)
    if Path(source).exists():
        path = Path(source).resolve()
        return _in_folder(path, avoid) if path.is_dir() else [(str(path), path.name)]
    if glob.has_magic(source):
        return _matching(source, avoid)
    raise InputError(f"{source}: there is no such file or folder; check the name")


def _at_address(source: str) -> list[tuple[str, str]]:
    fixed = _fixed_part(source)
    videos = [
        (
            location,
            location.removeprefix(fixed).lstrip("/")
            if location.startswith(fixed) and location != fixed
            else _last(location),
        )
        for location in matches(source)
        if PurePosixPath(location).suffix.lower() in VIDEO_SUFFIXES
    ]
    if not videos:
        raise InputError(f"{source}: no video was found; give a video, a folder of videos, or a pattern")
    return videos


def _matching(pattern: str, avoid: set[str]) -> list[tuple[str, str]]:
    fixed = Path(_fixed_part(pattern) or ".").resolve()
    videos = []
    for match in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207  # pathlib refuses absolute patterns
        path = Path(match).resolve()
        if path.is_file():
            videos.append((str(path), _relative(path, fixed)))
        elif "**" not in pattern:
            videos += [(location, f"{_relative(path, fixed)}/{name}") for location, name in _in_folder(path, avoid)]
    videos = [
        (location, name) for location, name in videos if PurePath(location).suffix.lower() not in PICTURE_SUFFIXES
    ]
    if not videos:
        raise InputError(f"{pattern} matches no video; check the pattern")
    return videos


def _in_folder(folder: Path, avoid: set[str]) -> list[tuple[str, str]]:
    """The videos in a folder at any depth; if there are none, its sub-folders (or itself) that hold images."""
    if str(folder) in avoid:
        raise OutputError(f"{folder} is also the output folder: give another folder with -o")
    videos: list[Path] = []
    sequences: list[Path] = []
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and str(Path(here, n)) not in avoid)
        names = [Path(here, name) for name in sorted(files) if not name.startswith(".")]
        videos += [path for path in names if path.suffix.lower() in VIDEO_SUFFIXES]
        if any(path.suffix.lower() in PICTURE_SUFFIXES for path in names):
            sequences.append(Path(here))
    if not (videos or sequences):
        raise InputError(f"{folder} holds neither videos nor images; give a folder of videos, or of frames")
    return [(str(path), folder.name if path == folder else _relative(path, folder)) for path in videos or sequences]


def _fixed_part(pattern: str) -> str:
    """The leading folders of a pattern, up to its first wildcard."""
    parts = pattern.split("/")
    wild = next((index for index, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return "/".join(parts[:wild])


def _relative(path: Path, folder: Path) -> str:
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:  # a link to another folder
        return path.name


def _last(address: str) -> str:
    return PurePosixPath(address).name
