"""The true background of every frame of a clip, even if only every Nth is on disk."""

import numpy as np

from ..errors import DataError
from ..inference.given_plate import STEADY, find_movement, move_plate
from .clip_files import ClipFiles


class TruePlates:
    """The true backgrounds of a clip.

    A frame without its own background gets the nearest one. It is used unchanged if it agrees with the frame wherever
    the true alpha is 0; otherwise `find_movement` aligns it.

    Raises:
        DataError: the clip has no background, or a damaged one.
    """

    def __init__(self, clip: ClipFiles):
        if not clip.plates:
            raise DataError("it has no background/ or bgr/, which the method `plate` needs")
        self.clip = clip
        self._nearest = min(clip.plates)
        self._plate = clip.read_plate(self._nearest)

    def at(self, index: int, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The background of a frame.

        Args:
            index: the frame's index.
            frame: uint8 (H, W, 3).

        Returns:
            The background, uint8 (H, W, 3), and a mask of its known pixels, bool (H, W).

        Raises:
            DataError: a damaged file, or a failed alignment.
        """
        nearest = min(self.clip.plates, key=lambda i: (abs(i - index), i))
        if nearest != self._nearest:
            self._nearest, self._plate = nearest, self.clip.read_plate(nearest)
        if nearest != index:
            empty = self.clip.read_alpha(index) == 0
            if empty.any() and np.abs(self._plate[empty].astype(np.int16) - frame[empty]).mean() > STEADY:
                return self._move(frame, empty, index)
        return self._plate, np.ones(frame.shape[:2], bool)

    def _move(self, frame: np.ndarray, empty: np.ndarray, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Align the plate with `frame` by the pixels without people, `empty`."""
        movement = find_movement(self._plate, frame, empty)
        if movement is None:
            raise DataError(
                f"its background cannot be aligned with {self.clip.folder.tell(self.clip.frames[index])}; "
                "the method `plate` needs one for every frame here"
            )
        return move_plate(self._plate, movement, self.clip.size)
