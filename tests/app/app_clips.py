"""Short clips of real footage, with sound."""

from fractions import Fraction
from itertools import chain, islice, repeat
from pathlib import Path

import av
import numpy as np

from modnetv_kit.samples import carphone
from modnetv_kit.video import VideoInfo, open_video, open_writer

RATE = 25
SIZE = (256, 208)
"""Width and height. x264 is bit-exact between runs only if a row has a multiple of 8 macroblocks of 16 pixels."""


def real_clip(path: Path, frames: int = 16, first: int = 0, sound: bool = True) -> Path:
    """Frames from `first` on of a man talking in a moving car, looped, 256 x 208, with a quiet tone."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "16", "preset": "veryfast", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        tone = container.add_stream("aac", rate=48000, layout="mono") if sound else None
        for index, frame in enumerate(
            islice(chain.from_iterable(repeat(open_video(carphone()))), first, first + frames)
        ):
            picture = av.VideoFrame.from_ndarray(frame.image, format="rgb24").reformat(*SIZE, format="yuv420p")
            picture.pts, picture.time_base = index, Fraction(1, RATE)
            container.mux(stream.encode(picture))
            if tone is not None:
                container.mux(tone.encode(_tone(index)))
        container.mux(stream.encode(None))
        if tone is not None:
            container.mux(tone.encode(None))
    return path


def foreign_clip(path: Path, frames: int = 16) -> Path:
    """The same man without sound in formats that the test browser cannot play: 10-bit HEVC (.mp4) or ProRes (.mov)."""
    if path.suffix == ".mov":
        with open_writer(path, VideoInfo(*SIZE, Fraction(RATE))) as writer:
            for index, frame in enumerate(islice(open_video(carphone()), frames)):
                picture = av.VideoFrame.from_ndarray(frame.image, format="rgb24").reformat(*SIZE)
                writer.write(picture.to_ndarray(format="rgb24"), index, Fraction(1, RATE))
        return path
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx265", rate=RATE, options={"preset": "ultrafast", "x265-params": "log-level=0"}
        )
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p10le"
        stream.codec_context.codec_tag = "hvc1"
        for index, frame in enumerate(islice(open_video(carphone()), frames)):
            picture = av.VideoFrame.from_ndarray(frame.image, format="rgb24").reformat(*SIZE, format="yuv420p10le")
            picture.pts, picture.time_base = index, Fraction(1, RATE)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def sound_only(path: Path) -> Path:
    """A file with a second of audio and no video track."""
    with av.open(str(path), "w") as container:
        tone = container.add_stream("aac", rate=48000, layout="mono")
        for index in range(RATE):
            container.mux(tone.encode(_tone(index)))
        container.mux(tone.encode(None))
    return path


def sounds(path: Path) -> int:
    """The number of audio packets in a file."""
    with av.open(str(path)) as container:
        return sum(bool(packet.size) for packet in container.demux(audio=0)) if container.streams.audio else 0


def _tone(index: int) -> av.AudioFrame:
    length = 48000 // RATE
    wave = np.sin((np.arange(length) + index * length) * 0.05).astype(np.float32)[None] / 8
    piece = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
    piece.sample_rate, piece.pts, piece.time_base = 48000, index * length, Fraction(1, 48000)
    return piece
