"""Curves: error over time, and training logs."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from .style import PALETTE, mark_resets, styled

DASHES = ("solid", "dash", "dot", "dashdot")
"""Dash patterns distinguish curves without colour."""


def error_over_time(
    errors: Mapping[str, Sequence[float] | np.ndarray], *, label: str = "error", resets: Mapping[int, str] | None = None
) -> go.Figure:
    """Error per frame, one curve for each name.

    Args:
        errors: name -> one value per frame; NaN leaves a gap.
        label: of the vertical axis, with its unit.
        resets: frame -> reason for the reset before it; all but frame 0 are marked.
    """
    figure = go.Figure()
    for i, (name, values) in enumerate(errors.items()):
        line = {"dash": DASHES[i % len(DASHES)], "width": 2}
        figure.add_trace(go.Scatter(y=np.asarray(values, float), name=name, mode="lines", line=line))
    mark_resets(figure, resets)
    figure.update_xaxes(title="frame")
    figure.update_yaxes(title=label, rangemode="tozero")
    figure.update_layout(width=760, height=340, margin={"l": 70, "r": 20, "t": 40, "b": 50}, hovermode="x unified")
    return styled(figure)


def training_curves(records: Sequence[Mapping[str, float]], *, smooth: int = 1) -> go.Figure:
    """The loss and its terms during training, and the learning rate below.

    Curves have at most a few hundred points however long the run, so they can be redrawn at every record.

    Args:
        records: lines of the training log, parsed from JSON: step, loss, terms of the loss, lr.
        smooth: number of records to average.
    """
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.75, 0.25], vertical_spacing=0.06)
    terms = [key for key in dict.fromkeys(k for r in records for k in r) if key not in ("step", "lr", "images_per_s")]
    every = max(1, smooth, len(records) // 400)
    steps = _means([r["step"] for r in records], every)
    for i, term in enumerate(sorted(terms, key=lambda term: term != "loss")):
        values = _means([r.get(term, np.nan) for r in records], every)
        line = {"width": 3 if term == "loss" else 1.5, "dash": DASHES[i // len(PALETTE) % len(DASHES)]}
        figure.add_trace(go.Scatter(x=steps, y=values, name=term, mode="lines", line=line), 1, 1)
    if any("lr" in r for r in records):
        rates = _means([r.get("lr", np.nan) for r in records], every)
        line = {"width": 1.5, "color": PALETTE[4]}
        figure.add_trace(go.Scatter(x=steps, y=rates, name="lr", mode="lines", line=line, showlegend=False), 2, 1)
    figure.update_yaxes(title="loss", type="log", row=1, col=1)
    figure.update_yaxes(title="lr", rangemode="tozero", row=2, col=1)
    figure.update_xaxes(title="step", row=2, col=1)
    figure.update_layout(width=820, height=440, margin={"l": 70, "r": 20, "t": 40, "b": 50}, hovermode="x unified")
    return styled(figure)


def _means(values: Sequence[float], every: int) -> np.ndarray:
    """Means of `values` over groups of `every`; the last group may be smaller."""
    x = np.asarray(values, float)
    edges = np.arange(0, len(x), every)
    if not len(x):
        return x
    known = ~np.isnan(x)
    sums, counts = np.add.reduceat(np.where(known, x, 0), edges), np.add.reduceat(known, edges)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
