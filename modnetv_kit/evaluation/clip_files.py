"""Clips with true alpha on disk: finds them, checks them and reads their pictures."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import numpy as np

from ..errors import DataError, InputError
from ..files import PICTURE_SUFFIXES, image_size, read_image
from ..models.modnetv import MIN_SIDE

PEOPLE_FILE = "clip.json"
HD_SIDE = 1280  # clips with at least this long side are averaged separately
# this kit's names, then those of VideoMatte240K and RVM's evaluation sets
NAMES = {
    "frames": ("frames", "com"),
    "alpha": ("alpha", "pha"),
    "foreground": ("foreground", "fgr"),
    "background": ("background", "bgr"),
}
VIDEOS = ("rgb.mp4", "alpha.mp4")  # files of a clip stored as videos, see `video_clip.py`


@dataclass(frozen=True)
class ClipFolder:
    """The folders of a clip; `open_clip` checks their content.

    Attributes:
        name: relative to the folder of all clips.
        base: messages give file names relative to this folder.
        folders: the existing folder of each kind in `NAMES`.
        people: the numbers of the people with their own mattes, in alpha_1/, alpha_2/, ...
        person: the target person; None if everybody is foreground.
    """

    name: str
    base: Path
    folders: dict[str, Path]
    people: tuple[int, ...] = ()
    person: int | None = None

    @property
    def people_file(self) -> Path:
        """The path of the file with clicks and boxes for the people."""
        return self.folders["frames"].parent / PEOPLE_FILE

    @property
    def each_person(self) -> "list[ClipFolder]":
        """The same clip once for each person."""
        root = self.people_file.parent if self.people else Path()
        return [
            replace(self, name=f"{self.name}/{i}", folders=self.folders | {"alpha": root / f"alpha_{i}"}, person=i)
            for i in self.people
        ]

    def tell(self, path: Path) -> str:
        """The name of a file or folder in messages."""
        return path.relative_to(self.base).as_posix()


@dataclass(frozen=True)
class ClipFiles:
    """One clip with checked files.

    Attributes:
        folder: the clip's folder.
        size: (width, height) of all pictures.
        frames: the pictures to matte.
        alphas: their true mattes.
        foregrounds: their true foreground colours, or empty.
        plates: {frame index: true background}, for all, some or no frames.
        others: the true mattes of each other person, if there is a target person; else empty.
    """

    folder: ClipFolder
    size: tuple[int, int]
    frames: list[Path]
    alphas: list[Path]
    foregrounds: list[Path] = field(default_factory=list)
    plates: dict[int, Path] = field(default_factory=dict)
    others: list[list[Path]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def name(self) -> str:
        """The name of the clip."""
        return self.folder.name

    @property
    def groups(self) -> list[str]:
        """The groups of the clip's results: "people", "hd", or "all" and, by its name, "static" or "moving"."""
        if self.folder.person:
            return ["people"]
        if max(self.size) >= HD_SIDE:
            return ["hd"]
        name = self.name.lower()
        moving = "moving" in name or "motion" in name
        return ["all", *(["static"] if "static" in name else []), *(["moving"] if moving else [])]

    @property
    def fingerprint(self) -> str:
        """A hash of all files' sizes and modification times."""
        files = [*self.frames, *self.alphas, *self.foregrounds, *self.plates.values(), *chain(*self.others)]
        if self.folder.people and self.folder.people_file.exists():
            files.append(self.folder.people_file)
        stats = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
        return hashlib.sha256(repr(stats).encode()).hexdigest()[:16]

    def read_frames(self) -> Iterator[np.ndarray]:
        """Every frame, uint8 (H, W, 3).

        Raises:
            DataError: a damaged file.
        """
        for path in self.frames:
            yield self._read(path, "RGB")

    def read_alpha(self, index: int) -> np.ndarray:
        """The true alpha of a frame, float32 (H, W) in [0, 1].

        Raises:
            DataError: a damaged file.
        """
        return self._read(self.alphas[index], "L").astype(np.float32) / 255

    def read_others(self, index: int) -> np.ndarray | None:
        """The alpha of the other people in a frame, float32 (H, W) in [0, 1]; None if there are no others.

        Raises:
            DataError: a damaged file.
        """
        if not self.others:
            return None
        alphas = [self._read(paths[index], "L").astype(np.float32) / 255 for paths in self.others]
        total: np.ndarray = np.clip(np.sum(alphas, 0), 0, 1)
        return total

    def read_foreground(self, index: int) -> np.ndarray:
        """The true foreground colours of a frame, float32 (H, W, 3) in [0, 1].

        Raises:
            DataError: a damaged file.
        """
        return self._read(self.foregrounds[index], "RGB").astype(np.float32) / 255

    def read_plate(self, index: int) -> np.ndarray:
        """The true background of a frame that has one, uint8 (H, W, 3).

        Raises:
            DataError: a damaged file.
        """
        return self._read(self.plates[index], "RGB")

    def _read(self, path: Path, mode: str) -> np.ndarray:
        try:
            return read_image(path, mode)
        except InputError:
            raise DataError(f"{self.folder.tell(path)} is damaged; replace it") from None


def list_clips(folder: Path) -> list[ClipFolder]:
    """Find the clips in `folder`, complete or not, sorted by name.

    A clip is a folder with frames/ and alpha/ (or com/ and pha/) inside, or with rgb.mp4 and alpha.mp4, or a pair
    com/CLIP and pha/CLIP. `folder` is a clip, or holds clips or sets of clips. A clip with alpha_1/, alpha_2/, ...
    beside alpha/ is also listed once per person, with this person as the only foreground.

    Raises:
        DataError: there is no clip.
    """
    found = _find(folder, folder, depth=2) if folder.is_dir() else []
    clips = sorted((each for clip in found for each in (clip, *clip.each_person)), key=lambda clip: clip.name)
    if not clips:
        raise DataError(
            f"{folder} holds no clips; a clip is a folder with frames/ and alpha/, com/ and pha/, or rgb.mp4 and "
            "alpha.mp4 inside"
        )
    return clips


def open_clip(clip: ClipFolder) -> ClipFiles:
    """Check the files of a clip. Names and sizes must agree across its folders.

    Raises:
        DataError: a folder or file is missing, empty, of another size, or unreadable. The line names the file.
    """
    frames, alphas = _list_pictures(clip, "frames"), _list_pictures(clip, "alpha")
    foregrounds = _list_pictures(clip, "foreground") if "foreground" in clip.folders else []
    plates = _list_pictures(clip, "background") if "background" in clip.folders else []
    others = [_list_pictures(each, "alpha") for each in clip.each_person if clip.person and each.person != clip.person]
    for those in (alphas, foregrounds, *others):
        if those:
            _check_names(clip, frames, those)
    number = {path.stem: index for index, path in enumerate(frames)}
    for path in plates:
        if path.stem not in number:
            raise DataError(f"{clip.tell(path)} belongs to no frame; name it after the frame whose background it is")
    width, height = size = _size(clip, frames[0])
    if min(size) < MIN_SIDE:
        raise DataError(f"{clip.tell(frames[0])} is {width}x{height}; frames need {MIN_SIDE} pixels on each side")
    for path in chain(frames, alphas, foregrounds, plates, *others):
        if (other := _size(clip, path)) != size:
            raise DataError(
                f"{clip.tell(path)} is {other[0]}x{other[1]}, but {clip.tell(frames[0])} is {width}x{height}; "
                "give all pictures of the clip one size"
            )
    return ClipFiles(clip, size, frames, alphas, foregrounds, {number[path.stem]: path for path in plates}, others)


def _find(folder: Path, root: Path, depth: int) -> list[ClipFolder]:
    name = "" if folder == root else folder.relative_to(root).as_posix()
    if all((folder / video).is_file() for video in VIDEOS):
        return [ClipFolder(name or folder.resolve().name, folder, {"frames": folder, "alpha": folder})]
    kinds = {}
    for kind, names in NAMES.items():
        if found := [folder / name for name in names if (folder / name).is_dir()]:
            kinds[kind] = found[0]
    if "frames" in kinds or "alpha" in kinds:
        inside = {path.name for kind in ("frames", "alpha") if kind in kinds for path in _folders(kinds[kind])}
        if not inside:
            numbers = [re.fullmatch(r"alpha_([1-9]\d*)", path.name) for path in _folders(folder)]
            people = tuple(sorted(int(number[1]) for number in numbers if number)) if "frames" in kinds else ()
            return [ClipFolder(name or folder.resolve().name, folder, kinds, people)]
        return [
            ClipFolder(
                f"{name}/{clip}".lstrip("/"),
                folder,
                {kind: path / clip for kind, path in kinds.items() if (path / clip).is_dir()},
            )
            for clip in inside
        ]
    if name and not any(folder.iterdir()):
        return [ClipFolder(name, folder, {})]  # empty; `open_clip` reports it
    return [clip for path in _folders(folder) for clip in _find(path, root, depth - 1)] if depth else []


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()]


def _list_pictures(clip: ClipFolder, kind: str) -> list[Path]:
    if kind not in clip.folders:
        raise DataError(f"it has no {' or '.join(f'{name}/' for name in NAMES[kind])}; add it, or delete the clip")
    folder = clip.folders[kind]
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    if not paths:
        raise DataError(f"{clip.tell(folder)}/ holds no pictures; add them, or delete the clip")
    return paths


def _check_names(clip: ClipFolder, frames: list[Path], others: list[Path]) -> None:
    """Check that `others` holds exactly one file of the same name per frame."""
    inside = f"{clip.tell(others[0].parent)}/"
    counts = f"{len(frames)} frames, {len(others)} in {inside}"
    wanted, given = {path.stem for path in frames}, {path.stem for path in others}
    for path in frames:
        if path.stem not in given:
            raise DataError(f"{clip.tell(path)} has no counterpart in {inside} ({counts}); add one of the same name")
    for path in others:
        if path.stem not in wanted:
            raise DataError(f"{clip.tell(path)} belongs to no frame ({counts}); delete it, or add the frame")


def _size(clip: ClipFolder, path: Path) -> tuple[int, int]:
    """(width, height), from the file's header."""
    try:
        return image_size(path)
    except InputError:
        raise DataError(f"{clip.tell(path)} cannot be read as a picture; replace it") from None
