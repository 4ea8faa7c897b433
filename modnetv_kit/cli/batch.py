"""`modnetv matte` with several inputs, patterns or folders: progress bars, and a table at the end."""

import glob
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.progress import TaskID
from rich.table import Table

from ..errors import InputError, OutputError
from ..paths import exists, is_folder
from .console import console, frames_progress, interruptible

if TYPE_CHECKING:
    from ..batch import VideoReport

BatchFormat = Annotated[
    str | None,
    typer.Option(help="Format for many videos: mp4 (default), mov, webm, or png for a folder of images each."),
]
ClusterAddress = Annotated[str | None, typer.Option(help="Run on the Ray cluster at this address, or auto.")]
WorkerCpus = Annotated[float, typer.Option(help="CPU cores that each worker reserves on a cluster.")]
WorkerGpus = Annotated[
    float, typer.Option(help="GPUs that each worker reserves on a cluster; with 0.5, two share one.")
]
Split = Annotated[
    bool, typer.Option("--split", help="Split long videos at scene cuts, and matte the parts in parallel.")
]
WorkerCount = Annotated[
    str | None, typer.Option(metavar="N", help="Processes that matte many videos at once; auto by default.")
]

_ROWS = 40  # longer tables list failures only


def is_batch(sources: Sequence[str], *batch_options: object) -> bool:
    """Whether the sources are a batch: several videos, or any option that only batches have."""
    if len(sources) > 1 or any(batch_options):
        return True
    from ..batch.locations import is_address
    from ..files import VIDEO_SUFFIXES

    path = Path(sources[0])
    if is_folder(path):
        return any(file.suffix.lower() in VIDEO_SUFFIXES for file in path.rglob("*"))
    return is_address(sources[0]) or (glob.has_magic(sources[0]) and not exists(path))


def worker_count(workers: str | None) -> int | Literal["auto"]:
    """The value of --workers.

    Raises:
        InputError: neither a number nor "auto".
    """
    if workers is None or workers == "auto":
        return "auto"
    if not workers.isdecimal():
        raise InputError(f"--workers takes a number or auto, not {workers!r}")
    return int(workers)


def cluster_at(address: str | None, cpus: float, gpus: float) -> Any:
    """The cluster specified by --cluster and its options.

    Raises:
        InputError: a worker would have no CPU.
    """
    if address is None:
        return None
    from ..batch import Cluster

    return Cluster(address, cpus, gpus)


def matte_many(sources: Sequence[str], output: str, **options: Any) -> None:
    """Run `matte_videos` with these options, with progress bars and a table.

    Raises:
        OutputError: the output has the name of a video.
    """
    from ..batch import matte_videos
    from ..files import VIDEO_SUFFIXES

    if Path(output).suffix.lower() in VIDEO_SUFFIXES:
        raise OutputError(
            f"{output} is the name of one video, but there may be several: give a folder with -o, and --format"
        )
    reports: list[VideoReport] = []
    bars = _Bars()
    with interruptible(f"finished videos are in {output}; run the same command again to resume"), bars:
        run = matte_videos(sources, output, progress=bars.show, **options)
        bars.start(run.total)
        for report in run:
            reports.append(report)
            bars.end(report)
    _print_table(reports)
    if any(report.state == "failed" for report in reports):
        raise typer.Exit(1)


class _Bars:
    """A progress bar for all videos, and one for each that is running."""

    def __init__(self) -> None:
        self._progress = frames_progress()
        self._running: dict[str, TaskID] = {}
        self._all: TaskID | None = None

    def __enter__(self) -> None:
        self._progress.start()

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def start(self, total: int) -> None:
        self._all = self._progress.add_task("all videos", total=total, unit="videos")

    def show(self, source: str, done: int, total: int | None) -> None:
        if source not in self._running:
            self._running[source] = self._progress.add_task(Path(source).name, total=total)
        self._progress.update(self._running[source], completed=done, total=total)

    def end(self, report: "VideoReport") -> None:
        if report.source in self._running:
            self._progress.remove_task(self._running.pop(report.source))
        if self._all is not None:
            self._progress.advance(self._all)
        if report.state != "skipped":
            console.print(_line(report))
        for note in report.notes:
            console.print(f"note: {note}")


def _line(report: "VideoReport") -> str:
    """One line for a finished video, so that logs show progress."""
    if report.state == "failed":
        return f"failed: {report.message}"
    rate = report.frames / report.seconds if report.seconds else 0.0
    return (
        f"{report.state}: {report.outputs[0]} ({report.frames} frames in {report.seconds:.1f} s, {rate:.1f} frames/s)"
    )


def _print_table(reports: Sequence["VideoReport"]) -> None:
    shown = reports if len(reports) <= _ROWS else [report for report in reports if report.state == "failed"]
    if shown:
        table = Table("video", "state", "frames", "seconds", "note", box=None, pad_edge=False)
        for report in shown:
            note = report.message or report.outputs[0]
            frames, seconds = (str(report.frames), f"{report.seconds:.1f}") if report.frames else ("", "")
            table.add_row(Path(report.source).name, report.state, frames, seconds, note)
        console.print(table)
    counts = Counter(report.state for report in reports)
    console.print(", ".join(f"{counts[state]} {state}" for state in ("done", "skipped", "failed")))
