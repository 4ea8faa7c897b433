"""Composing results from a matted video: background, edges, shape, size and format change without matting again."""

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..inference import FrameResult
from ..inference.clean_plate import CleanPlate
from ..inference.composite import Background, as_rgba, composite
from ..inference.outputs import Outputs, OutputSettings
from ..inference.pipeline import pipeline
from ..inference.pixels import to_uint8
from ..samples import checkerboard
from ..video import Frame, open_video
from ..video.lowered import shrunk
from .job import REPORT_INTERVAL, Matted, ProgressEvent, thumbnail_uri
from .limits import Limits
from .look import EXPORT_SUFFIXES, Look
from .messages import without_folders
from .shape import Framing
from .uploads import choose_background

PREVIEW_SIDE = 640  # pixels: long side of each half of the preview
FRAME_SIDE = 960  # pixels: long side of the single frame beside the sliders


@dataclass(frozen=True)
class Results:
    """The files made from a matted video.

    Attributes:
        composite: the result; a folder of PNG images before it is packed.
        preview: source and result side by side, as H.264, which every browser plays.
        alpha: the matte as MP4.
        foreground: the person's own colours as MP4, at the source's size.
        background: the restored background as PNG.
        frames: number of frames.
        seconds: duration of matting.
        restored: fraction of the picture whose background was restored by the end, in [0, 1].
        notes: messages for the user, one line each.
        look: of the result.
    """

    composite: Path
    preview: Path
    alpha: Path
    foreground: Path
    background: Path
    frames: int
    seconds: float
    restored: float
    notes: tuple[str, ...]
    look: Look


class MattedFrame(NamedTuple):
    """One frame of a matted video with its estimated layers, all of the same size.

    Attributes:
        frame: of the source.
        alpha: float32 (H, W), in [0, 1].
        foreground: uint8 (H, W, 3).
    """

    frame: Frame
    alpha: np.ndarray
    foreground: np.ndarray


class DrawnFrame(NamedTuple):
    """One finished frame for the outputs."""

    frame: Frame
    before: np.ndarray
    alpha: np.ndarray
    picture: np.ndarray

    @property
    def opaque(self) -> np.ndarray:
        """The picture, with a checkerboard where it is transparent."""
        if self.picture.shape[2] == 3:
            return self.picture
        rgb, alpha = np.ascontiguousarray(self.picture[..., :3]), self.picture[..., 3].astype(np.float32) / 255
        return composite(rgb, alpha, checkerboard(*alpha.shape))


class Compositor:
    """Draws frames of a matted video in one look.

    Args:
        matted: the video.
        look: of the result.
        limits: of the app.

    Raises:
        MattingError: the look cannot be applied.
    """

    def __init__(self, matted: Matted, look: Look, limits: Limits):
        look.check_length(matted.clip.seconds)
        clip = matted.clip
        self._look = look
        self._behind: Background | None = choose_background(look.background, look.colour, look.file, limits)
        self._framing = Framing(look.shape, look.size, (clip.width, clip.height), matted.centres)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of drawn frames."""
        return self._framing.size

    def draw(self, layers: MattedFrame) -> DrawnFrame:
        """Draw one frame; with a background video, call it in the order of frames."""
        edges, frame = self._look.edges, layers.frame
        alpha = edges.alpha(layers.alpha)
        foreground = edges.foreground(frame.image, layers.foreground)
        width, height = self._framing.scaled
        image, alpha, foreground = (shrunk(x, width, height) for x in (frame.image, alpha, foreground))
        if self._behind is None:
            picture = as_rgba(foreground, alpha)
        else:
            small = replace(frame, image=image)
            picture = composite(foreground, alpha, self._behind.draw(small, _as_result(image, alpha)))
        crop = self._framing.window(frame.index)
        return DrawnFrame(frame, *(np.ascontiguousarray(x[crop]) for x in (image, alpha, picture)))


def composite_video(
    matted: Matted, look: Look, limits: Limits, folder: Path, name: str, stop: Path
) -> Iterator[ProgressEvent | Results]:
    """Write results into `folder`; closing the iterator stops the work and deletes its files.

    Args:
        matted: the video.
        look: of the result.
        limits: of the app.
        folder: for the files.
        name: prefix of the file names.
        stop: a file whose existence ends the work early; finished frames are kept.

    Raises:
        MattingError: the look cannot be applied, or a file cannot be written.
    """
    compositor = Compositor(matted, look, limits)
    clip = matted.clip
    info = replace(open_video(clip.path).info, width=compositor.size[0], height=compositor.size[1])
    source = OutputSettings(clip.path if clip.has_audio else None, clip.start, clip.end)
    transparent = look.background == "transparent"
    result, alpha, preview = (
        folder / f"{name}_{last}" for last in (f"cutout{EXPORT_SUFFIXES[look.form]}", "matte.mp4", "preview.mp4")
    )
    outputs = Outputs()
    began, sent, frames = time.monotonic(), 0.0, 0
    try:
        composites = outputs.open(result, info, source, alpha=transparent)
        mattes = outputs.open(alpha, info, source)
        width, height = _preview_size(compositor.size)
        previews = outputs.open(preview, replace(info, width=2 * width, height=height), source)
        with closing(pipeline(read_frames(matted), compositor.draw)) as frames_drawn:
            for drawn in frames_drawn:
                outputs.write(composites, drawn.frame, drawn.picture)
                outputs.write(mattes, drawn.frame, to_uint8(drawn.alpha))
                pair = np.hstack([shrunk(x, width, height) for x in (drawn.before, drawn.opaque)])
                outputs.write(previews, drawn.frame, pair)
                frames += 1
                if time.monotonic() - began - sent >= REPORT_INTERVAL:
                    sent = time.monotonic() - began
                    yield ProgressEvent(frames, matted.frames, sent, thumbnail_uri(drawn.opaque), "writing")
                if stop.exists():
                    break
        outputs.close(partial=frames < clip.frames)
        output_notes = map(without_folders, (*info.notes, *outputs.notes))
    except BaseException:
        outputs.abort()
        raise
    notes = (*output_notes, *matted.notes)
    if frames < matted.frames:
        notes = (*notes, f"Stopped after writing {frames} of {matted.frames} frames.")
    yield Results(
        result,
        preview,
        alpha,
        matted.foreground,
        matted.background,
        frames,
        matted.seconds,
        matted.restored,
        notes,
        look,
    )


def read_frames(matted: Matted) -> Generator[MattedFrame, None, None]:
    """The frames of a matted video, in order."""
    clip = matted.clip
    videos = open_video(clip.path, clip.start, clip.end), open_video(matted.alpha), open_video(matted.foreground)
    for _, *layers in zip(range(matted.frames), *videos, strict=False):
        yield _layers(*layers)


def read_frame(matted: Matted, index: int) -> MattedFrame:
    """One frame of a matted video; an index past the end returns the last frame."""
    clip = matted.clip
    index = min(max(0, index), matted.frames - 1)
    videos = open_video(clip.path, clip.start, clip.end), open_video(matted.alpha), open_video(matted.foreground)
    return _layers(*(video[index] for video in videos))


def draw_frame(layers: MattedFrame, matted: Matted, look: Look, limits: Limits) -> np.ndarray:
    """A preview of one frame in a look: uint8 (H, W, 3)."""
    side = min(look.size or FRAME_SIDE, FRAME_SIDE)
    return Compositor(matted, replace(look, size=side), limits).draw(layers).opaque


def _layers(frame: Frame, alpha: Frame, foreground: Frame) -> MattedFrame:
    height, width = frame.image.shape[:2]  # MP4 has even sides
    return MattedFrame(
        frame,
        np.ascontiguousarray(alpha.image[..., 0]).astype(np.float32) / 255,
        np.ascontiguousarray(foreground.image[:height, :width]),
    )


def _as_result(image: np.ndarray, alpha: np.ndarray) -> FrameResult:
    """A `FrameResult` with the fields that backgrounds use."""
    nothing = np.zeros((1, 1), np.float32)
    return FrameResult(alpha, nothing, nothing > 0, None, image, CleanPlate.empty(image))


def _preview_size(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height of each half of the preview, both even."""
    scale = min(1.0, PREVIEW_SIDE / max(size))
    width, height = (2 * max(1, round(side * scale / 2)) for side in size)
    return width, height
