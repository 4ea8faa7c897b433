"""The ablation of background restoration: the same weights with B off, under both rules, and with the true plate."""

import math
from pathlib import Path

import numpy as np

from .. import __version__
from ..errors import InputError
from ..files import output_error
from .benchmark import Evaluation, mean_scores
from .clip_metrics import Scores, clip_means
from .pages import check_page_path, shown_path, write_page
from .svg_chart import Panel, line_charts
from .table import markdown, number

ABLATION = ("off", "accumulate", "refresh", "plate")
FRAMES = 32
SPANS = ((0, 0), (1, 3), (4, 7), (8, 15), (16, 31))
GROUPS = {"static": "camera at rest", "moving": "camera moves"}
KEPT = "<!-- What stands below this line is kept when the figures are made anew. -->"
TEXT = """\
# What background restoration is worth

The same weights on the same clips, as a plain network in fp32 with four uses of B's memory (made by modnetv_kit
{version}):

- **off**: the memory is emptied before every frame, so the network sees single images; - **accumulate**: the paper's
rule; a restored cell never changes again; - **refresh**: restored cells follow the current frame; - **plate**: bgF is
computed from the clip's true background, and bgM is 1 wherever it is known. This is the upper bound
  of what restoration can gain with these weights.

```bash
modnetv eval --data CLIPS --weights WEIGHTS --ablation {path}
```

MAD is x 1e3 and dtSSD x 1e2, {first_frame}. Lower is better.

## Means over clips

{means}
## Over time

![MAD and dtSSD over frames, camera at rest and moving]({svg})

MAD, means over clips and over ranges of frames:

{spans}
Share of the frame that is restored (bgM), and PSNR of the restored background in dB:

{restored}
"""


def write_ablation(evaluation: Evaluation, path: Path) -> Path:
    """Write the ablation as Markdown, and its plot beside it as SVG.

    Args:
        evaluation: results of all methods in `ABLATION`, on clips with static or moving in their names; HD clips are
            left out.
        path: the Markdown file. If it exists, the text below its marker line is kept.

    Returns:
        The SVG file.

    Raises:
        InputError: not a .md file, or no clip measured by all four methods.
        OutputError: a file cannot be written.

    Examples:
        >>> import tempfile
        >>> errors = {"MAD": [4.0, 5.0], "dtSSD": [None, 1.0]}
        >>> clips = {"00_static": dict.fromkeys(ABLATION, errors)}
        >>> evaluation = Evaluation(clips, {"00_static": ["all", "static"]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     svg = write_ablation(evaluation, Path(folder, "ablation.md"))
        ...     svg.name, "| camera at rest (1) | off | 4.50 |" in Path(folder, "ablation.md").read_text()
        ('ablation.svg', True)
    """
    check_ablation_path(path)
    groups = {
        group: [
            clip
            for clip, by_method in evaluation.over_time.items()
            if group in evaluation.groups[clip] and set(ABLATION) <= by_method.keys()
        ]
        for group in GROUPS
    }
    groups = {group: clips for group, clips in groups.items() if clips}
    if not groups:
        raise InputError(
            "the ablation needs clips with a background/, of less than 1280 pixels, whose names say static or moving; "
            "none was measured by all of " + ", ".join(ABLATION)
        )
    curves = {
        (group, metric): {name: _over_time(evaluation, clips, name, metric) for name in ABLATION}
        for group, clips in groups.items()
        for metric in ("MAD", "dtSSD", "bgM %", "bg PSNR")
    }
    text = TEXT.format(
        version=__version__,
        path=shown_path(path),
        svg=path.with_suffix(".svg").name,
        first_frame="its first frame counted as 0" if evaluation.first_dtssd_is_zero else "without the first frame",
        means=_means_table(evaluation, groups),
        spans=_spans_table(curves, groups),
        restored=_restored_table(curves, groups),
    )
    rows = [
        [Panel(GROUPS[group], f"{metric} {unit}", curves[group, metric]) for group in groups]
        for metric, unit in (("MAD", "x 1e3"), ("dtSSD", "x 1e2"))
    ]
    try:
        kept = path.read_text(encoding="utf-8").partition(KEPT)[2] if path.exists() else "\n"
    except OSError as error:
        raise output_error(path, error) from None
    return write_page(path, text + "\n" + KEPT + kept, line_charts(rows, "frame"))


def check_ablation_path(path: Path) -> None:
    """Raise InputError or OutputError unless the ablation can be written to `path`; call it before measuring.

    Examples:
        >>> check_ablation_path(Path("ablation.pdf"))
        Traceback (most recent call last):
            ...
        modnetv_kit.errors.InputError: ablation.pdf: the ablation is written as Markdown; give a name that ends in .md
    """
    check_page_path(path, "the ablation is")


def _over_time(evaluation: Evaluation, clips: list[str], method: str, metric: str) -> list[float]:
    """The mean over clips for every frame; clips without a value there are left out."""
    series = [evaluation.over_time[clip][method].get(metric, [])[:FRAMES] for clip in clips]
    frames = [[values[i] for values in series if i < len(values)] for i in range(max(map(len, series)))]
    known = [[value for value in values if value is not None] for values in frames]
    return [float(np.mean(values)) if values else math.nan for values in known]


def _means_table(evaluation: Evaluation, groups: dict[str, list[str]]) -> str:
    rows = []
    for group, clips in groups.items():
        by_method = {
            name: mean_scores(
                [clip_means(evaluation.over_time[clip][name], evaluation.first_dtssd_is_zero) for clip in clips]
            )
            for name in ABLATION
        }
        for name, scores in by_method.items():
            mad, *others = (number(scores, metric) for metric in ("MAD", "MSE", "Grad", "Conn", "dtSSD"))
            change = [_change(scores, by_method["off"], metric) for metric in ("MAD", "dtSSD")]
            where = f"{GROUPS[group]} ({len(clips)})"
            rows.append([where, name, mad, *others, *(["", ""] if name == "off" else change)])
    return markdown(["clips", "B", "MAD", "MSE", "Grad", "Conn", "dtSSD", "MAD against off", "dtSSD against off"], rows)


def _spans_table(curves: dict[tuple[str, str], dict[str, list[float]]], groups: dict[str, list[str]]) -> str:
    rows = [
        [GROUPS[group], name, *(_span(curves[group, "MAD"][name], first, last) for first, last in SPANS)]
        for group in groups
        for name in ABLATION
    ]
    return markdown(["clips", "B", *(f"{a}" if a == b else f"{a} to {b}" for a, b in SPANS)], rows)


def _restored_table(curves: dict[tuple[str, str], dict[str, list[float]]], groups: dict[str, list[str]]) -> str:
    shown = [0, 8, 16, 24, FRAMES - 1]
    rows = [
        [
            GROUPS[group],
            name,
            *(f"{_span(curves[group, 'bgM %'][name], i, i)} %" for i in shown),
            *(_span(curves[group, "bg PSNR"][name], i, i) for i in shown[:-1]),
        ]
        for group in groups
        for name in ("accumulate", "refresh")
    ]
    frames = [f"bgM, frame {i}" for i in shown] + [f"dB, frame {i}" for i in shown[:-1]]
    return markdown(["clips", "B", *frames], rows)


def _span(values: list[float], first: int, last: int) -> str:
    known = [value for value in values[first : last + 1] if not math.isnan(value)]
    return f"{np.mean(known):.2f}" if known else "-"


def _change(scores: Scores, reference: Scores, metric: str) -> str:
    if not reference.get(metric):
        return "-"
    return f"{(scores[metric] / reference[metric] - 1) * 100:+.1f} %"
