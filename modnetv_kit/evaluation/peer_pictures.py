"""Pictures, trimaps and plates as the arrays that a model takes, and the map that it gives as alpha."""

import cv2
import numpy as np

from ..errors import InputError
from .peer_inputs import Slot
from .preset import Layout, Preset

FBA_SIDE = 320.0  # L of FBA matting, arXiv 2003.07711: its maps of distance are Gaussians of 2, 8 and 16 % of it
FBA_SHARES = (0.02, 0.08, 0.16)


def input_size(preset: Preset, slots: list[Slot], frame: tuple[int, int]) -> tuple[int, int]:
    """(width, height) at which the model sees a frame of size `frame`: see `Preset.size`.

    Examples:
        >>> input_size(Preset(size=512, multiple=32), [], (1920, 1080))
        (896, 512)
        >>> input_size(Preset(size=512, multiple=32), [], (512, 288))
        (512, 288)
    """
    fixed = [slot.size for slot in slots if slot.size]
    if fixed:
        return fixed[0]
    if isinstance(preset.size, tuple):
        return preset.size
    scale = 1.0
    if preset.size and (max(frame) < preset.size or min(frame) > preset.size):
        scale = preset.size / min(frame)
    step = preset.multiple
    width, height = (max(step, round(side * scale / step) * step) for side in frame)
    return width, height


def as_input(
    slot: Slot,
    preset: Preset,
    layout: Layout,
    size: tuple[int, int],
    frame: np.ndarray,
    trimap: np.ndarray | None,
    plate: np.ndarray | None,
) -> np.ndarray:
    """The array for one input.

    Args:
        slot: the input.
        preset: of the model.
        layout: the order of the sides.
        size: (width, height) of the array.
        frame: uint8 (H, W, 3).
        trimap: float32 (H, W): 0, 0.5 or 1, for roles that need it.
        plate: uint8 (H, W, 3), for the role "plate".

    Returns:
        (1, C, h, w) or (1, h, w, C), of the input's type.

    Examples:
        >>> from modnetv_kit.evaluation.peer_runtimes import Port
        >>> slot = Slot("picture", Port("input", (1, 3, None, None), np.float32), 3, None)
        >>> frame = np.full((48, 64, 3), 255, np.uint8)
        >>> array = as_input(slot, Preset(mean=(0.5, 0.5, 0.5)), "nchw", (32, 24), frame, None, None)
        >>> array.shape, array.max().item()
        ((1, 3, 24, 32), 0.5)
    """
    known = None if trimap is None else cv2.resize(trimap, size, interpolation=cv2.INTER_NEAREST)
    if slot.role == "trimap":
        assert known is not None
        array = split_trimap(known, slot.channels)
    elif slot.role == "distances":
        assert known is not None
        array = distance_maps(known)
    else:
        source = plate if slot.role == "plate" else frame
        assert source is not None
        array = _picture(source, size, preset, normalised=slot.role != "raw")
        if slot.channels == 4:
            assert known is not None
            array = np.dstack([array, known])
    if layout == "nchw":
        array = array.transpose(2, 0, 1)
    if np.issubdtype(slot.port.type, np.integer):
        array = np.rint(array)
    return np.ascontiguousarray(array[None], slot.port.type)


def _picture(picture: np.ndarray, size: tuple[int, int], preset: Preset, normalised: bool) -> np.ndarray:
    """uint8 (H, W, 3) -> float32 (h, w, 3) as the preset says."""
    resized = picture
    if picture.shape[1::-1] != size:
        shrinks = size[0] * size[1] < picture.shape[0] * picture.shape[1]
        resized = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    values = resized.astype(np.float32) / 255
    if normalised:
        values = (values - np.array(preset.mean, np.float32)) / np.array(preset.std, np.float32)
    return values[..., ::-1] if preset.order == "bgr" else values


def split_trimap(trimap: np.ndarray, channels: int) -> np.ndarray:
    """A trimap in as many channels as a model takes.

    Args:
        trimap: float32 (h, w): 0, 0.5 or 1.
        channels: 1 keeps it; 2 are masks of background and foreground (FBA matting), 3 of background, unknown and
            foreground (GCA matting).

    Returns:
        float32 (h, w, channels).

    Examples:
        >>> split_trimap(np.array([[0, 0.5, 1]], np.float32), 2).tolist()
        [[[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]]
    """
    if channels == 1:
        return trimap[..., None]
    levels = (0, 1) if channels == 2 else (0, 0.5, 1)
    return np.dstack([(trimap == level).astype(np.float32) for level in levels])


def distance_maps(trimap: np.ndarray) -> np.ndarray:
    """FBA matting's maps of the distance to known background and foreground (arXiv 2003.07711, section 3.4).

    Each is exp(-d^2 / (2 (s L)^2)) with d in pixels, L = 320, and s of 0.02, 0.08 and 0.16: 1 where the trimap is known
    and falling with distance. They are 0 where nothing of the kind is known.

    Args:
        trimap: float32 (h, w): 0, 0.5 or 1.

    Returns:
        float32 (h, w, 6): three of the background, then three of the foreground.

    Examples:
        >>> maps = distance_maps(np.float32([[1, 1, 0.5, 0.5]]))
        >>> (maps[0, :, 3] * 100).round().tolist()  # the steepest of the three of the foreground, in percent
        [100.0, 100.0, 99.0, 95.0]
        >>> maps[..., :3].max().item()  # no background is known
        0.0
    """
    maps = []
    for level in (0, 1):
        there = trimap == level
        distance = cv2.distanceTransform((~there).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        for share in FBA_SHARES:
            near = np.exp(-np.square(distance) / (2 * (share * FBA_SIDE) ** 2))
            maps.append(near if there.any() else np.zeros_like(near))
    return np.dstack(maps).astype(np.float32)


def as_alpha(value: np.ndarray, preset: Preset, layout: Layout, size: tuple[int, int]) -> np.ndarray:
    """The map that a model gives, as alpha.

    Args:
        value: (1, C, h, w), (1, h, w, C), (C, h, w) or (h, w), of any precision.
        preset: of the model.
        layout: the order of the sides.
        size: (width, height) of the frame.

    Returns:
        float32 (H, W) in [0, 1].

    Raises:
        InputError: it is no map, or `class` does not fit it. The line names the field.

    Examples:
        >>> logits = np.float32([[[[0, 100], [-100, 0]]]])  # (1, 1, 2, 2)
        >>> as_alpha(logits, Preset(sigmoid=True), "nchw", (2, 2)).round(3).tolist()
        [[0.5, 1.0], [0.0, 0.5]]
    """
    shown = "x".join(map(str, value.shape))
    if value.ndim == 4 and value.shape[0] == 1:
        maps = value[0] if layout == "nchw" else value[0].transpose(2, 0, 1)
    elif value.ndim in (2, 3):
        maps = value.reshape(-1, *value.shape[-2:])
    else:
        raise InputError(f"field output: the output is {shown}, which is no map; name another output")
    maps = maps.astype(np.float32)
    if preset.category is None and len(maps) > 1:
        raise InputError(f"field class: the output is {shown}, {len(maps)} channels; give the index of the person's")
    index = preset.category or 0
    if index >= len(maps):
        raise InputError(f"field class is {index}, but the output is {shown}; give an index below {len(maps)}")
    if preset.sigmoid and len(maps) > 1:
        shares = np.exp(maps - maps.max(0))
        alpha = shares[index] / shares.sum(0)
    else:
        alpha = 1 / (1 + np.exp(-maps[index].clip(-60, 60))) if preset.sigmoid else maps[index]
    if preset.stretch:
        low, high = alpha.min(), alpha.max()
        alpha = (alpha - low) / (high - low) if high > low else alpha
    resized: np.ndarray = cv2.resize(np.ascontiguousarray(alpha.clip(0, 1)), size, interpolation=cv2.INTER_LINEAR)
    return resized
