"""`modnetv matte` and `modnetv demo`: cut people out of videos."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import InputError
from ..paths import check_apart, check_new
from .batch import (
    BatchFormat,
    ClusterAddress,
    Split,
    WorkerCount,
    WorkerCpus,
    WorkerGpus,
    cluster_at,
    is_batch,
    matte_many,
    worker_count,
)
from .console import Device, Weights, console, frames_progress, interruptible
from .output_options import (
    Crf,
    Despill,
    Feather,
    Fps,
    Gif,
    Hdr,
    Input,
    Json,
    NoWarmUp,
    Overwrite,
    Quiet,
    Raw,
    Shrink,
    Size,
)
from .prompt_options import Box, Each, Keep, Mask, Plate, Remove, Trimap, prompt_arguments


def matte(
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help=".mp4; .mov, .webm or .mkv with alpha; .gif, .webp; or a folder for PNGs. For many videos, a folder. "
            "- writes a pipe.",
        ),
    ],
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IN...",
            help='A video, or a folder of frames; or many: videos, folders of videos, "shots/*.mp4". - reads a pipe.',
        ),
    ] = None,
    inputs: Input = None,
    background: Annotated[
        str | None,
        typer.Option(
            metavar="BG",
            help="green, #rrggbb, a picture, a video, blur, or none for transparency. "
            "By default none if OUT can hold alpha, else green.",
        ),
    ] = None,
    alpha: Annotated[Path | None, typer.Option(help="Also write the matte as a grey video.")] = None,
    foreground: Annotated[Path | None, typer.Option(help="Also write the person's own colours.")] = None,
    save_background: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Also write the restored background.")
    ] = None,
    weights: Weights = None,
    device: Device = "auto",
    engine: Annotated[
        str,
        typer.Option(
            help="Runtime of the networks: auto (the fastest installed one), torch, compile, onnxruntime, "
            "openvino, openvino-bf16, openvino-int8."
        ),
    ] = "auto",
    threads: Annotated[int | None, typer.Option(help="CPU threads of the engine; by default all but one.")] = None,
    start: Annotated[float | None, typer.Option(min=0, help="Start at this second.")] = None,
    end: Annotated[float | None, typer.Option(min=0, help="End at this second.")] = None,
    keep: Keep = None,
    remove: Remove = None,
    box: Box = None,
    mask: Mask = None,
    trimap: Trimap = None,
    plate: Plate = None,
    each: Each = False,
    shrink: Shrink = 0.0,
    feather: Feather = 0.0,
    despill: Despill = 1.0,
    size: Size = None,
    fps: Fps = None,
    crf: Crf = None,
    hdr: Hdr = "tone-map",
    gif: Gif = None,
    no_warm_up: NoWarmUp = False,
    raw: Raw = False,
    quiet: Quiet = False,
    as_json: Json = False,
    overwrite: Overwrite = False,
    format: BatchFormat = None,
    workers: WorkerCount = None,
    split: Split = False,
    cluster: ClusterAddress = None,
    worker_cpus: WorkerCpus = 1.0,
    worker_gpus: WorkerGpus = 0.0,
) -> None:
    """Cut the person out of a video and put them on a new background.

    Many videos are written to a folder under their own names; --alpha, --foreground and --save-background are then
    folders, too. After an interruption, run the same command again: finished videos are skipped.
    """
    sources = [*(sources or []), *(inputs or [])]
    if not sources:
        raise InputError("give a video to matte, such as: modnetv matte me.mp4 -o me_on_green.mp4")
    from ..inference.edges import Edges

    if is_batch(sources, format, workers, split, cluster):
        if each or any((keep, remove, box, mask, trimap, plate)):
            raise InputError("clicks, boxes, masks, trimaps and plates apply to a single video: give just one")
        if any((gif, raw, quiet, as_json)):
            raise InputError("--gif, pipes, --quiet and --json work with a single video only")
        matte_many(
            sources,
            output,
            format=format or "mp4",
            background=background,
            alpha=alpha,
            foreground=foreground,
            save_background=save_background,
            workers=worker_count(workers),
            split=split,
            cluster=cluster_at(cluster, worker_cpus, worker_gpus),
            overwrite=overwrite,
            weights=weights,
            device=device,
            engine=engine,
            threads=threads,
            start=start,
            end=end,
            edges=Edges(shrink, feather, despill),
            size=size,
            fps=fps,
            crf=crf,
            hdr=hdr,
            warm_up=not no_warm_up,
        )
        return
    from ..engines import faster_extra
    from ..hub import load_model
    from ..inference import matte_video
    from ..inference.outputs import numbered
    from .pipes import pipe_writer, source_or_stdin
    from .reporter import Reporter

    source, edges = Path(sources[0]), Edges(shrink, feather, despill)
    prompts: dict[str, Any] = {}
    if sources[0] != "-":
        prompts = prompt_arguments(
            source, start, end, keep=keep, remove=remove, box=box, mask=mask, trimap=trimap, each=each, fps=fps
        )
    elif each or any((keep, remove, box, mask, trimap, start, end)):
        raise InputError("clicks, boxes, masks, trimaps, --start and --end need a file, not a pipe")
    people = range(1, 1 + len(prompts["targets"])) if each else [None]
    outputs = [
        Path(path) for path in (None if output == "-" else output, alpha, foreground, save_background, gif) if path
    ]
    written = [path if person is None else numbered(path, person) for path in outputs for person in people]
    check_apart([path for path in (mask, trimap) if path], written)  # `matte_video` is given only what they show
    if not overwrite:
        check_new(written)
    opened = source_or_stdin(sources[0])
    writer = pipe_writer(opened, background, size, fps, start, end, raw) if output == "-" else None
    reporter = Reporter(source.name, quiet, as_json, to_pipe=output == "-")
    with interruptible(lambda: reporter.left_in(output)), reporter.running():
        summary = matte_video(
            opened,
            writer or output,
            background=background,
            alpha=alpha,
            foreground=foreground,
            save_background=save_background,
            copies=[gif] if gif else [],
            edges=edges,
            crf=crf,
            hdr=hdr,
            size=size,
            fps=fps,
            warm_up=not no_warm_up,
            model=load_model(weights, device="cpu"),
            device=device,
            engine=engine,
            threads=threads,
            start=start,
            end=end,
            plate=plate,
            **prompts,
            progress=reporter.progress,
        )
    reporter.summary(summary, faster_extra(summary.device) if engine == "auto" else None)


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("demo_out"), device: Device = "auto"
) -> None:
    """Matte a real clip of a talking man and make a contact sheet."""
    from ..demo import run_demo

    with interruptible(f"the frames so far are in {out}"), frames_progress() as progress:
        task = progress.add_task("a man in a moving car", total=None)
        summary = run_demo(out, device, lambda done, total: progress.update(task, completed=done, total=total))
    console.print(f"{summary.frames} frames in {summary.seconds:.1f} s")
    for path in summary.outputs:
        console.print(f"  {path}")
