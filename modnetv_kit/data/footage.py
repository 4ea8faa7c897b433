"""Real footage with alpha, decoded once and kept in memory."""

import csv
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ..errors import DataError, InputError, MattingError
from ..inference.foreground import estimate_foreground
from ..video import open_video
from .pictures import read_picture

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

    def cutout(self, index: int) -> np.ndarray:
        """Frame `index` as a cutout: foreground colours and straight alpha, uint8 (H, W, 4).

        Where alpha is below 1, real footage mixes foreground and background, so the foreground colours are estimated.
        """
        frame, alpha = self.frames[index], self.alpha[index]
        if not self.solved:
            frame = estimate_foreground(frame, alpha.astype(np.float32) / 255)
        return np.dstack([frame, alpha])


def read_footage(folder: Path, max_side: int, solved: bool = False) -> list[Footage]:
    """All clips of a folder: NAME/rgb.mp4 with NAME/alpha.mp4, equal in size and length.

    A table SOURCES.tsv beside the folder, with the columns name and quality, marks the "good" clips; without it, all
    are good.

    Args:
        folder: the folder of clips.
        max_side: long side in pixels to which larger frames are shrunk.
        solved: see `Footage`.

    Raises:
        DataError: no such folder, or no readable clip in it.
    """
    names = sorted(path.name for path in folder.iterdir() if (path / "rgb.mp4").is_file()) if folder.is_dir() else []
    if not names:
        raise DataError(f"{folder} holds no clips; each is a folder with rgb.mp4 and alpha.mp4")
    quality = _quality(folder.parent / SOURCES)

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
    if not found:
        raise DataError(f"none of the {len(names)} clips in {folder} can be read")
    return found


def read_pairs(folder: Path, max_side: int) -> list[Footage]:
    """All photos of a folder: NAME.jpg with its alpha NAME.png.

    Raises:
        DataError: no such folder, or no readable pair in it.
    """
    photos = sorted(folder.glob("*.jpg")) if folder.is_dir() else []
    pairs = [(photo, photo.with_suffix(".png")) for photo in photos if photo.with_suffix(".png").is_file()]
    if not pairs:
        raise DataError(f"{folder} holds no pairs of NAME.jpg and NAME.png")
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
    if not found:
        raise DataError(f"none of the {len(pairs)} pairs in {folder} can be used")
    return found


def _decode(path: Path, max_side: int, grey: bool = False) -> np.ndarray:
    """All frames, uint8 (T, H, W, 3), or (T, H, W) for grey video."""
    frames = []
    for frame in open_video(path):
        picture = frame.image
        scale = max_side / max(picture.shape[:2])
        if scale < 1:
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
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
