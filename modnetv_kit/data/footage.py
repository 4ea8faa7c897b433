"""Real footage with alpha: clips and photos kept in memory, and those of data sets, decoded when they are drawn."""

import csv
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ..errors import DataError, InputError, MattingError
from ..inference.foreground import estimate_foreground
from ..video import open_video
from .frame_files import FrameFiles, with_max_side
from .pictures import read_picture
from .published import FOREGROUNDS, PHOTOS, Layout, find_pairs

logger = logging.getLogger(__name__)
SOURCES = "SOURCES.tsv"


class Footage(NamedTuple):
    """A clip or a photo with alpha.

    Attributes:
        name: name of its folder or file.
        frames: RGB, uint8 (T, H, W, 3).
        alpha: uint8 (T, H, W).
        solved: whether `frames` already hold the foreground colours (footage keyed from a coloured screen).
        good: whether the alpha is good enough to cut the person out.
    """

    name: str
    frames: np.ndarray
    alpha: np.ndarray
    solved: bool
    good: bool

    @property
    def length(self) -> int:
        """The number of frames, T."""
        return len(self.frames)

    @property
    def aspect(self) -> float:
        """Width over height."""
        return float(self.alpha.shape[2] / self.alpha.shape[1])

    def take(self, places: Sequence[int]) -> "Footage":
        """The frames with these indices alone."""
        return self._replace(frames=self.frames[places], alpha=self.alpha[places])

    def cutout(self, index: int) -> np.ndarray:
        """Frame `index` as a cutout: foreground colours and straight alpha, uint8 (H, W, 4).

        Where alpha is below 1, real footage mixes foreground and background, so the foreground colours are estimated.
        """
        frame, alpha = self.frames[index], self.alpha[index]
        if not self.solved:
            frame = estimate_foreground(frame, alpha.astype(np.float32) / 255)
        return np.dstack([frame, alpha])


@dataclass(frozen=True)
class FootageFiles:
    """A clip or a photo with alpha that stays on disk until it is drawn.

    Attributes:
        name, solved, good: as in `Footage`.
        frames: the frames on disk.
        mattes: their alpha, equal in size and length.
        max_side: long side in pixels to which larger frames are shrunk.
    """

    name: str
    frames: FrameFiles
    mattes: FrameFiles
    max_side: int
    solved: bool
    good: bool

    @cached_property
    def length(self) -> int:
        """The number of frames.

        Raises:
            InputError: a file cannot be read.
            DataError: frames and mattes differ in size or length.
        """
        here, there = ((files.length, files.size) for files in (self.frames, self.mattes))
        if here != there:
            raise DataError(f"{self.mattes.path} and {self.frames.path} differ in size or length")
        if self.frames.path.is_dir() and self.mattes.path.is_dir():
            frames, mattes = ([path.stem for path in files.pictures()] for files in (self.frames, self.mattes))
            if frames != mattes:
                raise DataError(f"the pictures in {self.mattes.path} are not called like those in {self.frames.path}")
        return self.frames.length

    @property
    def aspect(self) -> float:
        """Width over height.

        Raises:
            InputError: the frames cannot be read.
        """
        width, height = self.frames.size
        return width / height

    def take(self, places: Sequence[int]) -> Footage:
        """Decode the frames with these indices; call `length` first, which checks the files.

        Raises:
            InputError: a damaged frame.
            DataError: frames of different sizes.
        """
        frames = self.frames.read(places, self.max_side)
        alpha = self.mattes.read(places, self.max_side, grey=True)
        if alpha.shape != frames.shape[:3]:  # JPEG decodes at a fraction of its size, which rounds another way
            height, width = frames.shape[1:3]
            alpha = np.stack([cv2.resize(matte, (width, height), interpolation=cv2.INTER_AREA) for matte in alpha])
        return Footage(self.name, frames, alpha, self.solved, self.good)


FootageSource = Footage | FootageFiles


def read_footage(folder: Path, max_side: int, solved: bool = False) -> list[FootageSource]:
    """All clips of a folder: NAME/rgb.mp4 with NAME/alpha.mp4, equal in size and length; kept in memory.

    If `solved`, other sub-folders are data sets with fgr/ and pha/, see `find_pairs`; their clips stay on disk. A table
    SOURCES.tsv beside the folder, with the columns name and quality, marks the "good" clips; without it, all are good.

    Args:
        folder: the folder of clips.
        max_side: long side in pixels to which larger frames are shrunk.
        solved: see `Footage`.

    Raises:
        DataError: no such folder, no readable clip in it, or an unusable data set.
    """
    names = sorted(path.name for path in folder.iterdir() if (path / "rgb.mp4").is_file()) if folder.is_dir() else []
    quality = _quality(folder.parent / SOURCES)
    files = _files(folder, FOREGROUNDS, max_side, True, names, quality) if solved else []
    if not names and not files:
        sets = f", or a data set with {FOREGROUNDS}" if solved else ""
        raise DataError(f"{folder} holds no clips; each is a folder with rgb.mp4 and alpha.mp4{sets}")

    def read(name: str) -> Footage | None:
        try:
            frames = _decode(folder / name / "rgb.mp4", max_side)
            alpha = _decode(folder / name / "alpha.mp4", max_side, grey=True)
        except MattingError as error:
            logger.warning("skipped %s: %s", folder / name, error)
            return None
        if frames.shape[:3] != alpha.shape:
            logger.warning("skipped %s: rgb.mp4 and alpha.mp4 differ in size or length", folder / name)
            return None
        return Footage(name, frames, alpha, solved, quality.get(name, "good") == "good")

    with ThreadPoolExecutor(4) as pool:
        found = [footage for footage in pool.map(read, names) if footage is not None]
    if names and not found:
        raise DataError(f"none of the {len(names)} clips in {folder} can be read")
    return [*found, *files]


def read_pairs(folder: Path, max_side: int) -> list[FootageSource]:
    """All photos of a folder: NAME.jpg with its alpha NAME.png, kept in memory.

    Sub-folders are data sets of images and masks, see `find_pairs`; their photos stay on disk.

    Raises:
        DataError: no such folder, no readable pair in it, or an unusable data set.
    """
    photos = sorted(folder.glob("*.jpg")) if folder.is_dir() else []
    pairs = [(photo, photo.with_suffix(".png")) for photo in photos if photo.with_suffix(".png").is_file()]
    files = _files(folder, PHOTOS, max_side, False)
    if not pairs and not files:
        raise DataError(f"{folder} holds no pairs of NAME.jpg and NAME.png, or data sets with {PHOTOS}")
    found = []
    for photo, matte in pairs:
        try:
            frame, alpha = read_picture(photo, "RGB", max_side), read_picture(matte, "RGB", max_side)[..., 1]
        except InputError as error:
            logger.warning("skipped: %s", error)
            continue
        if frame.shape[:2] == alpha.shape:
            found.append(Footage(photo.stem, frame[None], alpha[None], False, True))
        else:
            logger.warning("skipped %s: its alpha has another size", photo)
    if pairs and not found:
        raise DataError(f"none of the {len(pairs)} pairs in {folder} can be used")
    return [*found, *files]


def _files(
    folder: Path,
    layout: Layout,
    max_side: int,
    solved: bool,
    but: Sequence[str] = (),
    quality: dict[str, str] | None = None,
) -> list[FootageFiles]:
    """The clips and photos of the data sets in a folder, see `find_pairs`."""
    return [
        FootageFiles(
            name,
            FrameFiles(images),
            FrameFiles(mattes),
            max_side,
            solved,
            (quality or {}).get(name, "good") == "good",
        )
        for name, images, mattes in find_pairs(folder, layout, but)
    ]


def _decode(path: Path, max_side: int, grey: bool = False) -> np.ndarray:
    """All frames, uint8 (T, H, W, 3), or (T, H, W) for grey video."""
    frames = []
    for frame in open_video(path):
        picture = with_max_side(frame.image, max_side)
        frames.append(picture[..., 1].copy() if grey else picture)
    return np.stack(frames)


def _quality(path: Path) -> dict[str, str]:
    """The quality of each name in SOURCES.tsv; empty if there is no such file."""
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        try:
            return {row["name"]: row["quality"] for row in csv.DictReader(file, delimiter="\t")}
        except (KeyError, UnicodeDecodeError):
            raise DataError(
                f"{path} is not a table with the columns name and quality, separated by tabs; correct it"
            ) from None
