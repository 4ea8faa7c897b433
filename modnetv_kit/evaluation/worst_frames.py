"""The worst frame of every method on every clip, as small pictures."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from .benchmark import Evaluation
from .clip_files import ClipFiles
from .clip_folders import list_clips
from .contact_sheet import GREEN
from .metrics import mad
from .prediction import Method
from .video_clip import open_any_clip

WIDTH = 240  # pixels of a picture on the page


class WorstFrame(NamedTuple):
    """The frame of a clip with a method's largest error.

    Attributes:
        place: its index.
        mad: mean absolute difference x 1e3.
        frame: the frame, as a JPEG.
        true: the person on green by the true alpha, as a JPEG.
        predicted: the person on green by the method's alpha, as a JPEG.
    """

    place: int
    mad: float
    frame: bytes
    true: bytes
    predicted: bytes


def find_worst_frames(
    evaluation: Evaluation, folder: Path, progress: Callable[[int, int], None] | None = None
) -> dict[str, dict[str, WorstFrame]]:
    """Matte every clip again, up to the frame with the largest MAD of each method, and keep this frame.

    Args:
        evaluation: results of the methods on the clips.
        folder: of the clips, see `list_clips`.
        progress: called with the number of methods and clips done and to do.

    Returns:
        {clip: {method: its worst frame}}.

    Raises:
        MattingError: a clip or a method has changed and cannot be matted.

    Examples:
        >>> import tempfile
        >>> from modnetv_kit.evaluation.baselines import BackgroundSubtraction
        >>> known = Evaluation({"a": {"mog2": {"MAD": [1.0, 9.0]}}}, methods={"mog2": BackgroundSubtraction("mog2")})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("frames/0", "frames/1", "alpha/0", "alpha/1"):
        ...         Path(folder, "a", name).parent.mkdir(parents=True, exist_ok=True)
        ...         Image.new("L", (64, 48), 255).save(Path(folder, "a", f"{name}.png"))
        ...     find_worst_frames(known, Path(folder))["a"]["mog2"].place
        1
    """
    clips = [open_any_clip(clip) for clip in list_clips(folder) if clip.name in evaluation.over_time]
    pairs = [
        (clip, method)
        for clip in clips
        for name, method in evaluation.methods.items()
        if name in evaluation.over_time[clip.name]
    ]
    found: dict[str, dict[str, WorstFrame]] = {}
    for done, (clip, method) in enumerate(pairs):
        if progress:
            progress(done, len(pairs))
        errors = [error or 0.0 for error in evaluation.over_time[clip.name][method.name]["MAD"]]
        found.setdefault(clip.name, {})[method.name] = _worst(clip, method, int(np.argmax(errors)))
    if progress:
        progress(len(pairs), len(pairs))
    return found


def _worst(clip: ClipFiles, method: Method, index: int) -> WorstFrame:
    for i, (frame, prediction) in enumerate(zip(clip.read_frames(), method.matte(clip), strict=False)):
        if i == index:
            true = clip.read_alpha(index)
            pictures = frame, _on_green(frame, true), _on_green(frame, prediction.alpha)
            return WorstFrame(index, mad(prediction.alpha, true), *map(_jpeg, pictures))
    raise IndexError(f"{clip.name} has no frame {index}")


def _on_green(frame: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    mixed: np.ndarray = (alpha[..., None] * frame + (1 - alpha[..., None]) * GREEN).round().astype(np.uint8)
    return mixed


def _jpeg(picture: np.ndarray) -> bytes:
    image = Image.fromarray(picture)
    image.thumbnail((WIDTH, WIDTH))
    file = io.BytesIO()
    image.save(file, format="JPEG", quality=85)
    return file.getvalue()
