"""Frames on disk that are decoded when they are drawn: a video, a folder of pictures, or one picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from ..errors import DataError
from ..files import PICTURE_SUFFIXES, image_size
from ..video import VideoInfo, open_video
from ..video.folder import list_images
from .pictures import read_picture


@dataclass(frozen=True)
class FrameFiles:
    """A video, a folder of pictures or a picture. Nothing is opened before it is asked for, and no frame is kept.

    Attributes:
        path: the file or folder.
    """

    path: Path

    @cached_property
    def length(self) -> int:
        """The number of frames; for MP4 and MOV the one that the header states.

        Raises:
            VideoError: the video or the folder cannot be read.
        """
        if self._is_video:
            return self._info.frames or len(open_video(self.path))
        return len(self.pictures())

    @cached_property
    def size(self) -> tuple[int, int]:
        """(width, height) of the first frame on disk, in pixels.

        Raises:
            InputError: it cannot be read.
        """
        if self._is_video:
            return self._info.width, self._info.height
        return image_size(self.pictures()[0])

    def pictures(self) -> list[Path]:
        """The picture of every frame, in natural order; the file itself for a video or a single picture.

        Raises:
            VideoError: the folder cannot be read, or holds no pictures.
        """
        return list_images(self.path) if self.path.is_dir() else [self.path]

    def read(self, places: Sequence[int], max_side: int, grey: bool = False) -> np.ndarray:
        """Decode some frames. A video is decoded from the keyframe before the first of them to the last.

        Args:
            places: indices of frames, in any order.
            max_side: long side in pixels to which larger frames are shrunk.
            grey: give one channel.

        Returns:
            uint8 (N, H, W, 3), or (N, H, W) if `grey`.

        Raises:
            InputError: a frame cannot be read.
            DataError: the frames differ in size.
        """
        if self._is_video:
            found = self._decode(set(places), max_side, grey)
        else:
            pictures = self.pictures()
            found = {i: read_picture(pictures[i], "RGB", max_side) for i in set(places)}
            found = {i: picture[..., 1] for i, picture in found.items()} if grey else found
        if len({picture.shape for picture in found.values()}) > 1:
            raise DataError(f"{self.path} has frames of different sizes; make them equal")
        return np.stack([found[i] for i in places])

    @property
    def _is_video(self) -> bool:
        return self.path.suffix.lower() not in PICTURE_SUFFIXES and not self.path.is_dir()

    @cached_property
    def _info(self) -> VideoInfo:
        return open_video(self.path).info

    def _decode(self, places: set[int], max_side: int, grey: bool) -> dict[int, np.ndarray]:
        first, last = min(places), max(places)
        # half a frame early, so that a rounded time cannot miss the frame
        start = float((first - Fraction(1, 2)) / self._info.rate) if first else None
        found = {}
        for index, frame in enumerate(open_video(self.path, start), first):
            if index in places:
                picture = with_max_side(frame.image, max_side)
                found[index] = picture[..., 1].copy() if grey else picture
            if index >= last:
                return found
        raise DataError(f"{self.path} ends before frame {last}, which its header promises; copy it again")


def with_max_side(picture: np.ndarray, max_side: int) -> np.ndarray:
    """A picture, uint8 (H, W, C), with its long side at most `max_side` pixels."""
    scale = max_side / max(picture.shape[:2])
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
