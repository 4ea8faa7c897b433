"""Clips with true alpha on disk: checks them and reads their pictures."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np

from ..errors import DataError, InputError
from ..files import PICTURE_SUFFIXES, image_size, read_image
from ..models.modnetv import MIN_SIDE
from .clip_folders import NAMES, ClipFolder

HD_SIDE = 1280  # clips with at least this long side are averaged separately


@dataclass(frozen=True)
class ClipFiles:
    """One clip with checked files.

    Attributes:
        folder: the clip's folder.
        size: (width, height) of all pictures.
        frames: the pictures to matte.
        alphas: {frame index: true matte}, for all frames but those of CRGNN's set.
        foregrounds: their true foreground colours, or empty.
        plates: {frame index: true background}, for all, some or no frames.
        others: the true mattes of each other person, if there is a target person; else empty.
    """

    folder: ClipFolder
    size: tuple[int, int]
    frames: list[Path]
    alphas: dict[int, Path]
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
        files = [*self.frames, *self.alphas.values(), *self.foregrounds, *self.plates.values(), *chain(*self.others)]
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
            DataError: a damaged file, or a frame without a true alpha.
        """
        if index not in self.alphas:
            raise DataError(
                f"{self.folder.tell(self.frames[index])} has no true alpha, which is needed for every frame"
            )
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


def open_clip(clip: ClipFolder) -> ClipFiles:
    """Check the files of a clip. Names and sizes must agree across its folders.

    Raises:
        DataError: a folder or file is missing, empty, of another size, or unreadable. The line names the file.

    Examples:
        >>> import tempfile
        >>> from PIL import Image
        >>> from modnetv_kit.evaluation import list_clips
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for path in (Path(folder, "frames", "0.png"), Path(folder, "alpha", "0.png")):
        ...         path.parent.mkdir()
        ...         Image.new("L", (64, 48), 255).save(path)
        ...     clip = open_clip(list_clips(Path(folder))[0])
        ...     clip.size, len(clip), clip.read_alpha(0).max().item()
        ((64, 48), 1, 1.0)
    """
    frames, alphas = _list_pictures(clip, "frames"), _list_pictures(clip, "alpha")
    foregrounds = _list_pictures(clip, "foreground") if "foreground" in clip.folders else []
    plates = _list_pictures(clip, "background") if "background" in clip.folders else []
    others = [_list_pictures(each, "alpha") for each in clip.each_person if clip.person and each.person != clip.person]
    true = _sparse_alphas(clip, frames, alphas) if clip.is_sparse else dict(enumerate(alphas))
    for those in ([] if clip.is_sparse else alphas, foregrounds, *others):
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
    return ClipFiles(clip, size, frames, true, foregrounds, {number[path.stem]: path for path in plates}, others)


def _list_pictures(clip: ClipFolder, kind: str) -> list[Path]:
    if kind not in clip.folders:
        raise DataError(f"it has no {' or '.join(f'{name}/' for name in NAMES[kind][:2])}; add it, or delete the clip")
    folder = clip.folders[kind]
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    if clip.photo:
        paths = [path for path in paths if path.stem == clip.photo]
        if not paths:
            raise DataError(
                f"{clip.tell(folder)}/ holds no picture called {clip.photo}; add it, or delete its counterpart"
            )
    if not paths:
        raise DataError(f"{clip.tell(folder)}/ holds no pictures; add them, or delete the clip")
    return paths


def _sparse_alphas(clip: ClipFolder, frames: list[Path], alphas: list[Path]) -> dict[int, Path]:
    """The alphas of some frames, by the names of the frames, or else by the numbers in their own names.

    By number, the first alpha is that of the first frame, and each other one of the frame as far from it.
    """
    place = {path.stem: index for index, path in enumerate(frames)}
    if all(path.stem in place for path in alphas):
        return {place[path.stem]: path for path in alphas}
    found = [re.search(r"(\d+)\D*$", path.stem) for path in alphas]
    numbers = [int(number[1]) for number in found if number]
    places = [number - numbers[0] for number in numbers]
    if len(places) != len(alphas) or len(set(places)) != len(places) or not set(places) <= set(range(len(frames))):
        raise DataError(
            f"the pictures in {clip.tell(alphas[0].parent)}/ belong to no frames in {clip.tell(frames[0].parent)}/; "
            "give them the names of their frames"
        )
    return dict(zip(places, alphas, strict=True))


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
