"""Videos without people, drawn as backgrounds and decoded only then."""

from pathlib import Path

import numpy as np

from ..errors import DataError, MattingError
from ..files import PICTURE_SUFFIXES, VIDEO_SUFFIXES
from .frame_files import FrameFiles
from .published import is_held_out, training_parts, visible
from .windows import TRIES, pick_frames, warn_once


class BackgroundVideos:
    """The background videos of a folder: video files and folders of frames, at any depth.

    If the folder or a data set in it has a folder train/, only that is used.

    Args:
        folder: the folder of videos.
        max_side: long side in pixels to which larger frames are shrunk.

    Attributes:
        videos: in order of their names.
        names: their names, relative to the folder.

    Raises:
        DataError: no such folder, or no videos in it or in a sub-folder of it.
    """

    def __init__(self, folder: Path, max_side: int):
        self.max_side = max_side
        paths = _videos(folder, deep=False)
        for part in training_parts(folder):
            inside = _videos(part)
            if not inside:
                raise DataError(f"{part} holds no videos or folders of frames; add them, or remove the folder")
            paths += inside
        if not paths:
            raise DataError(f"{folder} holds no background videos; each is a video file, or a folder of frames")
        self.videos = [FrameFiles(path) for path in paths]
        self.names = [path.relative_to(folder).as_posix() for path in paths]

    def draw(self, rng: np.random.Generator, length: int, stride: int) -> tuple[np.ndarray, str]:
        """A window of a random video, and its name. Broken videos are skipped, and a warning names each once.

        Args:
            rng: source of all random choices.
            length: T.
            stride: largest distance between neighbouring frames.

        Returns:
            uint8 (T, h, w, 3) and the name.

        Raises:
            DataError: hardly any video can be read.
        """
        for _ in range(TRIES):
            index = int(rng.integers(len(self.videos)))
            try:
                places = pick_frames(rng, self.videos[index].length, length, stride)
                return self.videos[index].read(places, self.max_side), self.names[index]
            except MattingError as error:
                warn_once(f"skipped: {error}")
        raise DataError("hardly any background video can be read; check background_videos/")


def _videos(folder: Path, deep: bool = True) -> list[Path]:
    """The videos in a folder, which is one itself if it holds pictures; with `deep`, also those further down."""
    inside = visible(folder)
    if deep and any(path.suffix.lower() in PICTURE_SUFFIXES for path in inside):
        return [folder]
    found = [path for path in inside if path.suffix.lower() in VIDEO_SUFFIXES]
    if deep:
        found += [video for path in inside if path.is_dir() and not is_held_out(path) for video in _videos(path)]
    return found
