"""Any recurrent ONNX matting model with RVM's interface."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..errors import InputError, one_line
from .clip_files import ClipFiles
from .facts import FRAME, NOTHING, Facts
from .peer_cost import count_cost
from .peer_runtimes import OnnxFile
from .prediction import Prediction
from .preset import Preset

MEMORY = ("r1", "r2", "r3", "r4")
INPUTS = ("src", *(f"{name}i" for name in MEMORY), "downsample_ratio")
OUTPUTS = ("fgr", "pha", *(f"{name}o" for name in MEMORY))
COARSE_SIDE = 512  # long side of the network's input, RVM's choice


class OnnxModel:
    """A model with inputs `src, r1i..r4i, downsample_ratio` and outputs `fgr, pha, r1o..r4o`, on the CPU.

    `src` is (1, 3, H, W) in [0, 1]. r1i to r4i start as zeros of (1, 1, 1, 1) and then hold the outputs of the previous
    frame. `downsample_ratio`, at most 1, makes the long side 512. fp16 models get fp16.

    Args:
        path: an .onnx file.
        preset: what tables say of it.
        name: in tables, by default that of the file.
        opened: the file, if it is open already.

    Raises:
        InputError: the file cannot be read or has another interface, or ONNX Runtime is not installed.
    """

    def __init__(
        self, path: Path, preset: Preset | None = None, name: str | None = None, opened: OnnxFile | None = None
    ):
        self._session = opened or OnnxFile(path)
        self.name = name or f"onnx:{path.name}"
        self.identity = self._session.identity
        self.preset = preset or Preset()
        self._types = {port.name: port.type for port in self._session.inputs}
        lacking = [name for name in INPUTS if name not in self._types]
        lacking += [name for name in OUTPUTS if name not in self._session.outputs]
        if lacking:
            raise InputError(
                f"{path} does not have RVM's interface, it lacks {', '.join(lacking)}; needed are the inputs "
                f"{', '.join(INPUTS)} and the outputs {', '.join(OUTPUTS)}"
            )

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        """Predict every frame.

        Raises:
            DataError: a damaged frame.
            InputError: the model fails on frames of this size.
        """
        memory: list[np.ndarray] = [np.zeros((1, 1, 1, 1), np.float32)] * len(MEMORY)
        ratio = np.array([min(1.0, COARSE_SIDE / max(clip.size))], np.float32)
        for frame in clip.read_frames():
            source: np.ndarray = frame.transpose(2, 0, 1)[None] / 255
            inputs = dict(zip(INPUTS, (source, *memory, ratio), strict=True))
            try:
                foreground, alpha, *memory = self._session.run(
                    OUTPUTS, {name: value.astype(self._types[name]) for name, value in inputs.items()}
                )
            except Exception as error:  # ONNX Runtime's own errors have no common base
                size = f"{clip.size[0]}x{clip.size[1]}"
                raise InputError(f"{self.name} fails on frames of {size} ({one_line(error)[:200]})") from None
            yield Prediction(_clean(alpha)[..., 0], _clean(foreground) if clip.foregrounds else None)

    def facts(self) -> Facts:
        """See `Described.facts`."""
        frame = np.full((1, 3, FRAME[1], FRAME[0]), 0.5, np.float32)
        values = (frame, *[np.zeros((1, 1, 1, 1), np.float32)] * len(MEMORY), np.ones(1, np.float32))
        cost = count_cost(
            self._session,
            {name: each.astype(self._types[name]) for name, each in zip(INPUTS, values, strict=True)},
        )
        return Facts(self.preset.family or "video", NOTHING, cost.parameters, cost.multiply_adds, self.preset.licence)


def _clean(x: np.ndarray) -> np.ndarray:
    """(1, C, H, W) of any precision -> float32 (H, W, C) in [0, 1]."""
    picture: np.ndarray = x[0].transpose(1, 2, 0).astype(np.float32).clip(0, 1)
    return picture
