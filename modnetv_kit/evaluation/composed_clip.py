"""Clips of foreground colours and alpha, composed over a background as they are read: VideoMatte240K's own layout."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from ..errors import DataError, InputError, VideoError
from ..files import PICTURE_SUFFIXES, read_image
from ..models.modnetv import MIN_SIDE
from ..video import Frame, open_video
from .clip_files import ClipFiles
from .clip_folders import ClipFolder


class InOrder:
    """The frames of a video or a folder of frames by index, decoded in one pass if they are asked for in order.

    Args:
        path: the video or folder.
    """

    def __init__(self, path: Path):
        self._path = path
        self._frames: Iterator[Frame] = iter(())
        self._last: Frame | None = None

    def __getitem__(self, index: int) -> np.ndarray:
        """The frame at `index`, uint8 (H, W, 3).

        Raises:
            VideoError: a damaged file.
        """
        if self._last is None or index < self._last.index:
            self._frames = iter(open_video(self._path))
            self._last = next(self._frames)
        while self._last.index < index:
            found = next(self._frames, None)
            if found is None:
                raise VideoError(f"{self._path} ends before frame {index}")
            self._last = found
        return self._last.image


@dataclass(frozen=True)
class ComposedClip(ClipFiles):
    """A clip whose frames are `alpha F + (1 - alpha) B`; each list names the same file or folder for every frame."""

    def read_frames(self) -> Iterator[np.ndarray]:
        """Every frame, uint8 (H, W, 3).

        Raises:
            DataError: a damaged file.
        """
        colours, mattes = InOrder(self.foregrounds[0]), InOrder(self.alphas[0])
        for index in range(len(self)):
            alpha = self._frame(mattes, index, self.alphas[0])[..., 1:2].astype(np.float32) / 255
            drawn = alpha * self._frame(colours, index, self.foregrounds[0]) + (1 - alpha) * self.read_plate(index)
            yield np.rint(drawn).astype(np.uint8)

    def read_alpha(self, index: int) -> np.ndarray:
        """The true alpha of a frame, float32 (H, W) in [0, 1].

        Raises:
            DataError: a damaged file.
        """
        return self._frame(self._mattes, index, self.alphas[0])[..., 1].astype(np.float32) / 255

    def read_foreground(self, index: int) -> np.ndarray:
        """The true foreground colours of a frame, float32 (H, W, 3) in [0, 1].

        Raises:
            DataError: a damaged file.
        """
        return self._frame(self._colours, index, self.foregrounds[0]).astype(np.float32) / 255

    def read_plate(self, index: int) -> np.ndarray:
        """The true background of a frame, uint8 (H, W, 3), scaled to fill the frame and cropped at its middle.

        Raises:
            DataError: a damaged file.
        """
        if self._picture is not None:
            return self._picture
        return _fill(self._frame(self._places, index, self.plates[0]), self.size)

    @cached_property
    def _colours(self) -> InOrder:
        return InOrder(self.foregrounds[0])

    @cached_property
    def _mattes(self) -> InOrder:
        return InOrder(self.alphas[0])

    @cached_property
    def _places(self) -> InOrder:
        return InOrder(self.plates[0])

    @cached_property
    def _picture(self) -> np.ndarray | None:
        if not _is_picture(self.plates[0]):
            return None
        try:
            return _fill(read_image(self.plates[0]), self.size)
        except InputError:
            raise DataError(f"{self.folder.tell(self.plates[0])} is damaged; replace it") from None

    def _frame(self, frames: InOrder, index: int, path: Path) -> np.ndarray:
        try:
            return frames[index]
        except VideoError:
            raise DataError(f"{self.folder.tell(path)} is damaged; replace it") from None


def open_composed_clip(clip: ClipFolder) -> ComposedClip:
    """Check that a clip's foreground, alpha and background fit together.

    The clip is as long as its background if that is a shorter video, so that no cut is made where there was none.

    Raises:
        DataError: one is missing or cannot be read, or foreground and alpha differ in size or number of frames.

    Examples:
        >>> import tempfile
        >>> from PIL import Image
        >>> from modnetv_kit.evaluation import list_clips
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for path in (Path(folder, "fgr/a/0.png"), Path(folder, "pha/a/0.png"), Path(folder, "bgr/a.png")):
        ...         path.parent.mkdir(parents=True)
        ...         Image.new("RGB", (64, 48), "white").save(path)
        ...     clip = open_composed_clip(list_clips(Path(folder))[0])
        ...     clip.name, next(clip.read_frames()).shape
        ('a', (48, 64, 3))
    """
    if "background" not in clip.folders:
        raise DataError("it has no com/ or frames/, and no bgr/ to compose it over; add pictures or videos in bgr/")
    colours, mattes, place = (clip.folders[kind] for kind in ("foreground", "alpha", "background"))
    found = []
    for path in (colours, mattes):
        if not path.exists():
            raise DataError(f"{clip.tell(path)} is missing; add it, or delete its counterpart")
        found.append(_size_and_length(clip, path))
    if found[0] != found[1]:
        raise DataError(f"{clip.tell(mattes)} and {clip.tell(colours)} differ in size or number of frames")
    size, length = found[0]
    if min(size) < MIN_SIDE:
        raise DataError(f"{clip.tell(colours)} is {size[0]}x{size[1]}; frames need {MIN_SIDE} pixels on each side")
    if not _is_picture(place):
        length = min(length, _size_and_length(clip, place)[1])
    every = range(length)
    return ComposedClip(
        clip, size, [colours] * length, dict.fromkeys(every, mattes), [colours] * length, dict.fromkeys(every, place)
    )


def _size_and_length(clip: ClipFolder, path: Path) -> tuple[tuple[int, int], int]:
    try:
        frames = open_video(path)
        return (frames.info.width, frames.info.height), len(frames)
    except VideoError:
        raise DataError(f"{clip.tell(path)} cannot be read as a video or a folder of frames; replace it") from None


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES


def _fill(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture, uint8 (h, w, 3), scaled to fill (width, height) and cropped at its middle."""
    width, height = size
    scale = max(width / picture.shape[1], height / picture.shape[0])
    wide, tall = max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale))
    resized = cv2.resize(picture, (wide, tall), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (wide - width) // 2, (tall - height) // 2
    return np.ascontiguousarray(resized[top : top + height, left : left + width])
