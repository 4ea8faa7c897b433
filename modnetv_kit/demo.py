"""The demo: composites a real clip from a dependency onto a drawn evening sky and draws a contact sheet."""

from pathlib import Path

import numpy as np
from PIL import Image

from .errors import OutputError
from .hub import load_model
from .inference import MatteSummary, MattingSession, matte_video
from .inference.composite import Background, ImageBackground, composite
from .inference.matte import Progress
from .inference.pixels import to_uint8
from .samples import carphone, checkerboard, evening_sky
from .video import open_video

SHOWN = 5  # rows of the contact sheet


def run_demo(out: Path, device: str = "auto", progress: Progress | None = None) -> MatteSummary:
    """Matte the clip and write composite.mp4, alpha.mp4, restored_background.png and contact_sheet.png to `out`.

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
    """Five moments of a clip: source, matte, composite, and the background restored so far on a checkerboard."""
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
