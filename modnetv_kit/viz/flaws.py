"""Figures of P: the flaw map over the frame, and the cost and benefit of thresholds."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from PIL import Image, ImageDraw
from plotly.subplots import make_subplots

from .images import limit_width, picture_trace, resized
from .style import INK, PALETTE, styled

REFINED = "#E69F00"
FLAW_TINT = (213, 94, 0)


def flaw_figure(
    frame: np.ndarray,
    flaw: np.ndarray,
    xi: float,
    refined: np.ndarray | None = None,
    *,
    width: int = 900,
    quality: int = 85,
) -> go.Figure:
    """The flaw map over the frame, with borders around the refined patches.

    Args:
        frame: uint8 (H, W, 3).
        flaw: (k, k) in [0, 1].
        xi: threshold above which patches are refined.
        refined: bool (k, k), the refined patches; by default those above `xi`.
        width: of the figure in pixels.
        quality: of the frame's JPEG.
    """
    refined = flaw > xi if refined is None else refined
    height, across = frame.shape[:2]
    k = flaw.shape[0]
    ph, pw = -(-height // k), -(-across // k)  # the last row and column may reach past the frame
    shown = limit_width(frame, round(1.5 * width))  # more pixels than a screen shows would only enlarge the page
    figure = go.Figure(picture_trace(shown, frame.shape, quality))
    figure.add_trace(
        go.Heatmap(
            z=flaw,
            x=(np.arange(k) + 0.5) * pw,
            y=(np.arange(k) + 0.5) * ph,
            zmin=0,
            zmax=1,
            colorscale=[
                [0, "rgba(0, 114, 178, 0)"],
                [0.02, "rgba(0, 114, 178, 0.12)"],
                [1, f"rgba{(*FLAW_TINT, 0.75)}"],
            ],
            customdata=np.moveaxis(np.indices(flaw.shape), 0, -1),
            hovertemplate="patch (%{customdata[0]}, %{customdata[1]})<br>flaw %{z:.4f}<extra></extra>",
            colorbar={"title": "flaw", "thickness": 12, "outlinewidth": 0},
        )
    )
    figure.add_trace(_borders(refined, ph, pw, height, across))
    figure.update_xaxes(visible=False, range=[0, across], constrain="domain")
    figure.update_yaxes(visible=False, range=[height, 0], scaleanchor="x", constrain="domain")
    share = float(refined.mean())
    figure.update_layout(
        title={"text": f"{int(refined.sum())} of {k * k} patches refined ({share:.1%}), ξ = {xi:g}", "font_size": 14},
        width=width,
        height=round((width - 90) * height / across) + 50,
        margin={"l": 0, "r": 90, "t": 40, "b": 10},
        showlegend=False,
    )
    return styled(figure)


def flaw_picture(frame: np.ndarray, flaw: np.ndarray, xi: float, width: int = 560) -> np.ndarray:
    """The frame, tinted where the flaw map is high, with a border around every refined patch.

    Args:
        frame: uint8 (H, W, 3).
        flaw: (k, k) in [0, 1].
        xi: threshold above which patches are refined.
        width: of the picture in pixels.

    Returns:
        uint8 (h, width, 3).
    """
    k = flaw.shape[0]
    height = round(width * frame.shape[0] / frame.shape[1])
    ph, pw = -(-frame.shape[0] // k) * height / frame.shape[0], -(-frame.shape[1] // k) * width / frame.shape[1]
    rows, columns = (np.arange(height) / ph).astype(int), (np.arange(width) / pw).astype(int)
    weight = 0.6 * flaw[rows[:, None], columns, None]
    tint = np.array(FLAW_TINT)
    picture = Image.fromarray((resized(frame, (height, width)) * (1 - weight) + tint * weight).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for i, j in np.argwhere(flaw > xi):
        draw.rectangle((j * pw, i * ph, (j + 1) * pw - 1, (i + 1) * ph - 1), outline=REFINED, width=1)
    return np.asarray(picture)


def _borders(refined: np.ndarray, ph: int, pw: int, height: int, width: int) -> go.Scatter:
    """All borders as one line with gaps, because a separate shape for each of 1024 patches is slow to draw."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for i, j in np.argwhere(refined):
        top, left, bottom, right = i * ph, j * pw, min((i + 1) * ph, height), min((j + 1) * pw, width)
        xs += [left, right, right, left, left, None]
        ys += [top, top, bottom, bottom, top, None]
    return go.Scatter(x=xs, y=ys, mode="lines", line={"color": REFINED, "width": 1.5}, hoverinfo="skip")


def xi_curve(
    xi: Sequence[float] | np.ndarray,
    share: Sequence[float] | np.ndarray,
    error: Sequence[float] | np.ndarray | None = None,
    *,
    label: str = "error",
    chosen: float | None = None,
) -> go.Figure:
    """The fraction of refined patches, and the remaining error, against the threshold xi.

    Args:
        xi: thresholds in [0, 1], on a logarithmic axis; 0 is drawn at the left end.
        share: fraction of refined patches in [0, 1], for each threshold.
        error: of the matte, for each threshold; None without ground truth.
        label: of the error axis, with its unit.
        chosen: a threshold to mark.
    """
    thresholds = np.asarray(xi, float)
    positive = thresholds[thresholds > 0]
    floor = positive.min() / 2 if len(positive) else 1e-4
    x = np.maximum(thresholds, floor)
    figure = make_subplots(specs=[[{"secondary_y": True}]])
    hover = "ξ = %{customdata:.4g}: %{y:.3g}"
    figure.add_trace(
        go.Scatter(x=x, y=share, customdata=thresholds, hovertemplate=hover, name="refined share", mode="lines+markers")
    )
    if error is not None:
        line = {"dash": "dash", "color": PALETTE[1]}
        trace = go.Scatter(
            x=x, y=error, customdata=thresholds, hovertemplate=hover, name=label, mode="lines+markers", line=line
        )
        figure.add_trace(trace, secondary_y=True)
        figure.update_yaxes(title=label, showgrid=False, rangemode="tozero", tickmode="auto", secondary_y=True)
    if chosen is not None:
        at = max(chosen, floor)
        figure.add_vline(at, line_dash="dot", line_width=1.5, line_color=INK)
        # annotations on a logarithmic axis are placed by the logarithm, which add_vline ignores
        figure.add_annotation(
            text=f"ξ = {chosen:g}", x=np.log10(at), y=1, yref="paper", showarrow=False, xanchor="left"
        )
    figure.update_xaxes(title="ξ", type="log")
    figure.update_yaxes(title="refined share", tickformat=".0%", range=[-0.02, 1.05], secondary_y=False)
    figure.update_layout(width=760, height=340, margin={"l": 70, "r": 70, "t": 40, "b": 50})
    return styled(figure)
