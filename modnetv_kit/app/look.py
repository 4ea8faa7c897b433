"""The look of a result: background, edges, shape, size and format, which change without matting again."""

from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..inference.edges import UNCHANGED, Edges

EXPORT_SUFFIXES = {"mp4": ".mp4", "mov": ".mov", "webm": ".webm", "png": "", "gif": ".gif", "webp": ".webp"}
ANIMATIONS = ("gif", "webp")
MAX_ANIMATION = 10.0  # seconds
SHAPES = ("source", "9:16")


@dataclass(frozen=True)
class Look:
    """The look of a matted video, in plain values, so that it can be sent to another process.

    Attributes:
        background: one of `uploads.KINDS`.
        colour: for "colour", see `uploads.parse_colour`.
        file: for "picture" and "video".
        form: one of `EXPORT_SUFFIXES`.
        size: maximum long side in pixels; None for the source's.
        shape: one of `SHAPES`; "9:16" is an upright crop that follows the person.
        edges: of the matte, in pixels of the source.

    Raises:
        InputError: the format or shape is unknown, or the format cannot be transparent.
    """

    background: str = "colour"
    colour: str | None = None
    file: Path | None = None
    form: str = "mp4"
    size: int | None = None
    shape: str = "source"
    edges: Edges = UNCHANGED

    def __post_init__(self) -> None:
        if self.form not in EXPORT_SUFFIXES:
            raise InputError(f"there is no format {self.form!r}; choose one of {', '.join(EXPORT_SUFFIXES)}")
        if self.shape not in SHAPES:
            raise InputError(f"there is no shape {self.shape!r}; choose one of {', '.join(SHAPES)}")
        if self.background == "transparent" and self.form == "mp4":
            raise InputError("MP4 cannot be transparent; choose MOV, WebM, GIF, WebP or PNG pictures")

    def check_length(self, seconds: float) -> None:
        """Raise InputError if the video is too long for the format."""
        if self.form in ANIMATIONS and seconds > MAX_ANIMATION + 0.1:
            raise InputError(
                f"GIF and animated WebP are for up to {MAX_ANIMATION:g} s, but this part has {seconds:.0f} s; "
                "choose a start and an end, or a video format"
            )
