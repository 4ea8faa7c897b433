"""Prompts: a user's marks for the person and the background in one frame."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..errors import InputError
from ..prompt_maps import Box, Point, Size, draw_prompt
from ..video import VideoReader


@dataclass(frozen=True, eq=False)
class Prompt:
    """The person to cut out of a frame of H x W pixels; everything else is background, including other people.

    All parts are optional and can be combined; `draw_prompt` defines them and their order of precedence.

    Args:
        points: (x, y, "keep" or "remove"), in pixels; several of them make a scribble.
        boxes: (x, y, w, h) around the person, in pixels; x, y is the top left corner.
        mask: (H, W), the person's mask: bool, 0 and 1, or 0 to 255. Masks from any segmenter work.
        trimap: (H, W), 0 background, 1 (or 255) foreground, other values unknown.

    Raises:
        InputError: the prompt is empty, a number is invalid, a mask or trimap has other values, a mask is empty, or a
            trimap has no known or no unknown pixels.
    """

    points: Sequence[Point] = ()
    boxes: Sequence[Box] = ()
    mask: np.ndarray | None = None
    trimap: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not len(self.points) + len(self.boxes) and self.mask is None and self.trimap is None:
            raise InputError("the prompt says nothing: give points, boxes, a mask or a trimap")
        for numbers in (*(point[:2] for point in self.points), *self.boxes):
            if not all(math.isfinite(number) for number in numbers):
                raise InputError(f"{tuple(numbers)} is no place in a frame: give coordinates in pixels")
        for *_, what in self.points:
            if what not in ("keep", "remove"):
                raise InputError(f"a point says 'keep' or 'remove', not {what!r}")
        for box in self.boxes:
            if min(box[2:]) <= 0:
                raise InputError(f"a box is x, y, width, height, so {tuple(box)} is empty: give sizes above 0")
        if self.mask is not None:
            object.__setattr__(self, "mask", _as_map("mask", self.mask))
            if not (self.mask >= 0.5).any():
                raise InputError("the mask marks nobody: it must be 1 (or 255) on the person")
        if self.trimap is not None:
            object.__setattr__(self, "trimap", _as_map("trimap", self.trimap))
            known = (self.trimap <= 0) | (self.trimap >= 1)
            if known.all():
                raise InputError("the trimap has no unknown region: leave a band between 0 and 1 along the edge")
            if not known.any():
                raise InputError("the trimap is unknown everywhere: mark foreground as 1 (or 255), background as 0")

    def maps(self, size: Size, grid: Size) -> tuple[np.ndarray, np.ndarray]:
        """K and R for a frame of `size` = (H, W), float32 (h, w) of `grid`: see `draw_prompt`.

        Raises:
            InputError: the prompt does not fit the frame.
        """
        self.check(size)
        return draw_prompt(size, grid, self.points, self.boxes, self.mask, self.trimap)

    def check(self, size: Size) -> None:
        """Check that the prompt fits a frame of `size` = (H, W).

        Raises:
            InputError: a point or a box lies outside, or a mask or trimap has another size.
        """
        height, width = size
        frame = f"the frame, which has {width}x{height} pixels"
        for x, y, _ in self.points:
            if not (0 <= x < width and 0 <= y < height):
                raise InputError(f"the point {x:g},{y:g} is outside {frame}")
        for x, y, w, h in self.boxes:
            if x >= width or y >= height or x + w <= 0 or y + h <= 0:
                raise InputError(f"the box {x:g},{y:g},{w:g},{h:g} is outside {frame}")
        for name, picture in (("mask", self.mask), ("trimap", self.trimap)):
            if picture is not None and picture.shape != size:
                raise InputError(
                    f"the {name} has {picture.shape[1]}x{picture.shape[0]} pixels, not those of {frame}: "
                    "make it of the same size"
                )

    def resized(self, size: Size, new: Size) -> "Prompt":
        """The same prompt for a frame resized from `size` to `new`, both (H, W).

        Raises:
            InputError: the prompt does not fit a frame of `size`.
        """
        self.check(size)
        if size == new:
            return self
        down, across = new[0] / size[0], new[1] / size[1]
        return Prompt(
            [(x * across, y * down, what) for x, y, what in self.points],
            [(x * across, y * down, w * across, h * down) for x, y, w, h in self.boxes],
            # nearest neighbour, since interpolated values would be wrong
            *(
                x if x is None else cv2.resize(x, new[::-1], interpolation=cv2.INTER_NEAREST)
                for x in (self.mask, self.trimap)
            ),
        )


def prompts_of_people(
    prompts: Mapping[int, Prompt] | None, targets: Sequence[Prompt | Mapping[int, Prompt]] | None
) -> list[Mapping[int, Prompt]]:
    """Prompts by frame for each person, from `prompts` for one person or `targets` for several.

    Raises:
        InputError: both are given, or `targets` is empty.

    Examples:
        >>> first, second = Prompt([(10, 20, "keep")]), Prompt([(50, 20, "keep")])
        >>> [list(by_frame) for by_frame in prompts_of_people(None, [first, {0: second, 9: second}])]
        [[0], [0, 9]]
    """
    if targets is None:
        return [prompts or {}]
    if prompts is not None:
        raise InputError("give prompts for one person, or targets for several, not both")
    if not targets:
        raise InputError("targets is empty: give a prompt for each person, or leave it out")
    return [{0: target} if isinstance(target, Prompt) else target for target in targets]


def fit_prompts(prompts: Mapping[int, Prompt], size: Size, reader: VideoReader) -> dict[int, Prompt]:
    """Convert prompts, by frame, to the frames of a reader.

    Args:
        prompts: in pixels of the source.
        size: (H, W) of the source.
        reader: may downsample frames and skip some; indices count its frames.

    Raises:
        InputError: a prompt does not fit the frames, or is for a frame that the video does not have.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from modnetv_kit.video import open_video
        >>> from modnetv_kit.video.lowered import lowered
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     cv2.imwrite(str(Path(folder, "0.png")), np.zeros((64, 96, 3), np.uint8))
        ...     fit_prompts({0: Prompt([(30, 20, "keep")])}, (64, 96), lowered(open_video(folder), 48))[0].points
        True
        [(15.0, 10.0, 'keep')]
    """
    fitted = {index: prompt.resized(size, (reader.info.height, reader.info.width)) for index, prompt in prompts.items()}
    if set(prompts) - {0}:  # counting frames reads the whole file
        frames = len(reader)
        for index in prompts:
            if not 0 <= index < frames:
                raise InputError(f"there is a prompt for frame {index}, but the frames are 0 to {frames - 1}")
    return fitted


def _as_map(name: str, picture: np.ndarray) -> np.ndarray:
    """A mask or trimap as float32 (H, W) in [0, 1]."""
    picture = np.asarray(picture)
    if picture.ndim != 2 or not picture.size or picture.dtype.kind not in "buif":
        raise InputError(f"a {name} is an array of shape (H, W), not {picture.dtype} of shape {picture.shape}")
    values = picture.astype(np.float32)
    if picture.dtype.kind in "ui" and values.max() > 1:
        values /= 255
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > 1:
        raise InputError(f"a {name} holds values from 0 to 1, or bytes from 0 to 255")
    return values
