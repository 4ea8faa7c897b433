"""The style of all figures, legible on light and dark pages and with every kind of colour vision."""

from collections.abc import Mapping

import plotly.graph_objects as go

# Okabe and Ito's palette without yellow and black, which disappear on light and dark pages
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
INK = "#808890"
"""Grey of text and axes, with a contrast above 3:1 on white and on near-black."""
GRID = "rgba(128, 136, 144, 0.25)"
GAP = 8  # pixels between pictures side by side


def styled(figure: go.Figure) -> go.Figure:
    """Apply the kit's style to `figure`, on a transparent background, and return it."""
    figure.update_layout(
        template="none",
        colorway=PALETTE,
        paper_bgcolor="rgba(0, 0, 0, 0)",
        plot_bgcolor="rgba(0, 0, 0, 0)",
        font={"color": INK, "size": 13},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_xaxes(gridcolor=GRID, zerolinecolor=GRID, linecolor=INK)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, linecolor=INK)
    return figure


def mark_resets(figure: go.Figure, resets: Mapping[int, str] | None, **subplot: int) -> None:
    """Draw a dotted line with the reason at every frame before which the state was reset, except frame 0."""
    for frame, reason in (resets or {}).items():
        if frame > 0:
            line = {"line_dash": "dot", "line_width": 1.5, "line_color": INK}
            figure.add_vline(frame, **line, annotation_text=reason, **subplot)
