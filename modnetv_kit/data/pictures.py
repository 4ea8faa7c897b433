"""Folders of pictures, each decoded once, downsampled to training size and kept in memory."""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from ..errors import DataError, InputError
from ..files import PICTURE_SUFFIXES, open_image

logger = logging.getLogger(__name__)


def list_pictures(folder: Path) -> list[Path]:
    """The pictures directly inside `folder`, sorted by name.

    Raises:
        DataError: no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; training data needs cutouts/ (RGBA) and backgrounds/ inside --data")
    paths = pictures_in(folder)
    if not paths:
        raise DataError(f"{folder} holds no pictures ({', '.join(sorted(PICTURE_SUFFIXES))})")
    return paths


def pictures_in(folder: Path) -> list[Path]:
    """The pictures directly inside `folder`, sorted by name; maybe none."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES)


def read_picture(path: Path, mode: str, max_side: int) -> np.ndarray:
    """One picture, upright, as uint8 HxWxC with a long side of at most `max_side`.

    Args:
        path: of the picture.
        mode: "RGB" or "RGBA" (straight alpha).
        max_side: in pixels.

    Raises:
        InputError: the picture cannot be decoded.
    """
    with open_image(path) as file:
        file.draft("RGB", (max_side, max_side))  # lets JPEG decode at a fraction of its size
        image = ImageOps.exif_transpose(file).convert(mode)
        # reduces RGBA premultiplied, so colours hidden under alpha 0 do not bleed into the edges
        image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
        return np.array(image)


class PictureFolder:
    """All readable pictures of a folder, kept in memory.

    Args:
        folder: the folder of pictures.
        mode: "RGB" or "RGBA".
        max_side: long side in pixels to which larger pictures are shrunk.

    Attributes:
        pictures: uint8 arrays, HxWx3 or HxWx4.
        names: their file names, in the same order.
        unreadable: number of files skipped because they could not be decoded.

    Raises:
        DataError: no folder, no pictures, or no readable ones.
    """

    def __init__(self, folder: Path, mode: str, max_side: int):
        paths = list_pictures(folder)

        def read(path: Path) -> np.ndarray | None:
            try:
                return read_picture(path, mode, max_side)
            except InputError as error:
                logger.warning("skipped: %s", error)
                return None

        with ThreadPoolExecutor(4) as pool:
            read_all = list(zip(paths, pool.map(read, paths), strict=True))
        self.pictures = [picture for _, picture in read_all if picture is not None]
        self.names = [path.name for path, picture in read_all if picture is not None]
        self.unreadable = len(paths) - len(self.pictures)
        if not self.pictures:
            raise DataError(f"none of the {len(paths)} pictures in {folder} can be read")

    def __len__(self) -> int:
        return len(self.pictures)


def as_tensor(picture: np.ndarray) -> Tensor:
    """uint8 (H, W, C) -> (C, H, W) in [0, 1]."""
    return torch.from_numpy(picture).permute(2, 0, 1).float() / 255
