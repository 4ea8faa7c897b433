"""The demo: a real clip that comes with a dependency, matted onto a drawn evening sky, and pictures of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .errors import OutputError
from .hub import load_model
from .inference import MatteSummary, MattingSession, matte_video
from .inference.composite import Background, ImageBackground, composite
from .inference.matte import Progress
from .inference.pixels import to_uint8
from .samples import carphone, checkerboard, evening_sky
from .video import open_video

SHOWN = 5  # rows of the contact sheet
TITLES = ("Source, as filmed", "Matte", "Composed: a drawn sky", "Background restored so far")
LARGER = 2  # times, in the moving picture
EVERY = 2  # frames of the clip for one of the moving picture
QUALITY = 60  # of its WebP

Views = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Source, matte, composite, and the background restored so far on a checkerboard: uint8 (H, W, 3) each."""


def run_demo(out: Path, device: str = "auto", progress: Progress | None = None) -> MatteSummary:
    """Matte the clip, and write what is made of it into `out`.

    That is composite.mp4, alpha.mp4, restored_background.png, contact_sheet.png, and demo.webp, the moving picture of
    the README.

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
    reader = open_video(clip)
    seen = list(views(clip, ImageBackground(sky), MattingSession(model, device)))
    pictures = out / "contact_sheet.png", out / "demo.webp"
    try:
        contact_sheet(seen).save(pictures[0])
        save_moving_picture(seen, float(reader.info.rate), pictures[1])
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror or error}; choose another --out") from None
    summary.outputs.extend(pictures)
    return summary


def views(clip: Path, background: Background, session: MattingSession) -> Iterator[Views]:
    """What is seen of every frame of a clip."""
    for frame in open_video(clip):
        result = session.step(frame.image)
        matte = np.repeat(to_uint8(result.alpha)[..., None], 3, 2)
        pasted = composite(result.foreground, result.alpha, background.draw(frame, result))
        known = result.background_mask[..., None]
        yield frame.image, matte, pasted, np.where(known, result.background, checkerboard(*frame.image.shape[:2]))


def contact_sheet(seen: Sequence[Views]) -> Image.Image:
    """Five moments of a clip, a row each."""
    chosen = np.linspace(0, len(seen) - 1, SHOWN).round().astype(int)
    return Image.fromarray(np.vstack([np.hstack(seen[index]) for index in chosen]))


def save_moving_picture(seen: Sequence[Views], rate: float, path: Path) -> None:
    """Write a clip's views, two beside two and with titles, as an animated WebP in a loop.

    Args:
        seen: of every frame.
        rate: frames a second of the clip.
        path: ends in .webp.

    Raises:
        OSError: it cannot be written.
    """
    first, *others = [_titled(one) for one in seen[::EVERY]]
    milliseconds = round(1000 * EVERY / rate)
    first.save(path, save_all=True, append_images=others, duration=milliseconds, loop=0, quality=QUALITY, method=4)


def _titled(one: Views) -> Image.Image:
    bar, font = 26, ImageFont.load_default(15)
    height, width = (LARGER * side for side in one[0].shape[:2])
    sheet = Image.new("RGB", (2 * width, 2 * (height + bar)), (24, 26, 30))
    draw = ImageDraw.Draw(sheet)
    for place, (title, picture) in enumerate(zip(TITLES, one, strict=True)):
        x, y = place % 2 * width, place // 2 * (height + bar)
        draw.text((x + 8, y + 4), title, (235, 235, 235), font)
        sheet.paste(Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC), (x, y + bar))
    return sheet
