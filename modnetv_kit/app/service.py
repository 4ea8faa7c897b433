"""What the buttons and the API call: a request from its files to its results, in a folder that goes when it is over."""

import ctypes
import os
import re
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import InputError, MattingError
from ..inference import MattingSession
from ..inference.composite import as_rgba, composite
from ..inference.pixels import to_uint8
from ..samples import checkerboard
from ..video import Frame, open_video
from . import engine
from .job import STOP, Failure, Job, Progress, Results, run_job
from .limits import Limits
from .times import parse_part
from .uploads import choose_background, open_picture, validate_upload
from .waiting_line import WaitingLine

POLL = 0.3  # seconds between two looks at the line


@dataclass(frozen=True)
class Waiting:
    """Others come first.

    Attributes:
        ahead: how many must be done before it is this one's turn.
    """

    ahead: int


@dataclass(frozen=True)
class Picture:
    """A matted picture of H x W pixels.

    Attributes:
        source: uint8 (H, W, 3).
        shown: on its new background, or on a checkerboard where that is transparent, uint8 (H, W, 3).
        alpha: uint8 (H, W).
        file: PNG, with alpha where it is transparent.
    """

    source: np.ndarray
    shown: np.ndarray
    alpha: np.ndarray
    file: Path


class Service:
    """One app's requests: its limits, and the line that its visitors wait in.

    Args:
        limits: by default those of the environment.
    """

    def __init__(self, limits: Limits | None = None):
        self.limits = limits or Limits.from_environment()
        self.waiting_line = WaitingLine(self.limits.at_once, self.limits.waiting)

    def matte(
        self,
        video: str | Path | None,
        *,
        background: str,
        colour: str | None = None,
        file: str | Path | None = None,
        form: str = "mp4",
        start: str | float | None = None,
        end: str | float | None = None,
        folder: Path,
    ) -> Iterator[Waiting | Progress | Results]:
        """Matte an uploaded video; the results are in `folder` when the last value comes.

        Args:
            video: as Gradio stored it.
            background: one of `uploads.KINDS`.
            colour: for "colour", see `uploads.parse_colour`.
            file: for "picture" and "video", as Gradio stored it.
            form: one of `job.FORMATS`.
            start, end: of the part to work on, see `times.parse_time`; nothing for all.
            folder: of this request; `job.stop(folder)` ends the work, and what is done is kept.

        Raises:
            MattingError: one line without folders that says what is wrong.
        """
        if video is None:
            raise InputError("choose a video first")
        clip = validate_upload(Path(video), self.limits, start, end)
        clip = replace(clip, path=_keep(clip.path, folder, "source"))
        behind = None if file is None else _keep(Path(file), folder, "behind")
        job = Job(clip, background, colour, behind, form, self.limits)
        choose_background(job.background, job.colour, job.file, self.limits)  # before anybody waits for nothing
        with self.waiting_line.join() as place:
            while ahead := place.ahead:
                if (folder / STOP).exists():
                    raise InputError("stopped before it began; nothing was done")
                yield Waiting(ahead)
                time.sleep(POLL)
            for event in run_job(job, folder):
                if isinstance(event, Failure):
                    raise MattingError(event.message)
                yield _packed(event) if isinstance(event, Results) else event

    def picture(
        self, image: str | Path | None, *, background: str, colour: str | None, file: str | Path | None, folder: Path
    ) -> Picture:
        """Matte an uploaded picture; arguments as for `matte`.

        Raises:
            MattingError: one line without folders that says what is wrong.
        """
        if image is None:
            raise InputError("choose a picture first")
        source = open_picture(Path(image), self.limits)
        behind = choose_background(background, colour, None if file is None else Path(file), self.limits)
        result = MattingSession(engine.model(), engine=engine.runtime()).step(source)
        if behind is None:
            shown = composite(result.foreground, result.alpha, checkerboard(*source.shape[:2]))
            final = as_rgba(result.foreground, result.alpha)
        else:
            shown = final = composite(result.foreground, result.alpha, behind.draw(_still(source), result))
        path = folder / f"{_stem(Path(image))}_cutout.png"
        Image.fromarray(final).save(path)
        return Picture(source, shown, to_uint8(result.alpha), path)


def compare(
    video: str | Path, start: str | float | None, end: str | float | None, preview: str | Path | None, index: int
) -> tuple[np.ndarray, np.ndarray]:
    """One frame of the part that was worked on, before and after, both uint8 (H, W, 3).

    Args:
        video, start, end: what was worked on, as given to `Service.matte`.
        preview: the video that shows the result, as Gradio stored it.
        index: from 0; beyond the last frame is the last.

    Raises:
        InputError: the files are no longer kept.
    """
    try:
        if preview is None:
            raise OSError
        after = open_video(preview)
        index = min(max(0, index), len(after) - 1)
        before = open_video(video, *parse_part(start, end))[index].image
        picture = after[index].image
    except (OSError, MattingError):
        raise InputError("this result is no longer kept on the server; make it again to compare frames") from None
    return before, picture[: before.shape[0], : before.shape[1]]  # MP4 has even sides


@contextmanager
def request_folder() -> Iterator[Path]:
    """A folder for one request, gone with all it holds when the block is left, as is the memory that it took."""
    try:
        with tempfile.TemporaryDirectory(prefix="modnetv_app_", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
    finally:
        # glibc keeps what threads have freed: a third more memory after a few videos, where there need be none
        with suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)


def _keep(path: Path, folder: Path, where: str) -> Path:
    """The same file under a tidy name in the request's own folder, where nobody clears it away before its turn."""
    (folder / where).mkdir()
    kept = folder / where / (_stem(path) + path.suffix.lower())
    try:
        os.link(path, kept)
    except OSError:  # another disk
        shutil.copyfile(path, kept)
    return kept


def _stem(path: Path) -> str:
    return re.sub(r"[^\w-]+", "_", path.stem)[:40].strip("_") or "video"


def _packed(results: Results) -> Results:
    """Results whose composite is one file: PNG images are zipped, uncompressed since they are already."""
    if not results.composite.is_dir():
        return results
    archive = results.composite.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as file:
        for image in sorted(results.composite.iterdir()):
            file.write(image, f"{results.composite.name}/{image.name}")
    shutil.rmtree(results.composite)
    return replace(results, composite=archive)


def _still(image: np.ndarray) -> Frame:
    return Frame(image, 0, 0, Fraction(1))
