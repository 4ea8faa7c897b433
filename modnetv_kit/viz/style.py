"""The style of all figures, which reads on light and dark pages and with every kind of colour vision."""

from collections.abc import Mapping

import plotly.graph_objects as go

# Okabe and Ito's palette without yellow and black, which vanish on light and dark pages
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
INK = "#808890"
"""Grey of text and axes with more than 3:1 contrast on white and on near-black."""
GRID = "rgba(128, 136, 144, 0.25)"
GAP = 8  # pixels between pictures side by side


def styled(figure: go.Figure) -> go.Figure:
    """`figure` on transparent ground in the kit's colours."""
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


def mark_resets(figure: go.Figure, resets: Mapping[int, str] | None, **place: int) -> None:
    """Draw a dotted line and the reason before every frame at which the state was emptied, except the first."""
    for frame, why in (resets or {}).items():
        if frame > 0:
            line = {"line_dash": "dot", "line_width": 1.5, "line_color": INK}
            figure.add_vline(frame, **line, annotation_text=why, **place)
