"""Line charts as SVG from matplotlib, with text as text and the same file for the same data."""

import io
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

from ..errors import InputError

# Okabe and Ito's palette, distinct for every kind of colour vision; dashes distinguish lines without colours.
STYLES: tuple[tuple[str, Any], ...] = (
    ("#5f6770", "-"),
    ("#0072B2", "-"),
    ("#D55E00", "--"),
    ("#009E73", ":"),
    ("#CC79A7", "-."),
)
PANEL = 4.3, 2.7  # width and height of a panel in inches


class Panel(NamedTuple):
    """One chart.

    Attributes:
        title: above the chart.
        label: label of the vertical axis.
        lines: {name: values at x = 0, 1, 2, ...}; NaN leaves a gap. A name keeps its style in all panels.
        x: other x values, in ascending order.
        x_label: label of the horizontal axis, instead of the shared one.
    """

    title: str
    label: str
    lines: Mapping[str, Sequence[float]]
    x: Sequence[float] | None = None
    x_label: str | None = None


def require_matplotlib() -> None:
    """Check that charts can be drawn; call it before measuring.

    Raises:
        InputError: matplotlib is not installed.

    Examples:
        >>> import sys
        >>> from unittest.mock import patch
        >>> with patch.dict(sys.modules, matplotlib=None):  # as if it were not installed
        ...     require_matplotlib()
        Traceback (most recent call last):
            ...
        modnetv_kit.errors.InputError: charts need matplotlib: pip install "modnetv-kit[docs]"
    """
    if find_spec("matplotlib") is None:
        raise InputError('charts need matplotlib: pip install "modnetv-kit[docs]"')


def line_charts(rows: Sequence[Sequence[Panel]], x_label: str) -> str:
    """Draw charts in rows under one legend.

    Args:
        rows: rows of panels, all of the same length.
        x_label: label of the horizontal axes.

    Returns:
        The text of an .svg file.

    Raises:
        InputError: matplotlib is not installed.

    Examples:
        >>> svg = line_charts([[Panel("Camera at rest", "MAD x 1e3", {"off": [4.0, 5.0]})]], "frame")
        >>> svg.startswith("<svg"), "Camera at rest" in svg
        (True, True)
    """
    require_matplotlib()
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    names = list(dict.fromkeys(name for row in rows for panel in row for name in panel.lines))
    styles = {name: STYLES[i % len(STYLES)] for i, name in enumerate(names)}
    columns = max(len(row) for row in rows)
    # fixed ids, lines without simplification, and searchable text
    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "modnetv_kit",
        "path.simplify": False,
        "font.size": 9,
    }
    with rc_context(settings):
        figure = Figure((PANEL[0] * columns, PANEL[1] * len(rows) + 0.4), layout="constrained")
        axes = figure.subplots(len(rows), columns, squeeze=False)
        for row, across in zip(rows, axes, strict=True):
            for panel, axis in zip(row, across, strict=True):
                for name, line in panel.lines.items():
                    places = range(len(line)) if panel.x is None else panel.x
                    axis.plot(places, line, color=styles[name][0], linestyle=styles[name][1])
                axis.set(title=panel.title, ylabel=panel.label, xlabel=panel.x_label or x_label)
                axis.grid(alpha=0.3)
                axis.spines[["top", "right"]].set_visible(False)
        handles = [Line2D([], [], color=colour, linestyle=dashes) for colour, dashes in styles.values()]
        figure.legend(handles, names, loc="outside upper left", ncols=max(1, len(names)), frameon=False)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    return text[text.index("<svg") :]
