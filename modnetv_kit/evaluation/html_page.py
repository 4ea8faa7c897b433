"""A page that needs no other file: all methods in one table, and the worst frame of each on every clip."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from .. import __version__
from ..errors import InputError
from ..files import check_parent, output_error, replace_file
from .benchmark import Evaluation
from .field_table import ABOUT, LEGEND, Row, field_rows, shown_errors
from .table import UNITS, number
from .worst_frames import WorstFrame

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Matting methods compared</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .3rem .7rem; text-align: left; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, \
transparent); }}
.number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
tbody th {{ font-weight: 400; max-width: 16rem; overflow-wrap: anywhere; }}
.best {{ font-weight: 700; }}
.frames {{ display: flex; gap: 1rem; overflow-x: auto; padding-bottom: 1rem; }}
figure {{ margin: 0; flex: 0 0 240px; }}
figure img {{ display: block; width: 240px; height: auto; margin-bottom: 4px; }}
figcaption {{ font-size: 13px; overflow-wrap: anywhere; }}
</style>
</head>
<body>
<h1>Matting methods compared</h1>
<p>Made by modnetv_kit {version}. {units}. Lower is better; the lowest is bold. {legend}</p>
<h2>Worst frames</h2>
<p>For each method the frame with its largest MAD. From top to bottom: the frame, the person by the true alpha, and by \
the method's alpha, on green.</p>
{clips}
<h2>Means over clips</h2>
{tables}
</body>
</html>
"""


def check_html_path(path: Path) -> None:
    """Raise InputError or OutputError unless a page can be written to `path`; call it before measuring.

    Examples:
        >>> check_html_path(Path("page.pdf"))
        Traceback (most recent call last):
            ...
        modnetv_kit.errors.InputError: page.pdf: the page is HTML; give a name that ends in .html
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"{path}: the page is HTML; give a name that ends in .html")
    check_parent(path)


def write_html(evaluation: Evaluation, worst: dict[str, dict[str, WorstFrame]], path: Path) -> None:
    """Write the page: pictures first, because people look before they read.

    Args:
        evaluation: the results.
        worst: from `find_worst_frames`.
        path: an .html file.

    Raises:
        InputError: not an .html file.
        OutputError: the file cannot be written.

    Examples:
        >>> import tempfile
        >>> evaluation = Evaluation({"a": {"off": {"MAD": [4.0, 5.0]}}}, {"a": ["all"]}, methods={"off": object()})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_html(evaluation, {"a": {"off": WorstFrame(1, 5.0, b"", b"", b"")}}, Path(folder, "page.html"))
        ...     "all but hd" in Path(folder, "page.html").read_text()
        True
    """
    check_html_path(path)
    first = "its first frame counted as 0" if evaluation.first_dtssd_is_zero else "without the first frame"
    text = PAGE.format(
        version=__version__,
        units=escape(UNITS.format(first_frame=first)),
        legend=escape(LEGEND),
        clips="\n".join(_clip(name, frames) for name, frames in worst.items()),
        tables="\n".join(_table(group, rows) for group, rows in field_rows(evaluation).items()),
    )
    try:
        replace_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    except OSError as error:
        raise output_error(path, error) from None


def _clip(name: str, frames: dict[str, WorstFrame]) -> str:
    figures = "\n".join(_figure(method, frame) for method, frame in frames.items())
    return f'<h3>{escape(name)}</h3>\n<div class="frames" tabindex="0">\n{figures}\n</div>'


def _figure(method: str, frame: WorstFrame) -> str:
    texts = (
        f"frame {frame.place}",
        f"frame {frame.place}, the person by the true alpha",
        f"frame {frame.place}, the person by {method}",
    )
    pictures = "".join(
        f'<img alt="{escape(text)}" src="data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}">'
        for text, jpeg in zip(texts, (frame.frame, frame.true, frame.predicted), strict=True)
    )
    caption = f"<b>{escape(method)}</b>, frame {frame.place}, MAD {frame.mad:.2f}"
    return f"<figure>{pictures}<figcaption>{caption}</figcaption></figure>"


def _table(group: str, rows: Sequence[Row]) -> str:
    """The table of one group of clips."""
    shown = shown_errors(rows)
    best = {metric: min(row.scores[metric] for row in rows if metric in row.scores) for metric in shown}
    numeric = {"parameters", "multiply-adds", "frames/s", *shown}
    head = "".join(f'<th scope="col"{_numeric(name in numeric)}>{name}</th>' for name in ("method", *ABOUT, *shown))
    body = []
    for row in rows:
        about = "".join(
            f"<td{_numeric(name in numeric)}>{escape(text)}</td>" for name, text in zip(ABOUT, row.about(), strict=True)
        )
        errors = "".join(
            f"<td{_numeric(True, row.scores.get(metric) == best[metric])}>{number(row.scores, metric)}</td>"
            for metric in shown
        )
        body.append(f'<tr><th scope="row">{escape(row.method)}</th>{about}{errors}</tr>')
    rows_text = "\n".join(body)
    return (
        f'<h3>{escape(group)}</h3>\n<div class="wide" tabindex="0"><table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows_text}\n</tbody></table></div>"
    )


def _numeric(yes: bool, best: bool = False) -> str:
    if not yes:
        return ""
    return ' class="number best"' if best else ' class="number"'
