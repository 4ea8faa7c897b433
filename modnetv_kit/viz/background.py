"""The memory of B: its features as colours, and how much of the background is restored, when and where."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from .images import UNKNOWN
from .style import mark_resets, styled


def bgf_images(bgF: np.ndarray, bgM: np.ndarray) -> np.ndarray:
    """The restored features as pictures, with their first three principal components as red, green and blue.

    The components are those of all restored cells of the clip, so colours are comparable between frames.

    Args:
        bgF: (T, C, h, w), C >= 3.
        bgM: (T, h, w), mask of the restored cells; all others become grey.

    Returns:
        uint8 (T, h, w, 3).
    """
    known = bgM.astype(bool)
    pictures = np.full((*bgM.shape, 3), UNKNOWN, np.uint8)
    frame, y, x = np.nonzero(known)
    if len(frame) < 2:  # a single cell has no principal components
        return pictures
    some = slice(None, None, max(1, len(frame) // 50_000))  # enough samples for the components and their range
    sample = bgF[frame[some], :, y[some], x[some]].astype(np.float32)
    mean = sample.mean(0)
    _, axes = np.linalg.eigh(np.cov(sample - mean, rowvar=False))
    axes = axes[:, :-4:-1]  # eigenvalues ascend: the last three, largest first
    axes = axes * np.sign(axes[np.abs(axes).argmax(0), range(3)])  # the sign of an eigenvector is arbitrary
    low, high = np.percentile((sample - mean) @ axes, (1, 99), axis=0)
    scale = 255 / np.maximum(high - low, 1e-6)
    for t, features in enumerate(bgF):
        colours = (np.moveaxis(features.astype(np.float32), 0, -1) - mean) @ axes
        coloured = ((colours - low) * scale).clip(0, 255).astype(np.uint8)
        pictures[t][known[t]] = coloured[known[t]]
    return pictures


def first_restored(bgM: np.ndarray) -> np.ndarray:
    """The frame at which each cell was first restored since the last reset of the state.

    Args:
        bgM: (T, h, w) of one clip.

    Returns:
        float (h, w), NaN for cells that are never restored.
    """
    known = bgM.astype(bool)
    cleared = np.flatnonzero((known[:-1] & ~known[1:]).any((1, 2)))  # cells are only ever cleared all at once
    start = int(cleared[-1]) + 1 if len(cleared) else 0
    since = known[start:]
    return np.where(since.any(0), since.argmax(0) + float(start), np.nan)


def coverage_figure(bgM: np.ndarray, resets: Mapping[int, str] | None = None, *, stacked: bool = False) -> go.Figure:
    """The restored fraction of the picture over time, and the frame at which each cell was first restored.

    Args:
        bgM: (T, h, w), the mask after each frame.
        resets: frame -> reason for the reset before it; all but frame 0 are marked.
        stacked: plots one above the other, for narrow screens.
    """
    rows, columns = (2, 1) if stacked else (1, 2)
    second = {"row": rows, "col": columns}
    titles = ("restored share of the picture", "first restored at frame")
    figure = make_subplots(rows, columns, subplot_titles=titles, horizontal_spacing=0.12, vertical_spacing=0.2)
    bar: dict[str, object] = {"title": "frame", "thickness": 12, "outlinewidth": 0}
    bar |= {"len": 0.45, "y": 0, "yanchor": "bottom"} if stacked else {}
    share = bgM.astype(bool).mean((1, 2))
    figure.add_trace(go.Scatter(y=share, mode="lines", hovertemplate="frame %{x}: %{y:.1%}<extra></extra>"), 1, 1)
    mark_resets(figure, resets, row=1, col=1)
    figure.add_trace(
        go.Heatmap(
            z=first_restored(bgM).astype(np.float32),  # halves the size on the page
            colorscale="Cividis",
            hoverongaps=False,
            hovertemplate="frame %{z}<extra></extra>",
            colorbar=bar,
        ),
        **second,
    )
    figure.update_yaxes(tickformat=".0%", range=[0, 1.02], row=1, col=1)
    figure.update_xaxes(title="frame", row=1, col=1)
    figure.update_xaxes(visible=False, **second)
    figure.update_yaxes(visible=False, autorange="reversed", scaleanchor="x2", **second)
    width, height = (330, 560) if stacked else (980, 340)
    figure.update_layout(width=width, height=height, margin={"l": 60, "r": 20, "t": 40, "b": 50}, showlegend=False)
    return styled(figure)
