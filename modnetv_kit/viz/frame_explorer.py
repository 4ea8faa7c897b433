"""Maps of a clip side by side, with a slider over the frames and a play button."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from .images import limit_width, picture_trace
from .style import GAP, GRID, INK, styled

TITLE, CONTROLS, BUTTONS = 24, 90, 96  # pixels: height of titles and slider, width of the buttons beside it
EDGE = 2  # pixels: margin for the outer borders


def frame_explorer(
    maps: Mapping[str, Sequence[np.ndarray] | np.ndarray],
    *,
    every: int = 1,
    start: int = 0,
    columns: int = 4,
    width: int = 1040,
    frame_ms: int = 80,
    quality: int = 80,
) -> go.Figure:
    """Maps of a clip side by side, with one slider for all.

    Pictures are embedded as JPEG or PNG: 48 frames of 512 x 288 with 8 maps take a few megabytes. All maps are shown in
    the shape of the first. Small ones (s_p, the flaw map) keep their cells visible, and large ones have no more pixels
    than a screen shows.

    Args:
        maps: title -> T pictures or maps: (H, W, 3) or (H, W); uint8 in [0, 255], float in [0, 1], or bool.
        every: step between shown frames, which keep their numbers.
        start: initial frame, or the nearest shown frame before it.
        columns: maximum number of maps per row.
        width: of the figure in pixels.
        frame_ms: milliseconds per frame during playback.
        quality: of the JPEGs, 1 to 95.

    Raises:
        ValueError: there are no maps, or they differ in length.
    """
    lengths = {title: len(frames) for title, frames in maps.items()}
    if not lengths or len(set(lengths.values())) != 1 or not next(iter(lengths.values())):
        raise ValueError(f"every map needs the same number of frames, at least one; got {lengths}")
    times = range(0, next(iter(lengths.values())), every)
    shape = next(iter(maps.values()))[0].shape
    columns = min(columns, len(maps))
    rows = -(-len(maps) // columns)
    cell = (width - GAP * (columns - 1)) / columns
    max_width = round(1.5 * cell)
    traces = [
        [
            picture_trace(limit_width(frames[t], max_width), shape, quality, _axis_suffix(number))
            for number, frames in enumerate(maps.values())
        ]
        for t in times
    ]
    active = min(start // every, len(times) - 1)
    figure = go.Figure(
        traces[active],
        frames=[
            go.Frame(data=data, name=str(t), traces=list(range(len(maps))))
            for t, data in zip(times, traces, strict=True)
        ],
    )
    picture = cell * shape[0] / shape[1]
    height = rows * picture + (rows - 1) * TITLE
    for number, title in enumerate(maps):
        row, column = divmod(number, columns)
        left, top = column * (cell + GAP) / width, 1 - row * (picture + TITLE) / height
        suffix = _axis_suffix(number)
        axis = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": "", "fixedrange": True}
        axis |= {"showline": True, "mirror": True}  # a thin border sets white maps off from a white page
        figure.layout[f"xaxis{suffix}"] = axis | {
            "domain": [left, min(1, left + cell / width)],
            "range": [0, shape[1]],
            "anchor": f"y{suffix}",
        }
        figure.layout[f"yaxis{suffix}"] = axis | {
            "domain": [max(0, top - picture / height), top],
            "range": [shape[0], 0],
            "anchor": f"x{suffix}",
        }
        figure.add_annotation(
            text=title, x=left, y=top, xref="paper", yref="paper", xanchor="left", yanchor="bottom", showarrow=False
        )
    figure.update_layout(
        width=width,
        height=height + TITLE + CONTROLS,
        margin={"l": EDGE, "r": EDGE, "t": TITLE, "b": CONTROLS},
        sliders=[_slider(times, active, width)],
        updatemenus=[_play_button(frame_ms)],
    )
    return styled(figure)


def without_frames(figure: go.Figure) -> go.Figure:
    """Adapt a `frame_explorer` to pages that drop animation frames, such as Gradio's; changes and returns `figure`.

    The slider then swaps the pictures itself. Without frames, playback is impossible, so the buttons are removed.
    """
    slider = figure.layout.sliders[0]
    slider.x, slider.len = 0, 1  # use the space of the buttons
    for step, frame in zip(slider.steps, figure.frames, strict=True):
        step.method = "restyle"
        step.args = [{"source": [trace.source for trace in frame.data]}, list(frame.traces)]
    figure.frames, figure.layout.updatemenus = (), ()
    return figure


def _axis_suffix(number: int) -> str:
    """The suffix of an axis in plotly: x, x2, x3, ..."""
    return "" if number == 0 else str(number + 1)


def _slider(times: range, active: int, width: int) -> dict[str, object]:
    immediate = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    return {
        "steps": [{"method": "animate", "label": str(t), "args": [[str(t)], immediate]} for t in times],
        "active": active,
        "currentvalue": {"prefix": "frame ", "xanchor": "left"},
        "x": BUTTONS / width,
        "len": 1 - BUTTONS / width,
        "y": 0,
        "pad": {"t": 10, "b": 0},
        "transition": {"duration": 0},
        "bgcolor": GRID,
        "activebgcolor": INK,
        "bordercolor": INK,
        "tickcolor": INK,
        "font": {"size": 11},
    }


def _play_button(frame_ms: int) -> dict[str, object]:
    play = {"mode": "immediate", "fromcurrent": True, "transition": {"duration": 0}}
    play["frame"] = {"duration": frame_ms, "redraw": True}
    stop = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}}
    return {
        "type": "buttons",
        "direction": "left",
        "showactive": False,
        "buttons": [
            {"label": "▶", "method": "animate", "args": [None, play]},
            {"label": "❚❚", "method": "animate", "args": [[None], stop]},
        ],
        "x": 0,
        "y": 0,
        "xanchor": "left",
        "yanchor": "top",
        "pad": {"t": 24},
        "bordercolor": INK,
    }
