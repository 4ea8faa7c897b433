"""A clip whose matte is known: a red square wanders over blue."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SIZE = (96, 64)  # width, height


def red_square(index: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Frame `index`, uint8 (H, W, 3)."""
    width, height = size
    frame = np.empty((height, width, 3), np.uint8)
    frame[:] = (0, 40, 180)
    side = height // 2
    left = (4 * index) % (width - side)
    frame[height // 4 : height // 4 + side, left : left + side] = (255, 0, 0)
    return frame


def write_clip(
    path: Path,
    frames: int,
    sound: bool = False,
    size: tuple[int, int] = SIZE,
    rate: int = 25,
    fast_start: bool = False,
    interlaced: bool = False,
) -> Path:
    """Write `frames` red squares at `rate` frames a second; with a quiet tone if `sound`, as fields if `interlaced`."""
    with av.open(str(path), "w", container_options={"movflags": "faststart"} if fast_start else {}) as container:
        options = {"crf": "10", "preset": "ultrafast", "bf": "0"} | (
            {"x264-params": "interlaced=1"} if interlaced else {}
        )
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1
        tone = container.add_stream("aac", rate=48000, layout="mono") if sound else None
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(red_square(index, size), format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
            frame.pts, frame.time_base = index, Fraction(1, rate)
            container.mux(stream.encode(frame))
            if tone is not None:
                length = 48000 // rate
                wave = np.sin(np.arange(length) * 0.05).astype(np.float32)[None] / 4
                piece = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
                piece.sample_rate, piece.pts, piece.time_base = 48000, index * length, Fraction(1, 48000)
                container.mux(tone.encode(piece))
        container.mux(stream.encode(None))
        if tone is not None:
            container.mux(tone.encode(None))
    return path
