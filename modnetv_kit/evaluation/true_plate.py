"""The true background of every frame of a clip, also where only every Nth frame's is on disk."""

import cv2
import numpy as np

from ..errors import DataError
from .clip_files import ClipFiles

STEADY = 4.0  # mean difference of plate and frame where nobody is, of 255, that is noise and not movement
SIDE = 512  # long side at which movement is looked for
RATIO = 0.75  # Lowe's: a match must be this much closer than the second best
AGREEING = 20  # matches that must agree on the movement


class TruePlates:
    """A clip's true backgrounds.

    A frame without its own takes the nearest one: as it is if it agrees with the frame wherever the true alpha is 0,
    else moved by the affine map that most SIFT matches between the two agree on (RANSAC).

    Raises:
        DataError: the clip has none, or a damaged one.
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
            index: the frame's.
            frame: uint8 (H, W, 3).

        Returns:
            uint8 (H, W, 3), and where it is known, bool (H, W).

        Raises:
            DataError: a damaged file, or a movement that cannot be followed.
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
        """The plate moved onto `frame`, by what both show where the frame is `empty` of people."""
        height, width = empty.shape
        scale = min(1.0, SIDE / max(height, width))
        points, features = _features(frame, empty, scale)
        plate_points, plate_features = _features(self._plate, np.ones_like(empty), scale)
        best_two = (
            cv2.BFMatcher().knnMatch(features, plate_features, 2) if min(len(points), len(plate_points)) > 1 else []
        )
        good = [first for first, second in best_two if first.distance < RATIO * second.distance]
        found, agreeing = None, 0
        if len(good) >= AGREEING:
            here = np.array([points[match.queryIdx] for match in good])
            there = np.array([plate_points[match.trainIdx] for match in good])
            found, inliers = cv2.estimateAffine2D(here, there, ransacReprojThreshold=1.5 / scale)
            agreeing = int(np.sum(inliers))
        if found is None or agreeing < AGREEING:
            raise DataError(
                f"its background cannot be followed to {self.clip.folder.tell(self.clip.frames[index])}; "
                "the method `plate` needs one for every frame here"
            )
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpAffine(self._plate, found, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE)
        inside = cv2.warpAffine(np.full((height, width), 255, np.uint8), found, (width, height), flags=how)
        return moved, inside == 255


def _features(image: np.ndarray, where: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """SIFT's points, (N, 2) as x, y in the full-size image, and what they look like, (N, 128)."""
    size = round(image.shape[1] * scale), round(image.shape[0] * scale)
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(where.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    keypoints, features = cv2.SIFT.create().detectAndCompute(small, mask)
    points = np.array([keypoint.pt for keypoint in keypoints], np.float64).reshape(-1, 2)
    return (points + 0.5) / scale - 0.5, features
