"""A drawn person who sways before a drawn wall: frames of any size and number, the same on every machine."""

from fractions import Fraction
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from ..video import VideoInfo, open_writer

RATE = 30  # frames a second


class DrawnClip:
    """The clip.

    Args:
        width, height: of its frames, in pixels.
    """

    def __init__(self, width: int, height: int):
        self.width, self.height = width, height

    def frame(self, t: int) -> np.ndarray:
        """Frame t, uint8 (H, W, 3): the wall at rest, the person a little to the left or right."""
        frame = self._wall.copy()
        h = self.height
        x = round(self.width / 2 + 0.05 * h * np.sin(2 * np.pi * t / (2 * RATE)))
        cv2.ellipse(
            frame, (x, round(1.05 * h)), (round(0.36 * h), round(0.45 * h)), 0, 0, 360, (52, 70, 120), -1, cv2.LINE_AA
        )
        cv2.rectangle(
            frame, (x - round(0.06 * h), round(0.5 * h)), (x + round(0.06 * h), round(0.68 * h)), (196, 150, 128), -1
        )
        for strand in self._hair:
            cv2.polylines(
                frame,
                [np.rint(strand * h + (x, 0)).astype(np.int32)],
                False,
                (70, 48, 36),
                max(1, h // 360),
                cv2.LINE_AA,
            )
        cv2.ellipse(
            frame, (x, round(0.38 * h)), (round(0.14 * h), round(0.19 * h)), 0, 0, 360, (214, 168, 146), -1, cv2.LINE_AA
        )
        for side in (-1, 1):
            cv2.circle(
                frame, (x + side * round(0.05 * h), round(0.36 * h)), max(1, h // 80), (40, 30, 30), -1, cv2.LINE_AA
            )
        return frame

    def write(self, path: Path, seconds: float) -> None:
        """Write its first `seconds` as a video."""
        with open_writer(path, VideoInfo(self.width, self.height, Fraction(RATE), Fraction(1, RATE))) as writer:
            for t in range(round(seconds * RATE)):
                writer.write(self.frame(t), t, Fraction(1, RATE))

    @cached_property
    def _wall(self) -> np.ndarray:
        """Soft stains and fine grain: neither flat, which costs an encoder nothing, nor noise, which costs it all."""
        rng = np.random.default_rng(0)
        stains = rng.uniform(90, 210, (9, 16, 3)).astype(np.float32)
        wall = cv2.resize(stains, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
        grain = rng.normal(0, 6, (self.height, self.width, 1))
        return (wall + grain).clip(0, 255).astype(np.uint8)

    @cached_property
    def _hair(self) -> list[np.ndarray]:
        """Strands around the head, (points, 2) each, in heights of the frame from its middle."""
        rng = np.random.default_rng(1)
        along = np.linspace(0, 1, 8)[:, None]
        strands = []
        for _ in range(160):
            angle = rng.uniform(0.95, 2.05) * np.pi
            root = np.array([0.13 * np.cos(angle), 0.38 + 0.18 * np.sin(angle)])
            tip = root * (1.35, 1) + (rng.normal(0, 0.02), rng.uniform(-0.06, 0.12))
            strands.append(root + (tip - root) * along + np.array([0.02, 0]) * np.sin(np.pi * along) * rng.normal())
        return strands
