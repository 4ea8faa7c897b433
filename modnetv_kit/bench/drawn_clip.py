"""A person swaying in front of a drawn wall: frames of any size and number, the same on every machine."""

from fractions import Fraction
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from ..files import read_image
from ..samples import CUTOUT
from ..video import VideoInfo, open_writer

RATE = 30  # frames a second


class DrawnClip:
    """A drawn clip.

    Args:
        width: of the frames, in pixels.
        height: of the frames, in pixels.
    """

    def __init__(self, width: int, height: int):
        self.width, self.height = width, height

    def frame(self, t: int) -> np.ndarray:
        """Frame t, uint8 (H, W, 3). The wall is at rest; the person moves a little to the left and right."""
        h, w = self._person.shape[:2]
        scale = 0.8 * self.height / h
        x = self.width / 2 - scale * w / 2 + 0.05 * self.height * np.sin(2 * np.pi * t / (2 * RATE))
        place = np.array([[scale, 0, x], [0, scale, self.height - scale * h]])
        person = cv2.warpAffine(self._person, place, (self.width, self.height), flags=cv2.INTER_LINEAR)
        wall = self._wall * (1 - person[..., 3:])
        picture: np.ndarray = np.rint(person[..., :3] + wall).astype(np.uint8)
        return picture

    def write(self, path: Path, seconds: float) -> None:
        """Write its first `seconds` as a video."""
        with open_writer(path, VideoInfo(self.width, self.height, Fraction(RATE), Fraction(1, RATE))) as writer:
            for t in range(round(seconds * RATE)):
                writer.write(self.frame(t), t, Fraction(1, RATE))

    @cached_property
    def _wall(self) -> np.ndarray:
        """Soft stains and fine grain. A flat wall would be too easy for an encoder, and noise too hard."""
        rng = np.random.default_rng(0)
        stains = rng.uniform(90, 210, (9, 16, 3)).astype(np.float32)
        wall = cv2.resize(stains, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
        grain = rng.normal(0, 6, (self.height, self.width, 1))
        return (wall + grain).clip(0, 255).astype(np.uint8)

    @cached_property
    def _person(self) -> np.ndarray:
        """Float32 (h, w, 4): colours 0 to 255 times alpha, and alpha in [0, 1]."""
        rgba = read_image(CUTOUT, "RGBA").astype(np.float32)
        alpha = rgba[..., 3:] / 255
        return np.concatenate([rgba[..., :3] * alpha, alpha], 2)
