"""The cost of many videos: how workers share the cores, and what a pool of workers costs for each video."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..batch import matte_videos
from ..batch.cluster import load_ray
from ..devices import choose_device
from ..engines.cores import usable_cores
from ..errors import DeviceError, InputError
from ..hub import save_model
from ..models import MODNetV
from .drawn_clip import DrawnClip
from .isolated import run_isolated
from .machine import peak_memory

CLIPS, CLIP_SIZE, CLIP_SECONDS = 4, (1280, 720), 10.0
TURNS = 3
TINY_SIZE, TINY_SECONDS = (64, 64), 2 / 30

Pool = Literal["local", "ray"]


@dataclass(frozen=True)
class SharingCost:
    """The speed of a folder of clips, matted onto green by a number of workers that share the cores evenly.

    Attributes:
        workers: number of processes.
        rates: frames a second of all workers together in each turn, from the first matted frame on.
    """

    workers: int
    rates: tuple[float, ...]


@dataclass(frozen=True)
class PoolCost:
    """The cost of many tiny videos, which is almost all overhead.

    Attributes:
        pool: "local" for processes of this machine, "ray" for actors of the Ray cluster at RAY_ADDRESS or, if that is
            not set, of one that is started on this machine.
        workers: number of them.
        videos: number of videos, of two frames each.
        startup: seconds until the first video was finished.
        seconds: for all others.
        processor_seconds: of the process that hands out the videos, for all others.
        memory: peak of the process that hands out the videos, in bytes; None where unknown.
    """

    pool: Pool
    workers: int
    videos: int
    startup: float
    seconds: float
    processor_seconds: float
    memory: int | None

    @property
    def per_video(self) -> float:
        """Seconds for each video, on all workers together, without the start of the pool."""
        return self.seconds / max(1, self.videos - 1)

    @property
    def processor_per_video(self) -> float:
        """Processor seconds to hand out a video; one process can hand out at most 1 / this videos a second."""
        return self.processor_seconds / max(1, self.videos - 1)


def splits() -> list[int]:
    """The numbers of workers to compare: one, one for every two cores, and one for every core."""
    cores = usable_cores()
    return sorted({1, max(1, cores // 2), cores})


def pools() -> list[Pool]:
    """The kinds of pools that can be measured; Ray only where it is installed."""
    try:
        load_ray()
    except InputError:
        return ["local"]
    return ["local", "ray"]


def measure_sharing(model: MODNetV, engine: str, device: str, step: Callable[[str], None]) -> list[SharingCost]:
    """Measure a folder of clips with every number of workers, in alternation.

    Args:
        model: the weights.
        engine: see `open_engine_for_video`.
        device: to run on.
        step: called with the name of each of the `TURNS` times `len(splits())` measurements before it starts.

    Raises:
        DeviceError: a clip fails, for example because memory runs out.
    """
    rates: dict[int, list[float]] = {workers: [] for workers in splits()}
    with _folder(model, CLIPS, CLIP_SIZE, CLIP_SECONDS) as folder:
        for _ in range(TURNS):
            for workers, measured in rates.items():
                step(f"{workers} workers")
                measured.append(run_isolated(_share, folder, workers, engine, device))
    return [SharingCost(workers, tuple(measured)) for workers, measured in rates.items()]


def measure_pool(model: MODNetV, engine: str, device: str, pool: Pool, count: int) -> PoolCost:
    """Measure the overhead of a pool with a worker for every core.

    Args:
        model, engine, device: as for `measure_sharing`.
        pool: its kind, one of `pools()`.
        count: number of tiny videos, at least 2.

    Raises:
        DeviceError: a video fails.
    """
    with _folder(model, count, TINY_SIZE, TINY_SECONDS) as folder:
        return run_isolated(_pool, folder, count, pool, engine, device)


@contextmanager
def _folder(model: MODNetV, count: int, size: tuple[int, int], seconds: float) -> Iterator[Path]:
    """A folder with the weights, in weights/, and `count` names of one drawn clip, in clips/."""
    with tempfile.TemporaryDirectory(prefix="modnetv_bench_") as name:
        folder = Path(name)
        save_model(model, folder / "weights")
        DrawnClip(*size).write(folder / "clip.mp4", seconds)
        (folder / "clips").mkdir()
        for index in range(count):
            (folder / "clips" / f"{index:06}.mp4").symlink_to(folder / "clip.mp4")
        yield folder


def _share(folder: Path, workers: int, engine: str, device: str) -> float:
    """Frames a second. The start of the workers is left out, since a long batch pays for it once."""
    began = None

    def progress(source: str, done: int, total: int | None) -> None:
        nonlocal began
        if began is None:
            began = time.perf_counter()

    frames = sum(_matte(folder, workers, engine, device, progress=progress))
    assert began is not None
    return frames / (time.perf_counter() - began)


def _pool(folder: Path, count: int, pool: Pool, engine: str, device: str) -> PoolCost:
    workers, cluster = usable_cores(), None
    if pool == "ray":
        cluster = os.environ.get("RAY_ADDRESS", "auto")
    if cluster == "auto":
        load_ray().init("local", num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    began = time.perf_counter()
    ends = [
        (time.perf_counter(), time.process_time()) for _ in _matte(folder, workers, engine, device, cluster=cluster)
    ]
    (first, first_processor), (last, last_processor) = ends[0], ends[-1]
    memory = peak_memory(choose_device("cpu"))
    return PoolCost(pool, workers, count, first - began, last - first, last_processor - first_processor, memory)


def _matte(folder: Path, workers: int, engine: str, device: str, **options: Any) -> Iterator[int]:
    """Matte the clips onto green, and yield the number of frames of each as it ends."""
    options |= {"workers": workers, "engine": engine, "device": device, "weights": str(folder / "weights")}
    for report in matte_videos(folder / "clips", folder / "out", background="green", warm_up=False, **options):
        if report.state != "done":
            raise DeviceError(f"a measurement failed: {report.message}")
        yield report.frames
    shutil.rmtree(folder / "out")
