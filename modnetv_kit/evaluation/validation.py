"""Quick validation during training: mean error on clips with and without memory, and on empty pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import DataError
from ..files import PICTURE_SUFFIXES, read_image
from ..models import BackgroundState, MODNetV
from ..models.blocks import as_float, shrink
from .clip_folders import list_clips
from .video_clip import open_any_clip

EMPTY = "empty"  # a folder of pictures without people, beside the clips


class Validation:
    """Clips and empty pictures, decoded once.

    Args:
        folder: clips as for `evaluate`, and a folder empty/ of pictures without people.
        frames: number of frames of each clip, from the first on.

    Raises:
        DataError: the folder has neither, or a clip is incomplete.
    """

    def __init__(self, folder: Path, frames: int = 16):
        self.clips: dict[str, list[tuple[Tensor, np.ndarray]]] = {}
        empty = folder / EMPTY
        pictures = [path for path in sorted(empty.glob("*")) if path.suffix.lower() in PICTURE_SUFFIXES]
        self.empty = [_to_byte_tensor(read_image(path, "RGB")) for path in pictures]
        try:
            found = list_clips(folder)
        except DataError:
            if not self.empty:
                raise
            found = []
        for clip in map(open_any_clip, found):
            pairs = zip(range(min(frames, len(clip))), clip.read_frames(), strict=False)
            self.clips[clip.name] = [(_to_byte_tensor(frame), clip.read_alpha(i)) for i, frame in pairs]

    @torch.inference_mode()
    def measure(self, model: nn.Module) -> dict[str, float]:
        """MAD x 1e3 without memory ("off") and with it ("memory"), means over clips; mean alpha of empty pictures.

        Frames have the model's coarse size, without P. "worse" counts the clips on which the memory raises the error by
        more than 5 %.

        Args:
            model: a MODNetV in eval mode, on the CPU or a GPU; bf16 under autocast.
        """
        assert isinstance(model, MODNetV)
        figures: dict[str, float] = {}
        by_clip = {name: self._clip(model, pairs) for name, pairs in self.clips.items()}
        if by_clip:
            off, memory = (float(np.mean([values[i] for values in by_clip.values()])) for i in (0, 1))
            worse = sum(after > 1.05 * alone for alone, after in by_clip.values())
            figures |= {"off": off, "memory": memory, "worse": float(worse)}
        if self.empty:
            figures["empty"] = float(np.mean([self._matte(model, picture, None)[0].mean() for picture in self.empty]))
        return figures

    def _clip(self, model: MODNetV, pairs: list[tuple[Tensor, np.ndarray]]) -> tuple[float, float]:
        """MAD x 1e3 of a clip without and with memory."""
        errors: tuple[list[float], list[float]] = ([], [])
        state: BackgroundState | None = None
        for frame, true in pairs:
            alone, _ = self._matte(model, frame, None)
            after, state = self._matte(model, frame, state)
            for alpha, found in zip((alone, after), errors, strict=True):
                found.append(float(np.abs(alpha - true).mean()))
        off, memory = (1000 * float(np.mean(found)) for found in errors)
        return off, memory

    @staticmethod
    def _matte(model: MODNetV, frame: Tensor, state: BackgroundState | None) -> tuple[np.ndarray, BackgroundState]:
        """Alpha, float32 (H, W), from S, D, F and B alone, and the state after the frame."""
        device = next(model.parameters()).device
        size = frame.shape[-2:]
        small = as_float(shrink(frame, model.coarse_shape(*size)).to(device))
        output, after = model.step(small, model.empty_state(small) if state is None else state)
        alpha = torch.nn.functional.interpolate(output.alpha.float(), size=size, mode="bilinear", align_corners=False)
        return alpha[0, 0].detach().cpu().numpy(), after


def _to_byte_tensor(picture: np.ndarray) -> Tensor:
    """uint8 (H, W, 3) -> uint8 (1, 3, H, W)."""
    return torch.from_numpy(picture).permute(2, 0, 1)[None].contiguous()


def measurement(
    folders: list[Path],
) -> tuple[Callable[[nn.Module], dict[str, float]], Callable[[dict[str, float]], float]]:
    """The measurement of `modnetv train --validate`: figures named FOLDER/figure, and the score that ranks weights.

    The score is the mean over folders of (off + 2 memory) / 3, plus 100 times the mean alpha of empty pictures: 0.01 of
    alpha on an empty picture weighs as much as 1 of MAD x 1e3.

    Raises:
        DataError: a folder holds neither clips nor empty pictures.

    Examples:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Path(folder, "set", "empty").mkdir(parents=True)
        ...     Image.new("RGB", (64, 48)).save(Path(folder, "set", "empty", "0.png"))
        ...     measure, score = measurement([Path(folder, "set")])
        >>> list(measure(MODNetV().eval())), round(score({"set/off": 5.0, "set/memory": 8.0, "set/empty": 0.01}), 2)
        (['set/empty'], 8.0)
    """
    looked_at = {folder.name: Validation(folder) for folder in folders}

    def measure(model: nn.Module) -> dict[str, float]:
        return {
            f"{name}/{figure}": value
            for name, validation in looked_at.items()
            for figure, value in validation.measure(model).items()
        }

    def score(figures: dict[str, float]) -> float:
        clips = [
            (figures[f"{name}/off"] + 2 * figures[f"{name}/memory"]) / 3
            for name in looked_at
            if f"{name}/off" in figures
        ]
        empty = [100 * value for name, value in figures.items() if name.endswith("/empty")]
        return sum(clips) / max(1, len(clips)) + sum(empty)

    return measure, score
