"""Published data sets in a folder of training data, recognised by the names of the folders in them."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from ..errors import DataError
from ..files import PICTURE_SUFFIXES, VIDEO_SUFFIXES

TRAIN = "train"
HELD_OUT = re.compile(r"(test|val|testval|valid|validation)\d*", re.IGNORECASE)  # never trained on


class Layout(NamedTuple):
    """The names of the two folders of a data set.

    Attributes:
        images: possible names of the folder of frames; the first that is there counts.
        mattes: possible names of the folder of mattes.
    """

    images: tuple[str, ...]
    mattes: tuple[str, ...]

    def find(self, folder: Path) -> tuple[Path, Path] | None:
        """The two folders inside `folder`; None if one of them is missing."""
        images = [folder / name for name in self.images if (folder / name).is_dir()]
        mattes = [folder / name for name in self.mattes if (folder / name).is_dir()]
        return (images[0], mattes[0]) if images and mattes else None

    def __str__(self) -> str:
        return " and ".join("/ or ".join(names) + "/" for names in self)


# VideoMatte240K, and others with foreground colours
FOREGROUNDS = Layout(("fgr",), ("pha",))
# P3M-10k, AIM-500 and PPM-100
PHOTOS = Layout(("original_image", "blurred_image", "original", "image"), ("mask", "matte"))


class Pair(NamedTuple):
    """A clip or photo with its matte; each is a video, a folder of pictures, or a picture.

    Attributes:
        name: of the images, relative to the folder of all data sets.
        images: the frames.
        mattes: their mattes.
    """

    name: str
    images: Path
    mattes: Path


def find_pairs(folder: Path, layout: Layout, but: Collection[str] = ()) -> list[Pair]:
    """All clips or photos of the data sets in a folder.

    `folder` is a data set, or holds data sets. If a data set has a folder train/, only that is used.

    Args:
        folder: may be missing.
        layout: of the data sets.
        but: names of sub-folders that are no data sets.

    Raises:
        DataError: a sub-folder is no such data set, or a file in it has no counterpart.
    """
    pairs = []
    whole = next((part for part in (folder / TRAIN, folder) if layout.find(part)), None)
    for part in [whole] if whole else training_parts(folder, but):
        found = layout.find(part)
        if found is None:
            raise DataError(f"{part} is no data set that can be read here: it needs {layout}; remove it, or correct it")
        images, mattes = (by_name(path) for path in found)
        for here, there, path in ((images, mattes, found[1]), (mattes, images, found[0])):
            if alone := sorted(here.keys() - there.keys()):
                raise DataError(
                    f"{here[alone[0]]} has no counterpart in {path}; add one of the same name, or delete it"
                )
        if not images:
            raise DataError(f"{found[0]} holds no pictures, folders of pictures, or videos")
        pairs += [Pair(path.relative_to(folder).as_posix(), path, mattes[name]) for name, path in images.items()]
    return pairs


def training_parts(folder: Path, but: Collection[str] = ()) -> list[Path]:
    """The data sets in a folder: its train/ if it has one, else its sub-folders or the train/ in each of them.

    Args:
        folder: may be missing.
        but: names of sub-folders to leave out; hidden ones and those for evaluation are left out, too.
    """
    if (folder / TRAIN).is_dir() and TRAIN not in but:
        return [folder / TRAIN]
    parts = [path for path in visible(folder) if path.is_dir() and path.name not in but and not is_held_out(path)]
    return [part / TRAIN if (part / TRAIN).is_dir() else part for part in parts]


def visible(folder: Path) -> list[Path]:
    """The files and folders in a folder except for hidden ones, sorted by name; none if it is missing."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "__")))


def is_held_out(path: Path) -> bool:
    """Whether a folder holds the part of a data set for evaluation, by its name."""
    return HELD_OUT.fullmatch(path.name) is not None


def by_name(folder: Path) -> dict[str, Path]:
    """The videos, pictures and folders in a folder, by name without suffix."""
    return {
        path.name if path.is_dir() else path.stem: path
        for path in visible(folder)
        if path.is_dir() or path.suffix.lower() in PICTURE_SUFFIXES + VIDEO_SUFFIXES
    }
