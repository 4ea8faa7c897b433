"""A contact sheet of all clips: frames beside the cut-out person, to show errors that figures hide."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ..errors import InputError
from ..files import check_parent, replace_file
from ..models import MODNetV
from .clip_files import ClipFiles
from .clip_folders import list_clips
from .network import VideoNetwork
from .video_clip import open_any_clip

MOMENTS = 5  # frames of each clip, evenly spaced, from its second frame on
HEIGHT = 108  # pixels of a row
GREEN = np.array([0, 177, 64], np.float32)
SUFFIXES = (".jpg", ".png")


def check_sheet_path(path: Path) -> None:
    """Raise InputError or OutputError unless a sheet can be written to `path`; call it before measuring.

    Examples:
        >>> check_sheet_path(Path("sheet.pdf"))
        Traceback (most recent call last):
            ...
        modnetv_kit.errors.InputError: sheet.pdf: a contact sheet is a picture; give a name that ends in .jpg or .png
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path}: a contact sheet is a picture; give a name that ends in {' or '.join(SUFFIXES)}")
    check_parent(path)


def write_contact_sheet(model: MODNetV, folder: Path, path: Path) -> None:
    """Matte every clip in `folder` with "refresh" and draw one row per clip: frames, and the person on green.

    Args:
        model: the weights under test, in eval mode; not changed.
        folder: see `list_clips`.
        path: the picture file.

    Raises:
        DataError: `folder` holds no clips, or a clip is damaged.
        InputError, OutputError: as `check_sheet_path`.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for path in (Path(folder, "frames", "0.png"), Path(folder, "alpha", "0.png")):
        ...         path.parent.mkdir()
        ...         Image.new("L", (32, 32), 255).save(path)
        ...     write_contact_sheet(MODNetV().eval(), Path(folder), Path(folder, "sheet.png"))
        ...     Image.open(Path(folder, "sheet.png")).mode
        'RGB'
    """
    check_sheet_path(path)
    network = VideoNetwork(model, "refresh")
    rows = [_row(network, open_any_clip(clip)) for clip in list_clips(folder)]
    width = max(row.shape[1] for row in rows)
    sheet = Image.fromarray(np.vstack([np.pad(row, ((0, 2), (0, width - row.shape[1]), (0, 0))) for row in rows]))
    replace_file(path, lambda temporary: sheet.save(temporary, format="JPEG" if path.suffix == ".jpg" else "PNG"))


def _row(network: VideoNetwork, clip: ClipFiles) -> np.ndarray:
    """The clip's name and its frames, uint8 (HEIGHT, W, 3)."""
    shown = set(np.linspace(1, len(clip) - 1, MOMENTS).round().astype(int).tolist())
    tiles = [_label(clip.name)]
    for index, (frame, prediction) in enumerate(zip(clip.read_frames(), network.matte(clip), strict=True)):
        if index in shown:
            alpha = prediction.alpha[..., None]
            on_green = (alpha * frame + (1 - alpha) * GREEN).round().astype(np.uint8)
            tiles += [_tile(frame), _tile(on_green)]
    return np.hstack(tiles)


def _tile(picture: np.ndarray) -> np.ndarray:
    width = round(picture.shape[1] * HEIGHT / picture.shape[0])
    return np.asarray(Image.fromarray(picture).resize((width, HEIGHT), Image.Resampling.LANCZOS))


def _label(name: str) -> np.ndarray:
    tile = Image.new("RGB", (130, HEIGHT), "white")
    ImageDraw.Draw(tile).text((4, HEIGHT // 2 - 6), name[:20], fill="black")
    return np.asarray(tile)
