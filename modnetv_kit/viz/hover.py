"""A frame with a close-up of the patch under the pointer, in HTML and CSS without scripts."""

from collections.abc import Mapping

import numpy as np

from .images import data_uri
from .style import INK

GAP = 8  # pixels


def hover_zoom(
    overview: np.ndarray,
    views: Mapping[str, np.ndarray],
    k: int,
    *,
    start: tuple[int, int] = (0, 0),
    name: str = "zoom",
    width: int = 1000,
    quality: int = 85,
) -> str:
    """HTML with a close-up of the patch under the pointer, in several views side by side.

    Args:
        overview: the picture to point at, with the aspect ratio of the views; see `to_rgb`.
        views: title -> picture or map, all of the same size; see `to_rgb`.
        k: patches along each side.
        start: (row, column) of the initial patch.
        name: a CSS class; it must be unique on the page.
        width: total width in pixels; the overview takes 70 % of it.
        quality: of the JPEGs.
    """
    high, wide = next(iter(views.values())).shape[:2]
    ph, pw = -(-high // k), -(-wide // k)  # the last row and column may reach past the frame
    pane = (width - GAP * (len(views) - 1)) // len(views)
    scale = pane / (2 * pw)  # a patch and a margin of half a patch fill a pane
    over = round(0.7 * width)

    def offset(index: int, patch: int, side: int) -> str:
        return f"-{min(max(0.0, (index - 0.5) * patch), max(0, side - 2 * patch)) * scale:.0f}px"

    rows = "".join(f".{name}:has(.r{i}:hover){{--y:{offset(i, ph, high)}}}" for i in range(k))
    columns = "".join(f".{name}:has(.c{j}:hover){{--x:{offset(j, pw, wide)}}}" for j in range(k))
    cells = "".join(f'<i class="r{i} c{j}" title="patch ({i}, {j})"></i>' for i in range(k) for j in range(k))
    panes = "".join(
        f'<div>{title}<div class="v" style="background-image:url({data_uri(view, quality)})"></div></div>'
        for title, view in views.items()
    )
    return f"""<style>
.{name}{{--x:{offset(start[1], pw, wide)};--y:{offset(start[0], ph, high)};
width:{width}px;display:flex;flex-wrap:wrap;gap:{GAP}px;color:{INK};font:13px sans-serif}}
.{name} .g{{margin-right:{width - over - GAP}px;width:{over}px;height:{over * high / wide:.0f}px;overflow:hidden;
display:grid;grid-template-columns:repeat({k},{pw * over / wide:.3f}px);grid-auto-rows:{ph * over / wide:.3f}px;
background-image:url({data_uri(overview, quality)});background-size:100% 100%}}
.{name} i:hover{{box-shadow:inset 0 0 0 2px #56B4E9}}
.{name} .v{{width:{pane}px;height:{2 * ph * scale:.0f}px;background-size:{wide * scale:.0f}px {high * scale:.0f}px;
background-position:var(--x) var(--y);background-repeat:no-repeat}}
{rows}{columns}</style><div class="{name}"><div class="g">{cells}</div>{panes}</div>"""
