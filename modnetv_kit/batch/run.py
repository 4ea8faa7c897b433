"""`matte_videos`: matte many videos, and resume an interrupted run."""

import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from ..engines.cores import usable_cores
from ..errors import InputError, OutputError
from ..hub import weights_hash
from ..inference.composite import ImageBackground, VideoBackground, open_background
from ..inference.edges import UNCHANGED, Edges
from ..inference.layers import check_hdr
from ..inference.outputs import Files
from ..paths import check_apart, is_file
from ..video.deep import Hdr
from .cluster import Cluster, RayWorkers
from .local import LocalWorkers
from .locations import is_address, join, location_exists, version
from .manifest import Manifest, ManifestRecord
from .plan import MANIFEST, VideoJob, plan
from .report import State, VideoReport, VideoReports
from .schedule import Schedule
from .staging import clear, publish
from .tasks import Networks, Options, Setup, Succeeded, Task
from .workers import Failed, ThisProcess, Workers

_CLUSTER_PARTS = 32  # parts of a split video when the number of workers is not known


def matte_videos(
    sources: str | Path | Iterable[str | Path],
    out: str | Path,
    *,
    format: str = "mp4",
    background: str | None = None,
    alpha: str | Path | None = None,
    foreground: str | Path | None = None,
    save_background: str | Path | None = None,
    edges: Edges = UNCHANGED,
    crf: int | None = None,
    size: int | None = None,
    fps: float | None = None,
    hdr: Hdr = "tone-map",
    warm_up: bool = True,
    start: float | None = None,
    end: float | None = None,
    workers: int | Literal["auto"] | None = None,
    cluster: Cluster | str | None = None,
    split: bool = False,
    overwrite: bool = False,
    weights: str | None = None,
    device: str = "auto",
    engine: str = "auto",
    threads: int | None = None,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> VideoReports:
    """Matte many videos into a folder, or resume an earlier run into that folder.

    The start and end of every video are recorded in `out`/modnetv.jsonl. Videos finished earlier are skipped unless
    their source has changed. Files that no run has written are not touched. Results appear under their final names only
    once they are complete. Invalid arguments raise an error at once. A video that fails is reported, and the others
    continue.

    `background`, `edges`, `crf`, `size`, `fps`, `hdr`, `warm_up`, `start`, `end`, `device` and `engine` are those of
    `matte_video`, and apply to every video. `alpha`, `foreground` and `save_background` are folders for mattes,
    foregrounds and restored backgrounds, which are named after their videos.

    Args:
        sources: files, folders, patterns such as "shots/*.mp4", or fsspec addresses. Outputs keep the names of their
            videos, and the sub-folders of a given folder.
        out: folder or address for the composites and the manifest.
        format: "mp4", "mov" or "webm", or "png" for a folder of images for each video.
        workers: number of processes, each of which mattes one video at a time; "auto" starts one for every two cores.
            None uses this process, or as many workers as fit on the cluster.
        cluster: run on a Ray cluster, at an address or "auto"; a `Cluster` also sets the resources of a worker. Its
            machines must have the kit installed and see the sources and `out` under the same paths.
        split: split long videos at scene cuts, matte the parts in parallel, and join them without re-encoding.
        overwrite: matte everything again, and replace existing results.
        weights: see `load_model`.
        threads: CPU threads of each worker's engine; by default its share of the cores.
        progress: called a few times per second with a source, its finished frames and, if known, its total frames.

    Returns:
        An iterator over reports, with their number as `total`: first the skipped videos, then the others as they
        finish. Iterating does the work; closing the iterator stops all workers and deletes unfinished outputs.

    Raises:
        InputError: a source does not exist, an option is invalid, two videos have the same output, or a result in
            `out` was made with other options or weights.
        OutputError: an output would overwrite a source, `out` cannot be written to, or another run is writing into it.
        WeightsError: the weights cannot be used.
    """
    roots = {
        kind: _absolute(root)
        for kind, root in (
            ("dst", out),
            ("alpha", alpha),
            ("foreground", foreground),
            ("save_background", save_background),
        )
        if root is not None
    }
    if len(set(roots.values())) < len(roots):
        raise InputError(
            "composites, mattes, foregrounds and backgrounds have the same file names: give each its own folder"
        )
    jobs = plan([sources] if isinstance(sources, str | Path) else sources, roots, format)
    behind = None if background is None else open_background(background)
    if background is not None and isinstance(behind, ImageBackground | VideoBackground):
        background = str(Path(background).resolve())
    # a result must replace neither a video that is still to come nor the background of all others
    read = [job.source for job in jobs if not is_address(job.source) and is_file(Path(job.source))]
    read += [background] if isinstance(behind, ImageBackground | VideoBackground) and background else []
    written = [place for job in jobs for place in job.locations if not is_address(place)]
    check_apart(map(Path, read), map(Path, written))
    check_hdr(hdr, _files(format, roots), behind)
    count = _worker_count(workers)
    options = Options(background, edges, crf, size, fps, warm_up, start, end, hdr)
    if weights is not None and Path(weights).is_dir():
        weights = str(Path(weights).resolve())
    settings = {
        "options": {"format": format, **asdict(options), "outputs": sorted(roots)},
        "weights": weights_hash(weights),
    }
    setup = Setup(weights, device, engine, threads)
    manifest = Manifest(join(roots["dst"], MANIFEST))
    try:
        for job in jobs:
            if manifest.last.get(job.key, {}).get("state") == "whole":  # the run was killed while it moved the files
                _publish(manifest, job)
        clear(roots)
        todo, skipped = _select_jobs(jobs, manifest, settings, overwrite)
    except BaseException:
        manifest.close()
        raise

    ray_cluster = Cluster(cluster) if isinstance(cluster, str) else cluster
    pieces = (_CLUSTER_PARTS if ray_cluster and workers in (None, "auto") else max(4, 2 * (count or 1))) if split else 1
    schedule = Schedule(todo, options, pieces)

    def report(task: Task, done: int, total: int | None) -> None:
        if progress:
            progress(task.job.source, *schedule.progress(task, done, total))

    def pool() -> Workers:
        most = len(todo) * pieces
        if ray_cluster is not None:
            return RayWorkers(None if workers == "auto" else count, most, setup, ray_cluster, report)
        if count is None:
            return ThisProcess(Networks.load(setup), report)
        return LocalWorkers(min(count, most), setup, report)

    return VideoReports(_Run(manifest, roots, settings).reports(todo, skipped, schedule, pool), len(jobs))


class _Run:
    """One run: submits tasks to the pool, writes the manifest and yields reports."""

    def __init__(self, manifest: Manifest, roots: dict[str, str], settings: ManifestRecord):
        self._manifest, self._roots, self._settings = manifest, roots, settings
        self._started: dict[str, ManifestRecord] = {}  # of the running videos, by key

    def reports(
        self, todo: Sequence[VideoJob], skipped: Sequence[VideoReport], schedule: Schedule, pool: Callable[[], Workers]
    ) -> Generator[VideoReport, None, None]:
        """Work through the schedule."""
        try:
            yield from skipped
            if not todo:
                return
            workers = pool()
            try:
                task = schedule.take()
                while task or workers.busy:
                    while task and workers.idle:
                        self._begin(task.job)
                        workers.submit(task)
                        task = schedule.take()
                    for ended, outcome in workers.wait():
                        result = schedule.finish(ended, outcome)
                        if result:
                            yield self._end(ended.job, result)
                    task = task or schedule.take()
            finally:
                workers.close()
                clear(self._roots)
        finally:
            self._manifest.close()

    def _begin(self, job: VideoJob) -> None:
        if job.key not in self._started:
            record = self._started[job.key] = {"source": job.source, **_version(job), **self._settings}
            self._manifest.add({"output": job.key, "state": "started", **record})

    def _end(self, job: VideoJob, result: Succeeded | Failed) -> VideoReport:
        record: ManifestRecord = {"output": job.key, **self._started.pop(job.key)}
        if isinstance(result, Failed):
            self._manifest.add(record | {"state": "failed", "message": result.message})
            return VideoReport(job.source, job.locations, "failed", message=result.message)
        record |= {"frames": result.frames, "seconds": round(result.seconds, 3)}
        if result.broken:
            record["message"] = result.broken
        if result.notes:
            record["notes"] = list(result.notes)
        # two lines, so that a run killed between moving the files and recording it loses no work
        self._manifest.add(record | {"state": "whole", "staged": result.staged})
        return _publish(self._manifest, job)


def _files(form: str, roots: Mapping[str, str]) -> Files:
    """The files of any one video."""
    video, plate = Path(f"*.{form}"), Path("*.png")
    return Files(
        video, foreground=video if "foreground" in roots else None, plate=plate if "save_background" in roots else None
    )


def _publish(manifest: Manifest, job: VideoJob) -> VideoReport:
    """Move the complete outputs, listed in the manifest's last line of this job, to their final names."""
    record = {name: value for name, value in manifest.last[job.key].items() if name not in ("staged", "time")}
    try:
        publish(job, manifest.last[job.key]["staged"])
    except OutputError as error:
        record["message"] = str(error)
    message = record.get("message", "")
    state: State = "failed" if message else "done"
    manifest.add(record | {"state": state})
    notes = tuple(record.get("notes", ()))
    return VideoReport(job.source, job.locations, state, record["frames"], record["seconds"], message, notes)


def _select_jobs(
    jobs: Sequence[VideoJob], manifest: Manifest, settings: ManifestRecord, overwrite: bool
) -> tuple[list[VideoJob], list[VideoReport]]:
    """The jobs to do, and reports of those that are skipped."""
    if overwrite:
        for job in jobs:  # so that resuming this run does not take older results for its own
            if job.key in manifest.last:
                manifest.add({"output": job.key, "state": "planned"})
        return list(jobs), []
    todo: list[VideoJob] = []
    skipped: list[VideoReport] = []
    differing: list[str] = []
    for job in jobs:
        record = manifest.last.get(job.key)
        complete = all(location_exists(location) for location in job.locations)
        if record is None and location_exists(job.locations[0]):
            line = f"{job.locations[0]} exists already and was not written by a run; -y/--overwrite replaces it"
            skipped.append(VideoReport(job.source, job.locations, "skipped", message=line))
        elif record is None or record["state"] != "done" or not complete:
            todo.append(job)
        elif difference := _difference(record, settings):
            differing.append(f"{job.locations[0]} ({difference})")
        elif {name: record.get(name) for name in ("size", "version")} != _version(job):
            todo.append(job)
        else:
            line = "done in an earlier run"
            skipped.append(VideoReport(job.source, job.locations, "skipped", record.get("frames", 0), message=line))
    if differing:
        others = f" and {len(differing) - 1} more" if len(differing) > 1 else ""
        raise InputError(
            f"{differing[0]}{others} would come out differently now: use -y/--overwrite to matte all of them again, or "
            "give another folder with -o"
        )
    return todo, skipped


def _difference(record: ManifestRecord, settings: ManifestRecord) -> str:
    """How the options or weights of a result differ from the current ones; empty if they do not."""
    if record.get("weights") != settings["weights"]:
        return "made with other weights"
    # an option that did not exist yet when the record was written was what it is by default now
    before, now = asdict(Options()) | (record.get("options") or {}), settings["options"]
    names = [name for name in now if before.get(name) != now[name]]
    return "; ".join(f"{name}: {before.get(name)}, now {now[name]}" for name in names)


def _version(job: VideoJob) -> ManifestRecord:
    """The source's current size and version; empty if it cannot be read, which its task reports."""
    try:
        size, changed = version(job.source)
    except InputError:
        return {}
    return {"size": size, "version": changed}


def _worker_count(workers: int | Literal["auto"] | None) -> int | None:
    if workers == "auto":
        return max(1, usable_cores() // 2)
    if workers is not None and workers < 1:
        raise InputError(f"workers must be at least 1, not {workers}")
    return workers


def _absolute(location: str | Path) -> str:
    location = os.fspath(location)
    return location if is_address(location) else str(Path(location).resolve())
