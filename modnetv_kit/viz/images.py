"""Maps as pictures: grey, coloured or labelled, and encoded as small JPEG or PNG files."""

import base64
import io
from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from PIL import Image, ImageDraw, ImageFont
from plotly.colors import get_colorscale, sample_colorscale

UNKNOWN = (204, 204, 204)
"""Grey for unknown values; no colour scale contains it."""


COARSE = 3
"""Maps enlarged by at least this factor show their cells; others are interpolated."""


def to_rgb(image: np.ndarray) -> np.ndarray:
    """A picture or map as uint8 (H, W, 3).

    Args:
        image: RGB (H, W, 3) or a map (H, W): uint8 in [0, 255], float in [0, 1], or bool. Maps become grey.

    Raises:
        ValueError: the array has another shape.
    """
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise ValueError(f"a picture is (H, W) or (H, W, 3), not {image.shape}")
    if image.dtype == bool:
        image = image * np.uint8(255)
    elif image.dtype != np.uint8:
        image = np.rint(np.nan_to_num(image).clip(0, 1) * 255).astype(np.uint8)
    return np.repeat(image[..., None], 3, 2) if image.ndim == 2 else image


def colour_map(values: np.ndarray, low: float, high: float, scale: str = "cividis") -> np.ndarray:
    """Values (H, W) as colours, uint8 (H, W, 3). `low` and below get the first colour of `scale`, `high` the last.

    Args:
        values: NaN becomes grey.
        low: the lower end of the scale.
        high: the upper end of the scale.
        scale: plotly colour scale; cividis and viridis suit every kind of colour vision.
    """
    samples = sample_colorscale(get_colorscale(scale), np.linspace(0, 1, 256).tolist(), colortype="tuple")
    table = np.rint(np.array(samples) * 255).astype(np.uint8)
    share = (np.asarray(values, np.float64) - low) / (high - low or 1.0)
    coloured: np.ndarray = table[np.rint(np.nan_to_num(share).clip(0, 1) * 255).astype(int)]
    coloured[np.isnan(share)] = UNKNOWN
    return coloured


def encode(image: np.ndarray, quality: int = 85) -> tuple[bytes, str]:
    """Encode a picture or map, see `to_rgb`; returns the file's bytes and its media type.

    Masks and maps of a few cells become PNG, which is exact and small; all else becomes JPEG.
    """
    rgb = to_rgb(image)
    if image.ndim == 2 or (rgb[..., :1] == rgb).all():  # a single channel is smaller
        rgb = rgb[..., 0]
    if image.dtype == bool or max(image.shape[:2]) <= 64:
        return _bytes(Image.fromarray(rgb), "PNG"), "image/png"
    return _bytes(Image.fromarray(rgb), "JPEG", quality=quality), "image/jpeg"


def data_uri(image: np.ndarray, quality: int = 85) -> str:
    """A picture or map, see `to_rgb`, as a data URI."""
    data, kind = encode(image, quality)
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def picture_trace(image: np.ndarray, shape: tuple[int, ...], quality: int = 85, axes: str = "") -> go.Image:
    """A picture or map, see `to_rgb`, as a trace that covers `shape` = (H, W, ...); "2" draws on axes x2 and y2."""
    dy, dx = shape[0] / image.shape[0], shape[1] / image.shape[1]
    return go.Image(
        source=data_uri(image, quality),
        x0=dx / 2,
        y0=dy / 2,
        dx=dx,
        dy=dy,
        xaxis=f"x{axes}",
        yaxis=f"y{axes}",
        zsmooth="fast" if dx < COARSE else False,
        hoverinfo="skip",
    )


def resized(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture or map, see `to_rgb`, resized to `size` = (H, W), uint8 (H, W, 3). Enlarged cells keep sharp edges."""
    resampling = Image.Resampling.NEAREST if size[1] >= COARSE * image.shape[1] else Image.Resampling.BILINEAR
    rgb = to_rgb(image)
    return rgb if rgb.shape[:2] == size else np.asarray(Image.fromarray(rgb).resize((size[1], size[0]), resampling))


def limit_width(image: np.ndarray, width: int) -> np.ndarray:
    """A picture or map, scaled down to `width` if it is wider."""
    if image.shape[1] <= width:
        return image
    return resized(image, (max(1, round(width * image.shape[0] / image.shape[1])), width))


def sheet(
    pictures: Mapping[str, np.ndarray], shape: tuple[int, ...] | None = None, columns: int = 4, width: int = 1000
) -> np.ndarray:
    """Pictures side by side on a dark background, with titles above them.

    Args:
        pictures: title -> picture or map, see `to_rgb`.
        shape: (H, W, ...) whose aspect ratio all pictures get; by default that of the first.
        columns: pictures per row.
        width: of the sheet in pixels.

    Returns:
        uint8 (h, width, 3).
    """
    bar, gap = 24, 4
    high, wide = (shape or next(iter(pictures.values())).shape)[:2]
    cell = (width - (columns - 1) * gap) // columns
    height = round(cell * high / wide)
    rows = -(-len(pictures) // columns)
    canvas = Image.new("RGB", (width, rows * (bar + height)), (24, 26, 30))
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(14)
    for i, (title, picture) in enumerate(pictures.items()):
        x, y = i % columns * (cell + gap), i // columns * (bar + height)
        draw.text((x + 6, y + 3), title, (235, 235, 235), font)
        canvas.paste(Image.fromarray(resized(picture, (height, cell))), (x, y + bar))
    return np.asarray(canvas)


def _bytes(image: Image.Image, form: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
