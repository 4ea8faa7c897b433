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

CLICK_FORMAT = "X,Y[@SECONDS]"
Keep = Annotated[
    list[str] | None,
    typer.Option(metavar=CLICK_FORMAT, help="A pixel of the person to keep, from the top left; may be repeated."),
]
Remove = Annotated[
    list[str] | None, typer.Option(metavar=CLICK_FORMAT, help="A pixel to remove from that time on; may be repeated.")
]
Box = Annotated[list[str] | None, typer.Option(metavar="X,Y,W,H", help="A box around the person in the first frame.")]
Mask = Annotated[Path | None, typer.Option(metavar="PNG", help="A mask of the person in the first frame, in white.")]
Trimap = Annotated[
    Path | None,
    typer.Option(metavar="PNG", help="A trimap of the first frame: white person, black background, grey unknown."),
]
Plate = Annotated[Path | None, typer.Option(metavar="PICTURE", help="A photo of the empty scene (clean plate).")]
Each = Annotated[
    bool, typer.Option("--each", help="Matte every --keep and --box as a separate person: OUT_1, OUT_2, ...")
]

ClickKind = Literal["keep", "remove"]
Clicks = list[tuple[float, float, ClickKind]]


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
        source, start, end: the video, and its range to matte; times are from the video's beginning.
        keep, remove, box, mask, trimap, each: the options as given.
        fps: as for `matte_video`.

    Raises:
        InputError: an option is malformed, or a time is outside the video.
    """
    from ..files import read_image
    from ..inference import Prompt

    clicks: dict[float, Clicks] = {}  # by seconds
    given: list[tuple[ClickKind, Sequence[str]]] = [("keep", keep or ()), ("remove", remove or ())]
    for kind, texts in given:
        for text in texts:
            x, y, seconds = _click(f"--{kind}", text)
            clicks.setdefault(start or 0.0 if seconds is None else seconds, []).append((x, y, kind))
    boxes: list[Any] = [_numbers("--box", text, "X,Y,W,H") for text in box or ()]
    frames = {seconds: _frame_at(source, start, end, seconds, fps) for seconds in clicks}
    if each:
        if mask or trimap or any(frames.values()):
            raise InputError("--each takes clicks and boxes of the first frame; leave out masks, trimaps and times")
        return {"targets": _separate_prompts([click for points in clicks.values() for click in points], boxes)}
    points: dict[int, Clicks] = {}
    for seconds in sorted(clicks):
        points.setdefault(frames[seconds], []).extend(clicks[seconds])
    prompts = {frame: Prompt(clicked) for frame, clicked in points.items()}
    if boxes or mask or trimap:
        maps = {name: read_image(path, "L") for name, path in (("mask", mask), ("trimap", trimap)) if path}
        prompts[0] = Prompt(points.get(0, []), boxes, **maps)
    return {"prompts": prompts} if prompts else {}


def _separate_prompts(clicks: Clicks, boxes: Sequence[Any]) -> "list[Prompt]":
    """A prompt for every "keep" click and every box; "remove" clicks are part of all prompts."""
    from ..inference import Prompt

    removed = [click for click in clicks if click[2] == "remove"]
    kept = [click for click in clicks if click[2] == "keep"]
    people = [Prompt([*removed, click]) for click in kept] + [Prompt(removed, [box]) for box in boxes]
    if not people:
        raise InputError("--each needs a --keep or a --box for every person")
    return people


def _click(option: str, text: str) -> tuple[float, float, float | None]:
    position, at, time = text.partition("@")
    x, y = _numbers(option, position, CLICK_FORMAT)
    if not at:
        return x, y, None
    (seconds,) = _numbers(option, time, "SECONDS", text)
    return x, y, seconds


def _numbers(option: str, text: str, form: str, whole: str | None = None) -> tuple[float, ...]:
    """The numbers in text such as "12,40"; there must be as many as in `form`."""
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != len(form.partition("[")[0].split(",")) or not all(map(math.isfinite, numbers)):
        expected = CLICK_FORMAT if whole else form
        raise InputError(
            f"{option} takes {expected} in pixels{' and seconds' * ('@' in expected)}, not {whole or text!r}"
        )
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
