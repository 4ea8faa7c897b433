"""Two red squares on a grey wall, and a model that cuts out red and follows prompts."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from modnetv_kit.models import BackgroundState, CoarseOutput, MODNetV
from modnetv_kit.models.background import presence

SIZE = (128, 64)  # width, height
LEFT, RIGHT = (24, 32), (100, 32)  # in each of them, in every frame


def two_squares(index: int = 0, left: bool = True, right: bool = True) -> np.ndarray:
    """Frame `index` of at most 10, uint8 (64, 128, 3): one square goes right, the other left, a pixel a frame."""
    rng = np.random.default_rng(0)
    frame = np.repeat(np.repeat(rng.integers(40, 200, (16, 32, 3)), 4, 0), 4, 1).astype(np.uint8)
    frame[..., 0] = 0
    for shown, x in ((left, 8 + index), (right, 88 - index)):
        if shown:
            frame[16:48, x : x + 32] = (255, 0, 0)
    return frame


class RedAsSaid(MODNetV):
    """Alpha is red. In a prompted video it is the red component connected to K or, without K, the red outside R."""

    def step(
        self, frame: Tensor, state: BackgroundState, with_detail: bool = False
    ) -> tuple[CoarseOutput, BackgroundState]:
        e_4x = self.encoder.stem(frame)[1]
        state = self.background.write(e_4x, state)
        K, R, g = state.prompt.split(1, 1)
        red = (F.adaptive_avg_pool2d(frame[:, :1], e_4x.shape[-2:]) > 0.5).float() * (1 - R)
        meant = torch.where(K.amax((2, 3), keepdim=True) > 0, K, 1 - R)
        for _ in range(max(e_4x.shape[-2:])):
            meant = F.max_pool2d(meant * red, 3, 1, 1)
        allowed = torch.where(g > 0, meant, 1.0)
        alpha = frame[:, :1] * F.interpolate(allowed, size=frame.shape[-2:])
        output = CoarseOutput(alpha, F.avg_pool2d(alpha, 16, ceil_mode=True), None)
        return output, self.background.update(e_4x, presence(alpha, e_4x), state)


def write_frames(folder: Path, frames: int = 8) -> Path:
    """The clip as a folder of PNGs, 25 frames a second."""
    folder.mkdir()
    for index in range(frames):
        Image.fromarray(two_squares(index)).save(folder / f"{index:02d}.png")
    return folder


def shown(alpha: np.ndarray, index: int) -> tuple[bool, bool]:
    """Whether the left and the right square are cut out of frame `index`; each is wholly there, or not at all."""
    squares = [two_squares(index, **{other: False})[..., 0] == 255 for other in ("right", "left")]
    means = [float(alpha[square].mean()) for square in squares]
    assert all(mean < 0.02 or mean > 0.98 for mean in means), means
    assert alpha[~(squares[0] | squares[1])].mean() < 0.01
    return means[0] > 0.5, means[1] > 0.5
