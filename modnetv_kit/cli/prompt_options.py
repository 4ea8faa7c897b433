"""Options for prompts: clicks, boxes, masks, trimaps."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..errors import InputError
from ..paths import is_folder

if TYPE_CHECKING:
    from ..inference import Prompt

Click = "X,Y[@SECONDS]"
Keep = Annotated[
    list[str] | None,
    typer.Option(metavar=Click, help="A pixel of the person to keep, counted from the top left; may be repeated."),
]
Remove = Annotated[
    list[str] | None, typer.Option(metavar=Click, help="A pixel to remove, from that time on; may be repeated.")
]
Box = Annotated[list[str] | None, typer.Option(metavar="X,Y,W,H", help="A box around the person in the first frame.")]
Mask = Annotated[Path | None, typer.Option(metavar="PNG", help="A mask of the person in the first frame, in white.")]
Trimap = Annotated[
    Path | None,
    typer.Option(metavar="PNG", help="A trimap of the first frame: white person, black background, grey unknown."),
]
Plate = Annotated[Path | None, typer.Option(metavar="PICTURE", help="A photo of the empty place.")]
Each = Annotated[
    bool, typer.Option("--each", help="Matte every --keep and --box as a separate person: OUT_1, OUT_2, ...")
]

What = Literal["keep", "remove"]
Said = dict[float, list[tuple[float, float, What]]]  # by seconds


def prompt_arguments(
    source: Path,
    start: float | None,
    end: float | None,
    *,
    keep: Sequence[str] | None,
    remove: Sequence[str] | None,
    box: Sequence[str] | None,
    mask: Path | None,
    trimap: Path | None,
    each: bool,
    fps: float | None = None,
) -> dict[str, Any]:
    """Convert the options to `prompts` or `targets` of `matte_video`.

    Args:
        source, start, end: the video, and the part of it to matte; times count from the video's beginning.
        keep, remove, box, mask, trimap, each: the options as given.
        fps: as for `matte_video`.

    Raises:
        InputError: an option that cannot be read, or a time that the video does not have.
    """
    from ..files import read_image
    from ..inference import Prompt

    clicks: Said = {}
    given: list[tuple[What, Sequence[str]]] = [("keep", keep or ()), ("remove", remove or ())]
    for what, texts in given:
        for text in texts:
            x, y, seconds = _click(f"--{what}", text)
            clicks.setdefault(start or 0.0 if seconds is None else seconds, []).append((x, y, what))
    boxes: list[Any] = [_numbers("--box", text, "X,Y,W,H") for text in box or ()]
    frames = {seconds: _frame_at(source, start, end, seconds, fps) for seconds in clicks}
    if each:
        if mask or trimap or any(frames.values()):
            raise InputError("--each takes clicks and boxes of the first frame; leave out masks, trimaps and times")
        return {"targets": _one_each([click for points in clicks.values() for click in points], boxes)}
    points: dict[int, list[tuple[float, float, What]]] = {}
    for seconds in sorted(clicks):
        points.setdefault(frames[seconds], []).extend(clicks[seconds])
    prompts = {frame: Prompt(clicked) for frame, clicked in points.items()}
    if boxes or mask or trimap:
        maps = {name: read_image(path, "L") for name, path in (("mask", mask), ("trimap", trimap)) if path}
        prompts[0] = Prompt(points.get(0, []), boxes, **maps)
    return {"prompts": prompts} if prompts else {}


def _one_each(clicks: Sequence[tuple[float, float, What]], boxes: Sequence[Any]) -> "list[Prompt]":
    """A prompt for every click that keeps and for every box; what is removed is removed from all."""
    from ..inference import Prompt

    removed = [click for click in clicks if click[2] == "remove"]
    kept = [click for click in clicks if click[2] == "keep"]
    people = [Prompt([*removed, click]) for click in kept] + [Prompt(removed, [box]) for box in boxes]
    if not people:
        raise InputError("--each needs a --keep or a --box for every person")
    return people


def _click(option: str, text: str) -> tuple[float, float, float | None]:
    place, at, time = text.partition("@")
    x, y = _numbers(option, place, Click)
    if not at:
        return x, y, None
    (seconds,) = _numbers(option, time, "SECONDS", text)
    return x, y, seconds


def _numbers(option: str, text: str, form: str, whole: str | None = None) -> tuple[float, ...]:
    """The numbers of a text such as "12,40", as many as `form` has."""
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != len(form.partition("[")[0].split(",")) or not all(map(math.isfinite, numbers)):
        wanted = Click if whole else form
        raise InputError(f"{option} takes {wanted} in pixels{' and seconds' * ('@' in wanted)}, not {whole or text!r}")
    return numbers


def _frame_at(source: Path, start: float | None, end: float | None, seconds: float, fps: float | None) -> int:
    """The first frame at or after a time, counted from `start`.

    Raises:
        InputError: there is none between `start` and `end`.
    """
    begin = start or 0.0
    if seconds == begin:
        return 0
    frames = _count(source, start, end, fps)
    if seconds < begin or (end is not None and seconds >= end):
        raise InputError(f"{seconds:g} s is outside the part from {begin:g} s to {'the end' if end is None else end}")
    before = _count(source, start, seconds, fps)
    if before >= frames:
        raise InputError(f"{seconds:g} s is past the end of {source}; its last frame is frame {frames - 1}")
    return before


def _count(source: Path, start: float | None, end: float | None, fps: float | None) -> int:
    """The number of frames that `matte_video` would matte."""
    from ..video import open_video
    from ..video.lowered import lowered

    if is_folder(source):
        return len(open_video(source, start, end, fps=fps))
    return len(lowered(open_video(source, start, end), rate=fps))
