"""The cost of a video from file to file, and of each stage alone."""

import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ..engines import open_engine_for_video
from ..engines.cores import usable_cores
from ..inference import MattingSession, matte_video
from ..inference.composite import ColourBackground, composite
from ..models import MODNetV
from ..video import open_video, open_writer
from .drawn_clip import DrawnClip
from .isolated import run_isolated
from .machine import peak_memory

ALONE = 40  # frames on which each stage is measured alone
GREEN = (0, 255, 0)

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class StageCost:
    """The cost of one stage alone, per frame.

    Attributes:
        seconds: wall-clock time.
        cpu_seconds: CPU time of all threads.
    """

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class VideoCost:
    """The cost of a drawn clip, matted onto green.

    Attributes:
        engine: its name.
        width, height: of the frames, in pixels.
        seconds: length of the video.
        rate: frames a second, from opening the file to the finished result.
        stages: {name: cost alone}; together they are all of the work.
        cores: number of cores that this process may use.
        memory: peak of the process, in bytes; None where unknown. The stages are measured afterwards.
    """

    engine: str
    width: int
    height: int
    seconds: float
    rate: float
    stages: dict[str, StageCost]
    cores: int
    memory: int | None

    @property
    def over_slowest(self) -> float:
        """Time of the whole over that of the slowest stage alone: 1 if all others run beside it."""
        return 1 / self.rate / max(stage.seconds for stage in self.stages.values())

    @property
    def over_bound(self) -> float:
        """Time of the whole over its lower bound on these cores: the slowest stage, or all work shared evenly."""
        work = sum(stage.cpu_seconds for stage in self.stages.values()) / self.cores
        return 1 / self.rate / max(work, *(stage.seconds for stage in self.stages.values()))


def measure_video(
    model: MODNetV, engine: str, device: str, threads: int | None, size: tuple[int, int], seconds: float
) -> VideoCost:
    """Measure one clip in a process of its own.

    Args:
        model: the weights.
        engine: as for `open_engine_for_video`, like the next two.
        device: to run on.
        threads: of the CPU.
        size: (width, height) of the clip.
        seconds: length of the video.

    Raises:
        InputError, DeviceError: as for `open_engine_for_video`.
        OutputError: there is no room for temporary files.
    """
    return run_isolated(_measure, model.cpu(), engine, device, threads, size, seconds)


def _measure(
    model: MODNetV, name: str, device: str, threads: int | None, size: tuple[int, int], seconds: float
) -> VideoCost:
    engine = open_engine_for_video(model, name, device, threads)
    with tempfile.TemporaryDirectory(prefix="modnetv_bench_") as folder:
        source, result = Path(folder, "source.mp4"), Path(folder, "result.mp4")
        DrawnClip(*size).write(source, seconds)
        session = MattingSession(model, engine=engine)
        for frame in islice(open_video(source), 5):  # so that one-time work of the runtimes is not measured
            session.step(frame.image)
        began = time.perf_counter()
        summary = matte_video(source, result, background="green", model=model, engine=engine, warm_up=False)
        rate = summary.frames / (time.perf_counter() - began)
        memory = peak_memory(engine.device)
        stages = _alone(source, result, MattingSession(model, engine=engine))
    return VideoCost(engine.name, *size, seconds, rate, stages, usable_cores(), memory)


def _alone(source: Path, result: Path, session: MattingSession) -> dict[str, StageCost]:
    """Measure each stage on the same frames, one after the other."""
    reader = open_video(source)
    green = ColourBackground(GREEN)
    frames, decoding = _time(islice(reader, ALONE), lambda frame: frame)
    results, network = _time(frames, lambda frame: session.step(frame.image))
    pictures, compositing = _time(
        list(zip(frames, results, strict=True)),
        lambda pair: composite(pair[1].foreground, pair[1].alpha, green.draw(*pair)),
    )
    writer = open_writer(result, reader.info)
    written, encoding = _time(
        list(zip(frames, pictures, strict=True)),
        lambda pair: writer.write(pair[1], pair[0].pts, pair[0].time_base),
    )
    writer.close()
    assert len(written) == len(frames)
    return {"decode": decoding, "network": network, "compose": compositing, "encode": encoding}


def _time(items: Iterable[A], do: Callable[[A], B]) -> tuple[list[B], StageCost]:
    wall, cpu = time.perf_counter(), time.process_time()
    done = [do(item) for item in items]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return done, StageCost(wall / len(done), cpu / len(done))
