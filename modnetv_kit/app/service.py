"""The functions behind buttons and API. Each request has a folder, which is deleted afterwards."""

import ctypes
import os
import re
import shutil
import tempfile
import time
import zipfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import InputError, MattingError
from ..inference import MattingSession, Prompt
from ..inference.composite import as_rgba, composite
from ..inference.pixels import to_uint8
from ..samples import checkerboard
from ..video import Frame
from . import engine
from .compositing import Results, composite_video
from .job import STOP, Failure, Matted, MattingJob, ProgressEvent, run_job
from .limits import Limits
from .look import Look
from .messages import guarded
from .uploads import choose_background, open_picture, validate_upload
from .waiting_line import Place, WaitingLine

POLL = 0.3  # seconds between checks of the waiting line


@dataclass(frozen=True)
class Waiting:
    """A request waits for its turn.

    Attributes:
        ahead: number of requests before it.
    """

    ahead: int


@dataclass(frozen=True)
class Picture:
    """A matted picture of H x W pixels.

    Attributes:
        source: uint8 (H, W, 3).
        shown: on its new background, or on a checkerboard if that is transparent, uint8 (H, W, 3).
        alpha: uint8 (H, W).
        file: PNG, with alpha if the background is transparent.
    """

    source: np.ndarray
    shown: np.ndarray
    alpha: np.ndarray
    file: Path


class Service:
    """The requests of one app: its limits and its waiting line.

    Args:
        limits: by default those from the environment.
    """

    def __init__(self, limits: Limits | None = None):
        self.limits = limits or Limits.from_environment()
        self.waiting_line = WaitingLine(self.limits.at_once, self.limits.waiting)

    def matte(
        self,
        video: str | Path | None,
        look: Look,
        *,
        start: str | float | None = None,
        end: str | float | None = None,
        prompts: Mapping[int, Prompt] | None = None,
        folder: Path,
    ) -> Generator[Waiting | ProgressEvent | Matted | Results, None, None]:
        """Matte an uploaded video and make its first result.

        Args:
            video: path of the upload.
            look: of the result; its file is an upload.
            start, end: range to process, see `times.parse_time`; None for the whole video.
            prompts: which people to keep, by frame index in this range; None for everybody.
            folder: of this request, for all files; `job.stop(folder)` ends the job, and finished frames are kept.

        Yields:
            Waiting, ProgressEvents, Matted, further ProgressEvents, and Results.

        Raises:
            MattingError: one line without folders that states what is wrong.
        """
        with guarded():
            yield from self._matte(video, look, start, end, prompts or {}, folder)

    def _matte(
        self,
        video: str | Path | None,
        look: Look,
        start: str | float | None,
        end: str | float | None,
        prompts: Mapping[int, Prompt],
        folder: Path,
    ) -> Iterator[Waiting | ProgressEvent | Matted | Results]:
        if video is None:
            raise InputError("choose a video first")
        clip = validate_upload(Path(video), self.limits, start, end)
        clip = replace(clip, path=_keep(clip.path, folder, "source"))
        look = _with_file_in(folder, look)
        look.check_length(clip.seconds)
        choose_background(
            look.background, look.colour, look.file, self.limits
        )  # fails before the request waits in line
        with self.waiting_line.join() as place:
            yield from _wait(place, folder)
            matted: Matted | None = None
            for event in run_job(MattingJob(clip, look, self.limits, prompts), folder):
                if isinstance(event, Failure):
                    raise MattingError(event.message)
                matted = event if isinstance(event, Matted) else None
                yield event
            (folder / STOP).unlink(missing_ok=True)
            if matted is not None:
                yield from self._compose(matted, look, folder)

    def compose(
        self, matted: Matted, look: Look, folder: Path
    ) -> Generator[Waiting | ProgressEvent | Results, None, None]:
        """Make another result from a matted video; arguments, yields and errors as for `matte`."""
        (folder / STOP).unlink(missing_ok=True)  # of the work before; first, or it could be of this one
        with guarded():
            look = _with_file_in(folder, look)
            choose_background(look.background, look.colour, look.file, self.limits)
            look.check_length(matted.clip.seconds)
            with self.waiting_line.join() as place:
                yield from _wait(place, folder)
                yield from self._compose(matted, look, folder)

    def _compose(self, matted: Matted, look: Look, folder: Path) -> Iterator[ProgressEvent | Results]:
        target = Path(tempfile.mkdtemp(prefix="result_", dir=folder))
        for event in composite_video(matted, look, self.limits, target, matted.clip.path.stem, stop=folder / STOP):
            yield _packed(event) if isinstance(event, Results) else event

    def picture(
        self, image: str | Path | None, *, background: str, colour: str | None, file: str | Path | None, folder: Path
    ) -> Picture:
        """Matte an uploaded picture; arguments as for `matte`.

        Raises:
            MattingError: one line without folders that states what is wrong.
        """
        with guarded():
            return self._picture(image, background, colour, file, folder)

    def _picture(
        self, image: str | Path | None, background: str, colour: str | None, file: str | Path | None, folder: Path
    ) -> Picture:
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


@contextmanager
def request_folder() -> Iterator[Path]:
    """A folder for one request; at the end of the block it is deleted, and memory is released."""
    try:
        with tempfile.TemporaryDirectory(prefix="modnetv_app_", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
    finally:
        # glibc keeps memory that threads have freed, which adds a third after a few videos
        with suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)


def _wait(place: Place, folder: Path) -> Iterator[Waiting]:
    """Wait for a request's turn.

    Raises:
        InputError: the request was stopped meanwhile.
    """
    while ahead := place.ahead:
        if (folder / STOP).exists():
            raise InputError("stopped before it began; nothing was done")
        yield Waiting(ahead)
        time.sleep(POLL)


def _with_file_in(folder: Path, look: Look) -> Look:
    """The same look with its file in the request's folder."""
    if look.file is None or look.file.is_relative_to(folder):
        return look
    return replace(look, file=_keep(look.file, folder, "behind"))


def _keep(path: Path, folder: Path, prefix: str) -> Path:
    """Link a file under a clean name into the request's folder, so that it is not deleted while it waits."""
    if not path.is_file():
        raise InputError(f"{path.name} is no longer kept on the server; choose it again")
    kept = Path(tempfile.mkdtemp(prefix=f"{prefix}_", dir=folder)) / (_stem(path) + path.suffix.lower())
    try:
        os.link(path, kept)
    except OSError:  # another disk
        shutil.copyfile(path, kept)
    return kept


def _stem(path: Path) -> str:
    return re.sub(r"[^\w-]+", "_", path.stem)[:40].strip("_") or "video"


def _packed(results: Results) -> Results:
    """The results with PNG images packed into one zip file, without further compression."""
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
