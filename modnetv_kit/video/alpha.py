"""Reading the alpha channel of a video."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from ..errors import VideoError
from ..files import open_image
from .folder import list_images
from .picture import to_array, turn_of
from .source import open_source


def read_alpha(path: str | Path) -> Iterator[np.ndarray]:
    """Read the alpha of each frame of a MOV, a WebM or a folder of PNG images, in order.

    Args:
        path: file or folder.

    Yields:
        uint8, (H, W), from 0 (transparent) to 255 (opaque).

    Raises:
        VideoError: the video cannot be read, or has no alpha channel.
    """
    path = Path(path)
    return _from_folder(path) if path.is_dir() else _from_file(path)


def _from_folder(folder: Path) -> Iterator[np.ndarray]:
    for file in list_images(folder):
        with open_image(file) as image:
            if not image.has_transparency_data:
                raise VideoError(f"{file} has no alpha channel; give images with transparency")
            alpha = np.array(image.convert("RGBA").getchannel("A"))
        yield alpha


def _from_file(path: Path) -> Iterator[np.ndarray]:
    with open_source(path) as (container, stream, _):
        decoder = stream.codec_context
        if decoder.name == "vp9":  # FFmpeg's native decoder drops the alpha
            decoder = VideoCodecContext.create("libvpx-vp9", "r")
        turn = None
        try:
            for packet in container.demux(stream):
                for frame in decoder.decode(packet if packet.size else None):
                    if not any(component.is_alpha for component in frame.format.components):
                        raise VideoError(f"{path} has no alpha channel; give a video with transparency")
                    turn = turn or turn_of(frame)
                    yield to_array(frame, frame.width, frame.height, turn, "rgba")[..., 3]
        except av.error.FFmpegError as error:
            raise VideoError(f"{path} cannot be decoded to its end; check that it plays") from error
