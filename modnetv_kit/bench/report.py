"""The results of a benchmark as tables for the terminal, as JSON, and as a plot."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from rich import box
from rich.table import Table

from ..evaluation.svg_chart import Panel, line_charts
from .batch import CLIP_SECONDS, CLIP_SIZE, CLIPS, PoolCost, SharingCost
from .ratios import EngineRatio
from .run import Bench
from .step import StepCost
from .timing import Timing
from .versus import Versus
from .video import VideoCost

MB = 1e6


def bench_tables(bench: Bench) -> list[Table]:
    """Everything measured, for the terminal."""
    shown = [
        step_table(bench.steps),
        ratio_table(bench.ratios),
        versus_table(bench.versus, bench.theirs),
        video_table(bench.videos),
        sharing_table(bench.sharing),
        pool_table(bench.pools),
    ]
    return [table for table in shown if table.row_count]


def step_table(steps: Sequence[StepCost]) -> Table:
    """A row for every engine and size."""
    table = _table(
        "the networks, a frame",
        ("engine", "frame"),
        "P: share of patches refined. peak: share of the rate of a large matrix product. MB: peak of the process",
    )
    for name in ("ms", "10-90 %", "P", "GMAC", "GFLOP/s", "peak", "MB"):
        table.add_column(name, justify="right", no_wrap=True)
    for cost in steps:
        table.add_row(
            cost.engine,
            f"{cost.width}x{cost.height}",
            f"{1e3 * cost.timing.median:.1f}",
            "-".join(f"{1e3 * end:.1f}" for end in cost.timing.spread),
            f"{cost.refined:.0%}",
            f"{cost.multiply_adds / 1e9:.2f}",
            f"{cost.rate / 1e9:.0f}",
            f"{cost.share:.0%}",
            _megabytes(cost.memory),
        )
    return table


def ratio_table(ratios: Sequence[EngineRatio]) -> Table:
    """A row for every engine but the reference."""
    reference = ratios[0].reference if ratios else ""
    table = _table(f"engines against {reference}, turn by turn, a frame of 512x288", ("engine",))
    for name in ("ms", f"{reference}, ms", "ratio"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in ratios:
        table.add_row(
            each.engine, milliseconds(each.timing), milliseconds(each.reference_timing), _median_ratio(each.ratio)
        )
    return table


def versus_table(versus: Sequence[Versus], theirs: str) -> Table:
    """A row for every runtime."""
    table = _table(f"against {theirs}, turn by turn, a frame of 512x288", ("runtime",))
    for name in ("ours, ms", "theirs, ms", "ours / theirs"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in versus:
        table.add_row(each.runtime, milliseconds(each.ours), milliseconds(each.theirs), _median_ratio(each.ratio))
    return table


def video_table(videos: Sequence[VideoCost]) -> Table:
    """A row for every clip; each stage's own milliseconds a frame are of that stage alone."""
    table = _table(
        "videos, from file to file",
        ("clip",),
        "ms a frame of each stage alone. The whole's time over that of the slowest stage, and over the least that "
        "these cores can take",
    )
    stages = list(videos[0].stages) if videos else []
    for name in ("fps", *stages, "/slowest", "/bound", "MB"):
        table.add_column(name, justify="right", no_wrap=True)
    for cost in videos:
        table.add_row(
            f"{cost.width}x{cost.height} {cost.seconds:g}s",
            f"{cost.rate:.1f}",
            *(f"{1e3 * stage.seconds:.1f}" for stage in cost.stages.values()),
            f"{cost.over_slowest:.2f}",
            f"{cost.over_bound:.2f}",
            _megabytes(cost.memory),
        )
    return table


def sharing_table(costs: Sequence[SharingCost]) -> Table:
    """A row for every number of workers."""
    table = _table(
        f"{CLIPS} clips of {CLIP_SIZE[0]}x{CLIP_SIZE[1]}, {CLIP_SECONDS:g} s, on all cores",
        ("workers",),
        "frames/s of all workers together, median and range. Ratio to one worker, turn by turn",
    )
    for name in ("fps", "ratio"):
        table.add_column(name, justify="right", no_wrap=True)
    for cost in costs:
        ratios = [rate / one for rate, one in zip(cost.rates, costs[0].rates, strict=True)]
        table.add_row(
            str(cost.workers),
            f"{np.median(cost.rates):.1f} ({min(cost.rates):.1f}-{max(cost.rates):.1f})",
            f"{np.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
        )
    return table


def pool_table(costs: Sequence[PoolCost]) -> Table:
    """A row for every pool and number of videos."""
    table = _table(
        "tiny videos of two frames",
        ("pool", "workers", "videos"),
        "first: seconds until the first video was finished. ms: for each other video. hands out ms: processor time for "
        "each video of the process that hands out the videos. MB: its peak memory",
    )
    for name in ("first", "ms", "hands out ms", "MB"):
        table.add_column(name, justify="right", no_wrap=True)
    for cost in costs:
        times = f"{cost.startup:.1f}", f"{1e3 * cost.per_video:.1f}", f"{1e3 * cost.processor_per_video:.1f}"
        table.add_row(cost.pool, str(cost.workers), str(cost.videos), *times, _megabytes(cost.memory))
    return table


def as_json(bench: Bench) -> dict[str, Any]:
    """All results under plain names: times in seconds, memory in bytes, rates in flops or frames a second."""
    return {
        "machine": bench.machine,
        "steps": [
            {
                "engine": c.engine,
                "width": c.width,
                "height": c.height,
                **_timing(c.timing),
                "refined": c.refined,
                "multiply_adds": c.multiply_adds,
                "flops_per_s": c.rate,
                "share_of_peak": c.share,
                "memory": c.memory,
            }
            for c in bench.steps
        ],
        "ratios": [
            {
                "engine": r.engine,
                "reference": r.reference,
                "timing": _timing(r.timing),
                "reference_timing": _timing(r.reference_timing),
                "ratio": _timing(r.ratio),
            }
            for r in bench.ratios
        ],
        "versus": [
            {"runtime": v.runtime, "ours": _timing(v.ours), "theirs": _timing(v.theirs), "ratio": _timing(v.ratio)}
            for v in bench.versus
        ],
        "videos": [
            {
                "width": c.width,
                "height": c.height,
                "seconds": c.seconds,
                "engine": c.engine,
                "frames_per_s": c.rate,
                "stages": {name: {"seconds": s.seconds, "cpu_seconds": s.cpu_seconds} for name, s in c.stages.items()},
                "whole_over_slowest": c.over_slowest,
                "whole_over_bound": c.over_bound,
                "memory": c.memory,
            }
            for c in bench.videos
        ],
        "sharing": [{"workers": c.workers, "frames_per_s": c.rates} for c in bench.sharing],
        "pools": [
            {**asdict(c), "seconds_per_video": c.per_video, "processor_seconds_per_video": c.processor_per_video}
            for c in bench.pools
        ],
    }


def plot(bench: Bench) -> str:
    """A plot of cost against resolution and length, as the text of an .svg file."""
    steps, videos = bench.steps, bench.videos
    panels = []
    if steps:
        sizes = sorted({(c.width, c.height) for c in steps}, key=lambda size: size[0] * size[1])
        lines = {
            engine: [
                next(
                    (1e3 * c.timing.median for c in steps if (c.engine, c.width, c.height) == (engine, *size)),
                    float("nan"),
                )
                for size in sizes
            ]
            for engine in dict.fromkeys(c.engine for c in steps)
        }
        megapixels = [width * height / 1e6 for width, height in sizes]
        panels.append(Panel("the networks, a frame", "ms", lines, megapixels, "megapixels"))
    lengths = sorted({c.seconds for c in videos})
    if len(lengths) > 1:
        measured: tuple[tuple[str, str, Callable[[VideoCost], float]], ...] = (
            ("videos, from file to file", "ms a frame", lambda c: 1e3 / c.rate),
            ("videos, memory", "MB", lambda c: (c.memory or float("nan")) / MB),
        )
        for title, label, value in measured:
            lines = {
                f"{width} x {height}": [
                    next(
                        (value(c) for c in videos if (c.width, c.height, c.seconds) == (width, height, s)), float("nan")
                    )
                    for s in lengths
                ]
                for width, height in dict.fromkeys((c.width, c.height) for c in videos)
            }
            panels.append(Panel(title, label, lines, lengths, "seconds of video"))
    return line_charts([panels], "")


def milliseconds(timing: Timing) -> str:
    """Median and spread."""
    low, high = timing.spread
    return f"{1e3 * timing.median:.1f} ({1e3 * low:.1f}-{1e3 * high:.1f})"


def _median_ratio(ratio: Timing) -> str:
    """Median and spread of the ratios of turns."""
    low, high = ratio.spread
    return f"{ratio.median:.2f} ({low:.2f} to {high:.2f})"


def _timing(timing: Timing) -> dict[str, Any]:
    return {"median": timing.median, "p10": timing.spread[0], "p90": timing.spread[1], "runs": len(timing.seconds)}


def _megabytes(memory: int | None) -> str:
    return "-" if memory is None else f"{memory / MB:.0f}"


def _table(title: str, columns: Sequence[str], caption: str = "") -> Table:
    table = Table(
        title=title,
        caption=caption,
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table
