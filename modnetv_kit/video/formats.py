"""Output formats: encoders, their settings, and the other streams and tags that each can hold."""

from dataclasses import dataclass, field
from fractions import Fraction

# Uncompressed audio of every depth that MOV can hold.
PCM = frozenset(
    f"pcm_{kind}"
    for kind in (
        *("s8", "u8", "s16le", "s16be", "s24le", "s24be", "s32le", "s32be", "f32le", "f32be", "f64le", "f64be"),
        *("alaw", "mulaw"),
    )
)


@dataclass(frozen=True)
class Format:
    """One kind of video file.

    Args:
        muxer: FFmpeg's name of the container.
        encoder: of the picture.
        pixel_format: without alpha.
        alpha_pixel_format: with straight alpha, or None where the format has none.
        options: of the encoder.
        muxer_options: of the container.
        even: width and height must be even.
        time_base: the container's fixed time base; None if it accepts that of the source.
        audio_codecs: codecs that are copied packet by packet, because players of this format support them.
        audio_encoder: encoder of all other audio; empty if the format has no audio.
        deep_encoders: {sample format: encoder} for audio of more than 16 bits.
        square_pixels: the format cannot store a pixel aspect, so frames with non-square pixels are scaled.
        tags: the format can hold a title, a date and chapters.
        palette: each frame has its own palette of 256 colours.
        longest: the longest side that it takes, in pixels; None if it takes any.
    """

    muxer: str
    encoder: str
    pixel_format: str
    audio_codecs: frozenset[str] = frozenset()
    audio_encoder: str = ""
    alpha_pixel_format: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    muxer_options: dict[str, str] = field(default_factory=dict)
    even: bool = False
    time_base: Fraction | None = None
    deep_encoders: dict[str, str] = field(default_factory=dict)
    square_pixels: bool = False
    tags: bool = True
    palette: bool = False
    longest: int | None = None


FORMATS = {
    # Plays in every browser. Without B-frames, decoding order is presentation order, so MP4 states the exact duration
    # of a video with a variable rate, and cutting needs no edit list. Depending on the footage, files become a sixth
    # smaller to half again as large (three clips, 1015 : 1220, 251 : 203 and 94 : 63 KB without : with).
    ".mp4": Format(
        muxer="mp4",
        encoder="libx264",
        pixel_format="yuv420p",
        # Finer chroma keeps flat colours (a studio backdrop, a green screen) within 2/255, for 6 % more bytes.
        options={"crf": "18", "preset": "veryfast", "bf": "0", "chromaoffset": "-4"},
        muxer_options={"movflags": "+faststart"},
        even=True,
        longest=16384,
        audio_codecs=frozenset({"aac", "mp3", "ac3", "eac3", "alac", "flac", "opus"}),
        audio_encoder="aac",
    ),
    # For editing software: ProRes 4444 with alpha, 422 HQ without.
    ".mov": Format(
        muxer="mov",
        encoder="prores",
        pixel_format="yuv422p10le",
        alpha_pixel_format="yuva444p10le",
        longest=65535,
        audio_codecs=frozenset({"aac", "mp3", "ac3", "eac3", "alac"}) | PCM,
        audio_encoder="pcm_s16le",
        deep_encoders={"s32": "pcm_s32le", "flt": "pcm_f32le", "dbl": "pcm_f64le"},
    ),
    # For browsers, with real alpha. libvpx cannot combine alternate reference frames with alpha.
    ".webm": Format(
        muxer="webm",
        encoder="libvpx-vp9",
        pixel_format="yuv420p",
        alpha_pixel_format="yuva420p",
        options={
            "crf": "24",
            "b": "0",
            "deadline": "realtime",
            "cpu-used": "6",
            "row-mt": "1",
            "tile-columns": "2",
            "auto-alt-ref": "0",
        },
        time_base=Fraction(1, 1000),
        square_pixels=True,
        audio_codecs=frozenset({"opus", "vorbis"}),
        audio_encoder="libopus",
    ),
    # Lossless with alpha, for further editing.
    ".mkv": Format(
        muxer="matroska",
        encoder="ffv1",
        square_pixels=True,
        pixel_format="bgr0",
        alpha_pixel_format="bgra",
        options={"level": "3", "slices": "4", "slicecrc": "0"},
        time_base=Fraction(1, 1000),
        audio_codecs=frozenset({"aac", "mp3", "ac3", "eac3", "alac", "flac", "opus", "vorbis"})
        | (PCM - {"pcm_s8", "pcm_f32be", "pcm_f64be"}),
        audio_encoder="flac",
        deep_encoders={"s32": "pcm_s32le", "flt": "pcm_f32le", "dbl": "pcm_f64le"},
    ),
    # For messages and pages that accept images only; they loop.
    ".gif": Format(
        muxer="gif",
        tags=False,
        encoder="gif",
        square_pixels=True,
        pixel_format="pal8",
        alpha_pixel_format="pal8",
        muxer_options={"loop": "0"},
        time_base=Fraction(1, 100),
        palette=True,
        longest=65535,
    ),
    ".webp": Format(
        muxer="webp",
        tags=False,
        encoder="libwebp_anim",
        longest=16383,
        square_pixels=True,
        pixel_format="yuv420p",
        alpha_pixel_format="yuva420p",
        options={"quality": "75", "compression_level": "2"},
        muxer_options={"loop": "0"},
        time_base=Fraction(1, 1000),
    ),
}
