"""The benchmark: frames by engine and size, a comparison with another model, videos by length and size."""

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from .. import __version__
from ..devices import choose_device
from ..engines import engines_for, fastest
from ..engines.interface import check_threads
from ..errors import InputError
from ..models import MODNetV
from .batch import TURNS, PoolCost, SharingCost, measure_pool, measure_sharing, pools, splits
from .machine import processor_name
from .ratios import EngineRatio, measure_ratio
from .step import StepCost, measure_steps
from .versus import Versus, measure_versus
from .video import VideoCost, measure_video

# cost against length at one size, against size at one length
VIDEOS = (((1280, 720), 10.0), ((1280, 720), 60.0), ((1920, 1080), 10.0))

StepProgress = Callable[[str, int, int], None]


@dataclass
class Bench:
    """The results of a benchmark.

    Attributes:
        machine: description of the machine.
        steps: frames, by engine and size.
        ratios: the engines on the CPU against the first of them, turn by turn.
        versus: frames compared with another model, by runtime.
        theirs: the name of that model.
        videos: whole videos.
        sharing: a folder of videos, by number of workers.
        pools: many tiny videos, by kind of pool.
    """

    machine: dict[str, Any]
    steps: list[StepCost] = field(default_factory=list)
    ratios: list[EngineRatio] = field(default_factory=list)
    versus: list[Versus] = field(default_factory=list)
    theirs: str = ""
    videos: list[VideoCost] = field(default_factory=list)
    sharing: list[SharingCost] = field(default_factory=list)
    pools: list[PoolCost] = field(default_factory=list)


def run_bench(
    model: MODNetV,
    *,
    engines: Sequence[str] | None = None,
    versus: Path | None = None,
    device: str = "auto",
    threads: int | None = None,
    videos: bool = True,
    batches: Sequence[int] = (),
    progress: StepProgress | None = None,
) -> Bench:
    """Measure everything, one thing after the other, each in a process of its own.

    Args:
        model: the weights, on the CPU.
        engines: names, as for `open_engine`; by default all engines that can run these weights on the device.
        versus: an .onnx file with RVM's interface to compare with.
        device: see `choose_device`.
        threads: of the CPU; None lets each runtime choose.
        videos: also measure whole videos, with the first of `engines` or, by default, the fastest engine.
        batches: also measure how workers share the cores, and the overhead of pools for these numbers of videos, with
            the same engine.
        progress: called with the name of the current measurement, the number of those done, and the total.

    Raises:
        InputError: an unknown engine, threads below 1, a batch below 2, or a file that is no such model.
        DeviceError: no such device, or too little memory.
    """
    check_threads(threads)
    if min(batches, default=2) < 2:
        raise InputError(f"a batch of {min(batches)} cannot be measured: give at least 2 videos")
    place = choose_device(device)
    names = list(engines or engines_for(model, place))
    bench = Bench(
        {
            "processor": processor_name(place),
            "system": f"{platform.system()} {platform.machine()}",
            "threads": threads,
            "torch": torch.__version__,
            "modnetv_kit": __version__,
        },
        theirs=versus.name if versus else "",
    )
    clips = VIDEOS if videos else ()
    kinds = pools()
    turns = TURNS * len(splits()) if batches else 0
    # on a GPU a step returns before it is computed
    compared = names[1:] if place.type == "cpu" else []
    total, done = len(names) + len(compared) + bool(versus) + len(clips) + turns + len(kinds) * len(batches), 0

    def tell(what: str) -> None:
        nonlocal done
        if progress:
            progress(what, done, total)
        done += 1

    if versus:
        tell(versus.name)
        bench.versus = measure_versus(model, versus, threads)
    for name in names:
        tell(name)
        bench.steps += measure_steps(model, name, place, threads)
    for name in compared:
        tell(f"{name} against {names[0]}")
        bench.ratios.append(measure_ratio(model, name, names[0], place, threads))
    engine = engines[0] if engines else fastest(place)
    for size, seconds in clips:
        tell(f"{size[0]} x {size[1]}, {seconds:g} s")
        bench.videos.append(measure_video(model, engine, str(place), threads, size, seconds))
    if batches:
        bench.sharing = measure_sharing(model, engine, str(place), tell)
    for count in batches:
        for kind in kinds:
            tell(f"{count} tiny videos, {kind}")
            bench.pools.append(measure_pool(model, engine, str(place), kind, count))
    tell("measured")
    return bench
