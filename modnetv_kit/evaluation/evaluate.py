"""Measures a model on composited clips with true alpha."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch
from PIL import Image

from ..data.pictures import list_pictures
from ..errors import DataError
from ..models import BackgroundState, MODNetV
from .metrics import ClipMetrics

Memory = Literal["off", "accumulate", "refresh"]
MEMORIES: tuple[Memory, ...] = get_args(Memory)
Scores = dict[str, float]


def list_clips(folder: Path) -> list[Path]:
    """The clips in `folder`: folders with frames/ and alpha/ of equally many pictures.

    Raises:
        DataError: there is none, or one whose frames and alphas differ in number.
    """
    clips = sorted(p.parent for p in folder.glob("*/alpha") if (p.parent / "frames").is_dir())
    if not clips:
        raise DataError(f"{folder} holds no clips; a clip is a folder with frames/ and alpha/ inside")
    for clip in clips:
        frames, alphas = len(list_pictures(clip / "frames")), len(list_pictures(clip / "alpha"))
        if frames != alphas:
            raise DataError(f"{clip} has {frames} frames but {alphas} alphas; every frame needs its alpha")
    return clips


def read_clip(clip: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Frames, uint8 (H, W, 3), with their true alpha, float32 (H, W) in [0, 1]."""
    for frame, alpha in zip(list_pictures(clip / "frames"), list_pictures(clip / "alpha"), strict=True):
        with Image.open(frame) as image, Image.open(alpha) as matte:
            yield np.array(image.convert("RGB")), np.asarray(matte.convert("L"), np.float32) / 255


@torch.inference_mode()
def evaluate_clip(model: MODNetV, clip: Path, memory: Memory) -> Scores:
    """Metrics of one clip.

    Args:
        model: in eval mode.
        clip: folder with frames/ and alpha/.
        memory: "off" throws the state away before every frame; the others carry it, under that update rule.
    """
    device = next(model.parameters()).device
    configured = model.background.update_rule
    model.background.update_rule = configured if memory == "off" else memory
    metrics = ClipMetrics()
    state: BackgroundState | None = None
    try:
        for frame, true in read_clip(clip):
            picture = torch.from_numpy(frame).to(device).permute(2, 0, 1)[None].float() / 255
            output, state = model(picture, None if memory == "off" else state)
            metrics.update(output.alpha[0, 0].float().cpu().numpy(), true)
    finally:
        model.background.update_rule = configured
    return metrics.compute()


def evaluate(
    model: MODNetV,
    folder: Path,
    memories: tuple[Memory, ...] = MEMORIES,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, dict[str, Scores]]:
    """Metrics of every clip in `folder` for every use of the memory: {clip: {memory: {metric: value}}}.

    Raises:
        DataError: see `list_clips`.
    """
    clips = list_clips(folder)
    results: dict[str, dict[str, Scores]] = {}
    for done, clip in enumerate(clips, 1):
        results[clip.name] = {memory: evaluate_clip(model, clip, memory) for memory in memories}
        if progress:
            progress(done, len(clips))
    return results


def group_means(results: dict[str, dict[str, Scores]]) -> dict[str, dict[str, Scores]]:
    """Means over groups of clips, by their names: `hd_*` apart, the others all together and as static and moving.

    Returns:
        {group: {memory: {metric: value}}}, groups without clips left out.
    """
    groups: dict[str, list[str]] = {"all": [], "static": [], "moving": [], "hd": []}
    for name in results:
        if name.startswith("hd"):
            groups["hd"].append(name)
            continue
        groups["all"].append(name)
        for kind in ("static", "moving"):
            if kind in name:
                groups[kind].append(name)
    return {
        group: {
            memory: {metric: float(np.mean([results[name][memory][metric] for name in names])) for metric in scores}
            for memory, scores in results[names[0]].items()
        }
        for group, names in groups.items()
        if names
    }
