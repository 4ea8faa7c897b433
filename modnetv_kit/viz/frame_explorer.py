"""Maps of a clip side by side, with a slider over the frames and a play button."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from .images import at_most, picture_trace
from .style import GAP, GRID, INK, styled

TITLE, CONTROLS, BUTTONS = 24, 90, 96  # pixels: height of titles and of the slider, width of the buttons beside it
EDGE = 2  # pixels: room for the outer lines of the pictures' frames


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
    """Maps of a clip side by side with one slider.

    The pictures travel encoded: 48 frames of 512 x 288 with 8 maps take some megabytes. Maps of different sizes are
    shown at the shape of the first; small ones (s_p, the flaw map) keep their cells visible, and large ones carry no
    more pixels than a screen shows.

    Args:
        maps: title -> T pictures or maps: (H, W, 3) or (H, W); uint8 in [0, 255], float in [0, 1], or bool.
        every: step between the frames that are shown; they keep their numbers.
        start: the frame to show first, or the nearest shown frame before it.
        columns: maximal number of maps a row.
        width: of the figure in pixels.
        frame_ms: milliseconds a frame while playing.
        quality: of the JPEGs, 1 to 95.

    Raises:
        ValueError: no maps, or maps of different lengths.
    """
    lengths = {title: len(frames) for title, frames in maps.items()}
    if not lengths or len(set(lengths.values())) != 1 or not next(iter(lengths.values())):
        raise ValueError(f"every map needs the same number of frames, at least one; got {lengths}")
    times = range(0, next(iter(lengths.values())), every)
    shape = next(iter(maps.values()))[0].shape
    columns = min(columns, len(maps))
    rows = -(-len(maps) // columns)
    cell = (width - GAP * (columns - 1)) / columns
    most = round(1.5 * cell)
    traces = [
        [
            picture_trace(at_most(frames[t], most), shape, quality, _axis(place))
            for place, frames in enumerate(maps.values())
        ]
        for t in times
    ]
    at = min(start // every, len(times) - 1)
    figure = go.Figure(
        traces[at],
        frames=[
            go.Frame(data=data, name=str(t), traces=list(range(len(maps))))
            for t, data in zip(times, traces, strict=True)
        ],
    )
    picture = cell * shape[0] / shape[1]
    height = rows * picture + (rows - 1) * TITLE
    for place, title in enumerate(maps):
        row, column = divmod(place, columns)
        left, top = column * (cell + GAP) / width, 1 - row * (picture + TITLE) / height
        number = _axis(place)
        axis = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": "", "fixedrange": True}
        axis |= {"showline": True, "mirror": True}  # a thin frame, or white maps would melt into a white page
        figure.layout[f"xaxis{number}"] = axis | {
            "domain": [left, min(1, left + cell / width)],
            "range": [0, shape[1]],
            "anchor": f"y{number}",
        }
        figure.layout[f"yaxis{number}"] = axis | {
            "domain": [max(0, top - picture / height), top],
            "range": [shape[0], 0],
            "anchor": f"x{number}",
        }
        figure.add_annotation(
            text=title, x=left, y=top, xref="paper", yref="paper", xanchor="left", yanchor="bottom", showarrow=False
        )
    figure.update_layout(
        width=width,
        height=height + TITLE + CONTROLS,
        margin={"l": EDGE, "r": EDGE, "t": TITLE, "b": CONTROLS},
        sliders=[_slider(times, at, width)],
        updatemenus=[_play_button(frame_ms)],
    )
    return styled(figure)


def without_frames(figure: go.Figure) -> go.Figure:
    """A `frame_explorer` for pages that drop a figure's animation frames, as Gradio's do.

    The slider then changes the pictures by itself. Without frames there is nothing to play, so the buttons are removed.
    """
    slider = figure.layout.sliders[0]
    slider.x, slider.len = 0, 1  # the buttons stood beside it
    for step, frame in zip(slider.steps, figure.frames, strict=True):
        step.method = "restyle"
        step.args = [{"source": [trace.source for trace in frame.data]}, list(frame.traces)]
    figure.frames, figure.layout.updatemenus = (), ()
    return figure


def _axis(place: int) -> str:
    """The suffix of an axis in plotly: x, x2, x3, ..."""
    return "" if place == 0 else str(place + 1)


def _slider(times: range, active: int, width: int) -> dict[str, object]:
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    return {
        "steps": [{"method": "animate", "label": str(t), "args": [[str(t)], at_once]} for t in times],
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
