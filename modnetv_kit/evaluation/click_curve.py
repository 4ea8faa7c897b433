"""The number of clicks per person: the error after one click, two, and so on."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .. import __version__
from ..models import MODNetV
from .clip_folders import list_clips
from .metrics import mad
from .pages import check_page_path, shown_path, write_page
from .prompted import click_by_click
from .svg_chart import Panel, line_charts
from .table import markdown
from .video_clip import open_any_clip

GOAL = 5.0  # MAD x 1e3 below which no correction is needed
MOST = 6
TEXT = """\
# How many clicks a person takes

The first click is in the middle of the person in the first frame. Each of the others is put in the middle of the
largest error of the frame that was worst, keeps or removes what is there, and holds from that frame on. Then the clip
is matted again from its start. A person whose MAD is {goal:g} or less gets no more clicks. Made by
modnetv_kit {version}.

```bash
modnetv eval --data CLIPS --weights WEIGHTS --clicks {path}
```

![MAD after one click and more]({svg})

MAD is x 1e3 over the whole clip, mean over {people} people:

{table}
{reached} of {people} people reached MAD {goal:g} within {most} clicks, after {clicks} on average.
"""


def click_curve(
    model: MODNetV, folder: Path, most: int = MOST, progress: Callable[[int, int], None] | None = None
) -> dict[str, list[float]]:
    """MAD x 1e3 over the clip after 1 to `most` clicks, for each person of the clips in `folder`.

    Clicking ends where the error reaches `GOAL`; from there on it stays.

    Args:
        model: the weights under test, in eval mode.
        folder: see `list_clips`. People with their own true alpha are a row each; otherwise each clip is a row.
        most: largest number of clicks.
        progress: called with the number of runs done and in total.

    Raises:
        DataError: no clips, or an unusable one.

    Examples:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for path in (Path(folder, "a/frames/0.png"), Path(folder, "a/alpha/0.png")):
        ...         path.parent.mkdir(parents=True)
        ...         Image.new("L", (32, 32), 255).save(path)
        ...     curves = click_curve(MODNetV().eval(), Path(folder), most=2)
        >>> {name: len(errors) for name, errors in curves.items()}
        {'a': 2}
    """
    found = list_clips(folder)
    clips = [open_any_clip(clip) for clip in found if clip.person] or [open_any_clip(clip) for clip in found]
    curves: dict[str, list[float]] = {}
    for clip in clips:
        truths = [clip.read_alpha(index) for index in range(len(clip))]
        curves[clip.name] = []
        for alphas in click_by_click(model, clip, most):
            errors = [mad(alpha, truth) for alpha, truth in zip(alphas, truths, strict=True)]
            curves[clip.name].append(float(np.mean(errors)))
            if curves[clip.name][-1] <= GOAL:
                curves[clip.name] += curves[clip.name][-1:] * (most - len(curves[clip.name]))
            if progress:
                progress(sum(map(len, curves.values())), len(clips) * most)
            if len(curves[clip.name]) == most:
                break
    return curves


def clicks_to_goal(curve: list[float], goal: float = GOAL) -> float:
    """The number of clicks after which a curve reaches the goal; NaN if never.

    Examples:
        >>> clicks_to_goal([9.0, 6.0, 4.0]), clicks_to_goal([9.0, 6.0])
        (3.0, nan)
    """
    return next((float(number) for number, error in enumerate(curve, 1) if error <= goal), math.nan)


def write_click_curve(curves: dict[str, list[float]], path: Path) -> Path:
    """Write the mean of the curves as Markdown, and its plot beside it as SVG; returns the SVG file.

    Raises:
        InputError: not a .md file.
        OutputError: a file cannot be written.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     svg = write_click_curve({"a/1": [9.0, 4.0], "a/2": [8.0, 6.0]}, Path(folder, "clicks.md"))
        ...     svg.name, "1 of 2 people reached MAD 5 within 2 clicks" in Path(folder, "clicks.md").read_text()
        ('clicks.svg', True)
    """
    check_click_path(path)
    values = np.array(list(curves.values()))
    needed = np.array([clicks_to_goal(curve) for curve in curves.values()])
    numbers = range(1, 1 + values.shape[1])
    reached = needed[np.isfinite(needed)]
    rows = [
        [str(number), f"{np.mean(needed <= number):.0%}", f"{np.mean(errors):.2f}", f"{np.median(errors):.2f}"]
        for number, errors in zip(numbers, values.T, strict=True)
    ]
    text = TEXT.format(
        version=__version__,
        path=shown_path(path),
        svg=path.with_suffix(".svg").name,
        people=len(curves),
        table=markdown(["clicks", f"people at MAD {GOAL:g} by then", "MAD, mean", "MAD, median"], rows),
        reached=len(reached),
        goal=GOAL,
        most=values.shape[1],
        clicks=f"{reached.mean():.1f}" if len(reached) else "-",
    )
    lines = {"mean": values.mean(0).tolist(), "median": np.median(values, 0).tolist()}
    chart = line_charts([[Panel("Correcting a person", "MAD x 1e3", lines, x=list(numbers))]], "clicks")
    return write_page(path, text, chart)


def check_click_path(path: Path) -> None:
    """Raise InputError or OutputError unless the page can be written to `path`; call it before measuring.

    Examples:
        >>> check_click_path(Path("clicks.pdf"))
        Traceback (most recent call last):
            ...
        modnetv_kit.errors.InputError: clicks.pdf: the clicks are written as Markdown; give a name that ends in .md
    """
    check_page_path(path, "the clicks are")
