"""Clips whose frames and true alpha are videos: rgb.mp4 and alpha.mp4 in a folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ..errors import DataError, VideoError
from ..models.modnetv import MIN_SIDE
from ..video import open_video, probe
from .clip_files import ClipFiles, open_clip
from .clip_folders import VIDEOS, ClipFolder
from .composed_clip import open_composed_clip

FRAMES, ALPHA = VIDEOS


@dataclass(frozen=True)
class VideoClip(ClipFiles):
    """A clip of two videos of equal size and length; `frames` and `alphas` name the same file for every frame."""

    def read_frames(self) -> Iterator[np.ndarray]:
        """Every frame, uint8 (H, W, 3).

        Raises:
            DataError: a damaged file.
        """
        yield from self._decode(self.frames[0])

    def read_alpha(self, index: int) -> np.ndarray:
        """The true alpha of a frame, float32 (H, W) in [0, 1]. All are decoded once and kept.

        Raises:
            DataError: a damaged file.
        """
        return self._alphas[index].astype(np.float32) / 255

    @cached_property
    def _alphas(self) -> list[np.ndarray]:
        return [frame[..., 1].copy() for frame in self._decode(self.alphas[0])]

    def _decode(self, path: Path) -> Iterator[np.ndarray]:
        try:
            for frame in open_video(path):
                yield frame.image
        except VideoError:
            raise DataError(f"{self.folder.tell(path)} is damaged; replace it") from None


def _is_video_clip(clip: ClipFolder) -> bool:
    """Whether a clip's frames and alpha are videos."""
    return clip.folders.get("frames", clip.base) == clip.folders.get("alpha")


def _open_video_clip(clip: ClipFolder) -> VideoClip:
    """Check that a clip's two videos fit together.

    Raises:
        DataError: a video cannot be read, or they differ in size or number of frames. The line names the file.
    """
    paths = clip.folders["frames"] / FRAMES, clip.folders["alpha"] / ALPHA
    found = []
    for path in paths:
        try:
            info = probe(path)
            found.append(((info.width, info.height), len(open_video(path))))
        except VideoError:
            raise DataError(f"{clip.tell(path)} cannot be read as a video; replace it") from None
    (size, length), (other, other_length) = found
    if size != other or length != other_length:
        raise DataError(
            f"{clip.tell(paths[1])} is {other[0]}x{other[1]} with {other_length} frames, but {clip.tell(paths[0])} is "
            f"{size[0]}x{size[1]} with {length}; give both one size and length"
        )
    if min(size) < MIN_SIDE:
        raise DataError(f"{clip.tell(paths[0])} is {size[0]}x{size[1]}; frames need {MIN_SIDE} pixels on each side")
    return VideoClip(clip, size, [paths[0]] * length, dict.fromkeys(range(length), paths[1]))


def open_any_clip(clip: ClipFolder) -> ClipFiles:
    """A clip of pictures, of videos or to be composed, checked.

    Raises:
        DataError: as `open_clip` and `open_composed_clip`; also if two videos differ in size or number of frames.

    Examples:
        >>> import tempfile
        >>> from PIL import Image
        >>> from modnetv_kit.evaluation import list_clips
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for path in (Path(folder, "frames", "0.png"), Path(folder, "alpha", "0.png")):
        ...         path.parent.mkdir()
        ...         Image.new("L", (64, 48), 255).save(path)
        ...     clip = open_any_clip(list_clips(Path(folder))[0])
        ...     type(clip).__name__, len(clip)
        ('ClipFiles', 1)
    """
    if clip.is_composed:
        return open_composed_clip(clip)
    return _open_video_clip(clip) if _is_video_clip(clip) else open_clip(clip)
