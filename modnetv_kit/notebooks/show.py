"""Pictures and videos for notebook outputs, small enough to save with the notebook."""

import base64
import inspect
import tempfile
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from IPython.display import HTML, Markdown
from IPython.display import Image as InlineImage
from PIL import Image

from ..video import open_video, open_writer, probe
from ..viz import encode, sheet

CHECKERBOARD = "repeating-conic-gradient(#ccc 0 25%, #fff 0 50%) 0 0 / 16px 16px"


def side_by_side(pictures: Mapping[str, np.ndarray], height: int = 170, columns: int = 4) -> InlineImage:
    """Pictures in rows, each below its name, as one image.

    Args:
        pictures: by name; uint8 (H, W, 3) RGB, or float in [0, 1] or bool, (H, W) or (H, W, 3). All are shown in the
            aspect ratio of the first.
        height: of each picture in pixels; the width follows.
        columns: pictures per row.

    Raises:
        ValueError: there is no picture, or one has another shape.
    """
    if not pictures:
        raise ValueError("side_by_side needs at least one picture")
    columns = min(columns, len(pictures))
    high, wide = next(iter(pictures.values())).shape[:2]
    data, kind = encode(sheet(pictures, columns=columns, width=columns * round(height * wide / high)))
    return InlineImage(data, format=kind.removeprefix("image/"))


def inline_video(*paths: str | Path, width: int = 352) -> HTML:
    """A row of players with embedded videos, on a checkerboard that shows transparency.

    Args:
        paths: .mp4 or .webm; a video wider than `width` is embedded as a copy of that width, without transparency.
        width: of each player in pixels.

    Raises:
        VideoError: a video cannot be read.
    """
    return HTML("\n".join(_player(Path(path), width) for path in paths))


def _player(path: Path, width: int) -> str:
    """An HTML player with an embedded video."""
    info = probe(path)
    if info.width > width:
        path = shrink_video(path, round(width * max(1, info.height / info.width)))
    kind = "webm" if path.suffix.lower() == ".webm" else "mp4"
    source = f"data:video/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
    style = f"vertical-align: top; background: {CHECKERBOARD}"
    return f'<video controls loop muted width="{width}" style="{style}" src="{source}"></video>'


def shrink_video(path: str | Path, long_side: int, end: float | None = None) -> Path:
    """Return the path of a video or, if it is too large, of a smaller copy with sound in a temporary folder.

    Args:
        path: the video.
        long_side: maximum long side in pixels.
        end: second at which a copy ends; None for the whole video.

    Returns:
        The path of a video of at most that size, with the same frame times.

    Raises:
        VideoError: the video cannot be read.
    """
    reader = open_video(path, end=end)
    scale = long_side / max(reader.info.width, reader.info.height)
    if scale >= 1:
        return Path(path)
    size = round(reader.info.width * scale), round(reader.info.height * scale)
    copy = Path(tempfile.mkdtemp(prefix="modnetv-")) / f"{Path(path).stem}.mp4"
    info = replace(reader.info, width=size[0], height=size[1])
    with open_writer(copy, info, audio_from=path if info.has_audio else None, end=end) as writer:
        for frame in reader:
            small = Image.fromarray(frame.image).resize(size, Image.Resampling.LANCZOS)
            writer.write(np.asarray(small), frame.pts, frame.time_base)
    return copy


def source_of(function: Callable[..., object]) -> Markdown:
    """The source code of a function or class, as Markdown."""
    return Markdown(f"```python\n{textwrap.dedent(inspect.getsource(function)).strip()}\n```")
