"""Line charts as SVG: a few kilobytes of text that web pages and repositories show as they are."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

# Okabe and Ito's palette, told apart with every kind of colour vision; dashes tell without colours
STYLES = (("#5f6770", ""), ("#0072B2", ""), ("#D55E00", "7 3"), ("#009E73", "2 3"), ("#CC79A7", "9 3 2 3"))
INK, GRID, PAPER = "#24292f", "#d8dee4", "#ffffff"
PLOT = 350, 190  # width and height of a panel inside its axes
MARGIN = 62, 18, 34, 46  # left, right, top, bottom of a panel
LEGEND = 34


class Panel(NamedTuple):
    """One chart.

    Attributes:
        title: above it.
        label: of the vertical axis.
        lines: {name: values at x = 0, 1, 2, ...}; NaN leaves a gap. A name has one look in all panels.
        x: where the values stand instead, from left to right, from 0 up.
        x_label: under it, in the place of the one that all share.
    """

    title: str
    label: str
    lines: Mapping[str, Sequence[float]]
    x: Sequence[float] | None = None
    x_label: str | None = None


def line_charts(rows: Sequence[Sequence[Panel]], x_label: str) -> str:
    """Charts in rows under one legend, as the text of an .svg file.

    Args:
        rows: of panels, all of the same length.
        x_label: under every chart.
    """
    names = list(dict.fromkeys(name for row in rows for panel in row for name in panel.lines))
    styles = {name: STYLES[i % len(STYLES)] for i, name in enumerate(names)}
    left, right, top, bottom = MARGIN
    across, down = PLOT[0] + left + right, PLOT[1] + top + bottom
    width, height = across * max(len(row) for row in rows), down * len(rows) + LEGEND
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}">',
        f'<rect width="{width}" height="{height}" rx="6" fill="{PAPER}"/>',
        *_legend(styles, left),
    ]
    for i, row in enumerate(rows):
        for j, panel in enumerate(row):
            x, y = j * across + left, i * down + top + LEGEND
            parts += [f'<g transform="translate({x} {y})">', *_panel(panel, styles, x_label), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About `count` round numbers, evenly spaced, the first and last of which enclose low and high."""
    rough = max(high - low, 1e-9) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    return [i * step for i in range(math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9) + 1)]


def _legend(styles: Mapping[str, tuple[str, str]], x: float) -> list[str]:
    parts = []
    for name, style in styles.items():
        parts.append(f'<path d="M{x:.0f} 22h28" {_stroke(style)}/>')
        parts.append(f'<text x="{x + 34:.0f}" y="26" font-size="13">{escape(name)}</text>')
        x += 62 + 7.2 * len(name)
    return parts


def _panel(panel: Panel, styles: Mapping[str, tuple[str, str]], x_label: str) -> list[str]:
    width, height = PLOT
    known = [value for line in panel.lines.values() for value in line if not math.isnan(value)]
    y_ticks = ticks(min(known, default=0.0), max(known, default=1.0))
    longest = max([1, *(len(line) for line in panel.lines.values())])
    places = list(range(longest)) if panel.x is None else list(panel.x)
    last = places[-1]
    x_ticks = [tick for tick in ticks(0, max(1, last), 8) if tick <= last and tick == round(tick)]
    low, high = y_ticks[0], max(y_ticks[-1], y_ticks[0] + 1e-9)

    def at(x: float, y: float) -> tuple[float, float]:
        return x / max(1, last) * width, height - (y - low) / (high - low) * height

    parts = [f'<text x="{width / 2}" y="-12" text-anchor="middle" font-weight="600">{escape(panel.title)}</text>']
    for tick in y_ticks:
        y = at(0, tick)[1]
        parts.append(f'<path d="M0 {y:.1f}H{width}" stroke="{GRID}"/>')
        parts.append(f'<text x="-8" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for tick in x_ticks:
        parts.append(f'<text x="{at(tick, 0)[0]:.1f}" y="{height + 18}" text-anchor="middle">{tick:g}</text>')
    parts.append(
        f'<text x="{width / 2}" y="{height + 36}" text-anchor="middle">{escape(panel.x_label or x_label)}</text>'
    )
    middle = f'text-anchor="middle" transform="translate(-46 {height / 2}) rotate(-90)"'
    parts.append(f"<text {middle}>{escape(panel.label)}</text>")
    for name, line in panel.lines.items():
        points = [None if math.isnan(y) else at(x, y) for x, y in zip(places, line, strict=False)]
        parts.append(f'<path d="{_path(points)}" {_stroke(styles[name])}/>')
    return parts


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """Moves to where a line begins, lines from there until a gap."""
    commands, pen = [], "M"
    for point in points:
        if point is not None:
            commands.append(f"{pen}{point[0]:.1f} {point[1]:.1f}")
        pen = "M" if point is None else "L"
    return "".join(commands)


def _stroke(style: tuple[str, str]) -> str:
    colour, dashes = style
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"{dashed}'
