"""Drawn footage: a red figure walks in front of a green texture, with its alpha; also hands, pairs and keyed clips."""

import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

RED = np.array([210.0, 60, 50])


def walker(index: int, size: tuple[int, int] = (64, 48)) -> tuple[np.ndarray, np.ndarray]:
    """Frame `index`, uint8 (H, W, 3), and its alpha, uint8 (H, W); `size` is (width, height)."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    middle = width * (0.3 + 0.06 * index)
    body = np.hypot((x - middle) / (0.2 * width), (y - 0.6 * height) / (0.33 * height))
    alpha = np.clip((1 - body) * 5 + 0.5, 0, 1)[..., None]
    green = 90 + 40 * np.sin(x[..., None] / 3) * np.array([0.2, 1.0, 0.5])
    return (alpha * RED + (1 - alpha) * green).round().astype(np.uint8), (alpha[..., 0] * 255).round().astype(np.uint8)


def write_video(path: Path, frames: list[np.ndarray], rate: Fraction | int = 25, b_frames: int = 0) -> None:
    """An H.264 file of frames uint8 (H, W, 3), or of grey ones (H, W)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "4", "bf": str(b_frames)})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            rgb = frame if frame.ndim == 3 else np.repeat(frame[..., None], 3, -1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")))
        container.mux(stream.encode(None))


def write_footage(
    folder: Path, frames: int = 5, size: tuple[int, int] = (64, 48), alphas: int | None = None
) -> list[np.ndarray]:
    """NAME/rgb.mp4 and NAME/alpha.mp4, the latter of `alphas` frames; the true alphas."""
    pairs = [walker(i, size) for i in range(frames)]
    write_video(folder / "rgb.mp4", [rgb for rgb, _ in pairs])
    write_video(folder / "alpha.mp4", [alpha for _, alpha in pairs][:alphas])
    return [alpha for _, alpha in pairs]


def write_pair(folder: Path, name: str, size: tuple[int, int] = (64, 48)) -> None:
    """A photo with its alpha."""
    folder.mkdir(parents=True, exist_ok=True)
    rgb, alpha = walker(2, size)
    Image.fromarray(rgb).save(folder / f"{name}.jpg", quality=95)
    Image.fromarray(alpha).save(folder / f"{name}.png")


def write_pictures(folder: Path, frames: list[np.ndarray], suffix: str = ".png") -> None:
    """Frames as numbered pictures, uint8 (H, W, 3) or grey ones (H, W)."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, frame in enumerate(frames):
        Image.fromarray(frame).save(folder / f"{index:05d}{suffix}", quality=95)


def write_foregrounds(folder: Path, frames: int = 5) -> None:
    """A clip of VideoMatte240K: fgr/0001.mp4 holds the foreground colours, pha/0001.mp4 the alpha."""
    alphas = [walker(i)[1] for i in range(frames)]
    write_video(folder / "fgr/0001.mp4", [np.full((*alpha.shape, 3), RED, np.uint8) for alpha in alphas])
    write_video(folder / "pha/0001.mp4", alphas)


def hand(side: str) -> np.ndarray:
    """A red arm, RGBA uint8, whose cut, at `side`, is blue: it must never be seen."""
    rgba = np.zeros((36, 80, 4), np.uint8)
    y, x = np.mgrid[:36, :80]
    arm = (np.abs(y - 17.5) < 12) & (x >= 16) | (np.hypot(y - 17.5, x - 20) < 16)
    rgba[arm] = (210, 40, 40, 255)
    rgba[arm & (x >= 78)] = (0, 0, 255, 255)  # cut at the right
    turns = {"right": 0, "top": 1, "left": 2, "bottom": 3}[side]
    return np.ascontiguousarray(np.rot90(rgba, turns))


def training_folder(pictures: Path, folder: Path) -> Path:
    """`pictures` (cutouts/ and backgrounds/) with real/, keyed/, pairs/, background_videos/ and hands/ beside them."""
    shutil.copytree(pictures, folder, dirs_exist_ok=True)
    write_footage(folder / "real/street")
    write_footage(folder / "real/blurred")
    write_footage(folder / "keyed/studio", frames=4)
    write_pair(folder / "pairs", "group")
    write_pictures(folder / "background_videos/sea", [walker(i)[0][..., ::-1] for i in range(4)])
    (folder / "SOURCES.tsv").write_text("name\tquality\tfrom\nstreet\tgood\tx\nblurred\tpoor\ty\n")
    (folder / "hands").mkdir()
    for side in ("left", "right", "top", "bottom"):
        Image.fromarray(hand(side)).save(folder / f"hands/ada_{side}.png")
    return folder
