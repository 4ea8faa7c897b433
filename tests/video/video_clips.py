"""Small generated clips with known frames: flat coloured tiles, one of which encodes the index."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Colorspace

from modnetv_kit.video import open_video, open_writer

COLOURS = [(200, 60, 50), (40, 170, 70), (50, 80, 190), (235, 235, 235), (20, 20, 20), (128, 128, 128), (210, 160, 130)]
ACCURATE = 0x2 | 0x2000 | 0x4000 | 0x40000  # bilinear, full chroma in and out, accurate rounding
RATE = Fraction(30000, 1001)
TICK = Fraction(1, 30000)


def picture(index: int, size: tuple[int, int] = (96, 64)) -> np.ndarray:
    """Frame `index`, uint8 (H, W, 3): seven coloured tiles, and an eighth whose gray level encodes the index."""
    width, height = size
    colours = [*COLOURS, (20 + 5 * index % 220,) * 3]
    image = np.empty((height, width, 3), np.uint8)
    for number, colour in enumerate(colours):
        image[_tile(number, size)] = colour
    return image


def tile_error(image: np.ndarray, expected: np.ndarray) -> float:
    """Largest deviation of a tile's mean colour from the expected one, in levels of 255, away from tile edges."""
    size = expected.shape[1], expected.shape[0]
    inner = [_tile(number, size, margin=min(size) // 10) for number in range(8)]
    return max(np.abs(image[t].mean((0, 1)) - expected[t].mean((0, 1))).max() for t in inner)


def _tile(number: int, size: tuple[int, int], margin: int = 0) -> tuple[slice, slice]:
    row, column = divmod(number, 4)
    width, height = size[0] // 4, size[1] // 2
    right = size[0] if column == 3 else (column + 1) * width
    bottom = size[1] if row == 1 else (row + 1) * height
    return slice(row * height + margin, bottom - margin), slice(column * width + margin, right - margin)


def write_clip(
    path: Path,
    *,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    pts: Sequence[int] = range(0, 24 * 1001, 1001),
    time_base: Fraction = TICK,
    size: tuple[int, int] = (96, 64),
    matrix: Colorspace = Colorspace.ITU709,
    full_range: bool = False,
    tagged: bool = True,
    sound: Sequence[str] = (),
    sound_seconds: float = 0.8,
    sound_layout: str = "stereo",
    options: dict[str, str] | None = None,
    muxer_options: dict[str, str] | None = None,
    last_lasts: int | None = None,
    rate: Fraction = RATE,
) -> Path:
    """Write frames 0, 1, ... at `pts`, with one audio track (a sine of its own pitch) per codec in `sound`."""
    with av.open(str(path), "w", container_options=muxer_options or {}) as container:
        stream = container.add_stream(codec, rate=rate, options=_defaults(codec) | (options or {}))
        stream.width, stream.height, stream.pix_fmt = *size, pixel_format
        stream.time_base = stream.codec_context.time_base = time_base
        if tagged:
            stream.codec_context.colorspace = {Colorspace.ITU709: 1, Colorspace.ITU601: 6}[matrix]
            stream.codec_context.color_range = 2 if full_range else 1
        tracks = [container.add_stream(name, rate=48000, layout=sound_layout) for name in sound]
        packets = []
        for index, stamp in enumerate(pts):
            frame = av.VideoFrame.from_ndarray(picture(index, size), format="rgb24").reformat(
                format=pixel_format,
                dst_colorspace=matrix,
                dst_color_range=2 if full_range else 1,
                interpolation=ACCURATE,
            )
            frame.pts, frame.time_base = stamp, time_base
            packets += stream.encode(frame)
        packets += stream.encode(None)
        if last_lasts is not None:
            packets[-1].duration = last_lasts
        for number, track in enumerate(tracks):
            packets += _sine(track, 300 * (number + 1), sound_seconds)
        for packet in sorted(packets, key=lambda p: p.dts * p.time_base):
            container.mux(packet)
    return path


def _defaults(codec: str) -> dict[str, str]:
    # Several keyframes, so that seeking has targets.
    return {
        "libx264": {"g": "10", "crf": "6"},
        "libx265": {"x265-params": "log-level=none:keyint=10:crf=6:open-gop=0"},
        "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "10", "b": "0", "g": "10"},
        "libsvtav1": {"preset": "12", "svtav1-params": "logical-processors=1"},
    }.get(codec, {})


def _sine(track: av.AudioStream, pitch: float, seconds: float) -> list[av.Packet]:
    context = track.codec_context
    context.open(strict=False)
    wave = np.sin(np.arange(round(48000 * seconds)) * 2 * np.pi * pitch / 48000).astype(np.float32) / 3
    frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts = 48000, 0
    resampler = av.AudioResampler(context.format, context.layout, 48000, context.frame_size or 1024)
    pieces = [*resampler.resample(frame), *resampler.resample(None)]
    return [packet for piece in [*pieces, None] for packet in track.encode(piece)]


def sound_of(path: Path) -> list[list[tuple[float, bytes]]]:
    """For each audio track, the time in seconds and the bytes of each packet."""
    with av.open(str(path)) as container:
        count = len(container.streams.audio)
    tracks = []
    for number in range(count):
        with av.open(str(path)) as container:
            packets = (p for p in container.demux(audio=number) if p.size)
            tracks.append([(float(p.pts * p.time_base), bytes(p)) for p in packets])
    return tracks


def packets_of(path: Path) -> list[tuple[int, int]]:
    """Byte offset and size of each packet of the picture, in decoding order."""
    with av.open(str(path)) as container:
        return [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]


def set_display_matrix(path: Path, matrix: tuple[int, int, int, int]) -> None:
    """Write (a, b, c, d) into an MP4's track header: x' = a x + c y, y' = b x + d y."""
    data = bytearray(path.read_bytes())
    # Type, version and flags, then 36 bytes of times, duration, layer and volume before the matrix (ISO 14496-12).
    offset = data.index(b"tkhd") + 4 + 4 + 36
    a, b, c, d = (value * 0x10000 for value in matrix)
    entries = (a, b, 0, c, d, 0, 0, 0, 0x40000000)
    data[offset : offset + 36] = b"".join(entry.to_bytes(4, "big", signed=True) for entry in entries)
    path.write_bytes(data)


def copy_video(source: Path, target: Path, start: float | None = None) -> list[str]:
    """Copy a video through reader and writer; returns the messages for the user."""
    reader = open_video(source, start)
    with open_writer(target, reader.info, audio_from=source, start=start) as writer:
        for frame in reader:
            writer.write(frame.image, frame.pts, frame.time_base, frame.duration)
    return [*reader.info.notes, *writer.notes]
