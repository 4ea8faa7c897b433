"""Splitting long videos across workers: split at scene cuts, matte the parts, join the results.

A scene cut resets the state anyway, so each part comes out as it would in the unsplit video.
"""

import json
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ..errors import OutputError
from ..inference.composite import VideoBackground, open_background
from ..inference.matte import Progress, matte_video
from ..inference.results import FrameResult
from ..inference.scenecut import Glance, glance, is_scene_cut
from ..video import Frame, open_video
from ..video.folder import list_images
from ..video.join import JOINABLE, FrameTiming, join_videos
from ..video.lowered import lowered
from ..video.source import inspect
from ..video.webp import is_animated_webp
from .locations import is_address
from .plan import PARTIAL, VideoJob
from .staging import local_source, stage, work_name
from .tasks import Networks, Options, Part, Parts, Succeeded, throttled

SECONDS = 2.0  # shortest part: opening a file and filling the pipeline costs as much as a few frames


@dataclass(frozen=True)
class FindParts:
    """Look for scene cuts.

    Attributes:
        pieces: number of parts to aim for; long scenes give fewer.
    """

    job: VideoJob
    options: Options
    pieces: int

    def run(self, networks: Networks, progress: Progress) -> Parts:
        """See `Task.run`."""
        folder = Path(self.job.outputs["dst"].root, PARTIAL, f"parts-{secrets.token_hex(4)}")
        if not can_be_split(self.job, self.options):
            return Parts(str(folder), ())
        with local_source(self.job.source) as source:
            options = self.options
            reader = lowered(open_video(source, options.start, options.end), options.size)
            scenes = find_scenes(reader)
            begin = Fraction(0) if source.is_dir() or is_animated_webp(source) else inspect(source).begin
            return Parts(str(folder), tuple(group_scenes(scenes, self.pieces, begin, options.start, options.end)))


@dataclass(frozen=True)
class MattePart:
    """Matte one part into the shared folder of parts."""

    job: VideoJob
    options: Options
    parts: Parts
    index: int

    def run(self, networks: Networks, progress: Progress) -> Succeeded:
        """See `Task.run`."""
        began = time.monotonic()
        part = self.parts.parts[self.index]
        timings: list[tuple[int, int | None, str]] = []

        def note(frame: Frame, result: FrameResult, picture: object) -> None:
            timings.append((frame.pts, frame.duration, str(frame.time_base)))

        last = self.index == len(self.parts.parts) - 1
        folder = Path(self.parts.folder, f"{self.index}")
        work = folder.with_name(f"{self.index}-{secrets.token_hex(4)}")
        try:
            work.mkdir(parents=True)
            paths = part_files(work, self.job)
            with local_source(self.job.source) as source:
                arguments = self.options.as_arguments() | {"start": part.start, "end": part.end}
                frames = matte_video(
                    source,
                    paths["dst"],
                    alpha=paths.get("alpha"),
                    foreground=paths.get("foreground"),
                    save_background=paths.get("save_background") if last else None,
                    model=networks.model,
                    engine=networks.engine,
                    progress=throttled(progress),
                    watch=note,
                    **arguments | {"warm_up": self.options.warm_up and self.index == 0},
                ).frames
            (work / "times.json").write_text(json.dumps(timings))
            shutil.rmtree(folder, ignore_errors=True)  # left over if a worker was lost at this point
            work.rename(folder)
        except OSError as error:
            raise OutputError(f"{work} cannot be written: {error.strerror or error}") from None
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return Succeeded(frames, time.monotonic() - began)


@dataclass(frozen=True)
class JoinParts:
    """Join the parts into the outputs."""

    job: VideoJob
    options: Options
    parts: Parts

    def run(self, networks: Networks, progress: Progress) -> Succeeded:
        """See `Task.run`."""
        began = time.monotonic()
        folders = [Path(self.parts.folder, str(index)) for index in range(len(self.parts.parts))]
        timings = [timing for folder in folders for timing in _timings(folder)]
        start, end = self.options.start, self.options.end
        with local_source(self.job.source) as source, stage(self.job) as paths:
            info = lowered(open_video(source, start, end, hdr=self.options.hdr), self.options.size).info
            notes = list(info.notes)
            for kind, path in paths.items():
                pieces = [part_files(folder, self.job)[kind] for folder in folders]
                if kind == "save_background":
                    pieces[-1].replace(path)
                elif not self.job.outputs[kind].is_file:
                    _join_folders(pieces, path)
                else:
                    sound = source if info.has_audio else None
                    notes += join_videos(pieces, timings, path, info, audio_from=sound, start=start, end=end)
        shutil.rmtree(self.parts.folder, ignore_errors=True)
        staged = {kind: str(path) for kind, path in paths.items()}
        return Succeeded(len(timings), time.monotonic() - began, staged, notes=tuple(dict.fromkeys(notes)))


def can_be_split(job: VideoJob, options: Options) -> bool:
    """Whether parts come out as they would in the unsplit video, and can be joined.

    A background video would start over with every part, as would the choice of frames for a lower rate. Parts are
    stored in a folder that all workers can see, so the output must not be an address.
    """
    target = job.outputs["dst"]
    if is_address(target.root) or options.fps is not None:
        return False
    if target.is_file and Path(target.name).suffix.lower() not in JOINABLE:
        return False
    return options.background is None or not isinstance(open_background(options.background), VideoBackground)


@dataclass(frozen=True)
class Scene:
    """The frames between two scene cuts, with the times of the first and last, in seconds on the source's clock."""

    first: Fraction
    last: Fraction
    frames: int


def find_scenes(frames: Iterable[Frame]) -> list[Scene]:
    """The scenes of a video, given its frames in order, with cuts where `MattingSession` detects them."""
    scenes: list[Scene] = []
    before: Glance | None = None
    for frame in frames:
        now, at = glance(frame.image), frame.pts * frame.time_base
        if before is None or is_scene_cut(before, now):
            scenes.append(Scene(at, at, 1))
        else:
            scenes[-1] = Scene(scenes[-1].first, at, scenes[-1].frames + 1)
        before = now
    return scenes


def group_scenes(
    scenes: Sequence[Scene], pieces: int, begin: Fraction, start: float | None, end: float | None
) -> list[Part]:
    """Group neighbouring scenes into about `pieces` parts of about equal length.

    Args:
        scenes: the scenes between `start` and `end`.
        pieces: number of parts to aim for.
        begin: time on the source's clock at its beginning, in seconds.
        start, end: range of the video to matte, in seconds from its beginning, or None.
    """
    wanted = sum(scene.frames for scene in scenes) / pieces
    parts: list[Part] = []
    frames, since = 0, scenes[0].first
    for scene, following in zip(scenes, [*scenes[1:], None], strict=True):
        frames += scene.frames
        if following is None:
            parts.append(Part(start, end, frames))
        # a cut in time cannot separate frames with equal timestamps
        elif frames >= wanted and following.first - since >= SECONDS and scene.last < following.first:
            cut = float((scene.last + following.first) / 2 - begin)
            parts.append(Part(start, cut, frames))
            start, frames, since = cut, 0, following.first
    return parts


def part_files(folder: Path, job: VideoJob) -> dict[str, Path]:
    """The paths of a part's outputs in its folder, by kind."""
    return {kind: folder / work_name(kind, target) for kind, target in job.outputs.items()}


def _timings(folder: Path) -> Iterator[FrameTiming]:
    for pts, duration, unit in json.loads((folder / "times.json").read_text()):
        yield FrameTiming(pts * Fraction(unit), None if duration is None else duration * Fraction(unit))


def _join_folders(pieces: Sequence[Path], path: Path) -> None:
    path.mkdir()
    images = [image for piece in pieces for image in list_images(piece)]
    for index, image in enumerate(images):
        image.replace(path / f"{index:06d}{image.suffix}")
