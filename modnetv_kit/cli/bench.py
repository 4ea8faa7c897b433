"""`modnetv bench`: measure speed and memory."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ..files import check_parent, output_error, replace_file
from .console import Device, Weights, console, interruptible, parts_progress


def bench(
    engine: Annotated[
        list[str] | None,
        typer.Option(help="Engine to measure; may be repeated. By default all installed engines."),
    ] = None,
    versus: Annotated[
        Path | None,
        typer.Option(
            "--vs", metavar="ONNX", help="Also measure this model, which has RVM's interface, in alternation."
        ),
    ] = None,
    weights: Weights = None,
    device: Device = "auto",
    threads: Annotated[
        int | None, typer.Option(help="CPU threads; by default each engine chooses, and videos use all but one.")
    ] = None,
    videos: Annotated[bool, typer.Option(help="Also measure whole videos, 10 and 60 seconds long.")] = True,
    batch: Annotated[
        list[int] | None,
        typer.Option(
            metavar="N",
            help="Also measure how workers share the cores, and their overhead for N tiny videos; may be repeated.",
        ),
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write all results here.")] = None,
    plot_file: Annotated[
        Path | None,
        typer.Option("--plot", metavar="SVG", help="Also draw cost against resolution and length (extra docs)."),
    ] = None,
) -> None:
    """Measure the speed and memory of frames and videos on this machine. Takes minutes; run nothing else meanwhile."""
    from ..bench import as_json, bench_tables, plot, run_bench
    from ..evaluation.svg_chart import require_matplotlib
    from ..hub import load_model

    for path in (json_file, plot_file):
        if path is not None:
            check_parent(path)
    if plot_file is not None:
        require_matplotlib()
    model = load_model(weights, device="cpu")
    with interruptible("unfinished measurements are not kept"), parts_progress() as progress:
        task = progress.add_task("measuring", total=None)
        measured = run_bench(
            model,
            engines=engine,
            versus=versus,
            device=device,
            threads=threads,
            videos=videos,
            batches=batch or (),
            progress=lambda what, done, total: progress.update(task, description=what, completed=done, total=total),
        )
    for table in bench_tables(measured):
        console.print(table)
    if json_file:
        _write(json_file, json.dumps(as_json(measured), indent=1) + "\n")
    if plot_file:
        _write(plot_file, plot(measured))


def _write(path: Path, text: str) -> None:
    try:
        replace_file(path, lambda temporary: temporary.write_text(text))
    except OSError as error:
        raise output_error(path, error) from None
    console.print(str(path))
