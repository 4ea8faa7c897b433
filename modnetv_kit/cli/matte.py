"""`modnetv matte` and `modnetv demo`: videos to videos."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError, OutputError
from .batch import Format, Workers, is_batch, matte_many, worker_count
from .console import Device, Weights, console, frames_progress, interruptible
from .prompt_options import Box, Each, Keep, Mask, Plate, Remove, Trimap, prompt_arguments


def matte(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="IN...", help='A video, or a folder of frames; or many: videos, folders of videos, "shots/*.mp4".'
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help=".mp4; .mov or .webm with alpha; or a folder for PNGs. A folder where many videos go in.",
        ),
    ],
    background: Annotated[
        str | None,
        typer.Option(
            metavar="BG",
            help="green, #rrggbb, a picture, a video, blur, or none for transparency. "
            "By default none where OUT can hold alpha, else green.",
        ),
    ] = None,
    alpha: Annotated[Path | None, typer.Option(help="Also write the matte, as a grey video.")] = None,
    foreground: Annotated[Path | None, typer.Option(help="Also write the person's own colours.")] = None,
    save_background: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Also write the restored background.")
    ] = None,
    weights: Weights = None,
    device: Device = "auto",
    engine: Annotated[
        str,
        typer.Option(
            help="What computes the networks: auto (the fastest that is installed), torch, compile, onnxruntime, "
            "openvino, openvino-bf16."
        ),
    ] = "auto",
    threads: Annotated[int | None, typer.Option(help="CPU threads of the engine; by default all but one.")] = None,
    start: Annotated[float | None, typer.Option(min=0, help="Second at which to begin.")] = None,
    end: Annotated[float | None, typer.Option(min=0, help="Second at which to end.")] = None,
    keep: Keep = None,
    remove: Remove = None,
    box: Box = None,
    mask: Mask = None,
    trimap: Trimap = None,
    plate: Plate = None,
    each: Each = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", "-y", help="Replace results that are there.")] = False,
    format: Format = None,
    workers: Workers = None,
) -> None:
    """Cut the person out of a video and put them on a new background.

    Many videos go into a folder, under their own names; --alpha, --foreground and --save-background then name folders,
    too. Run it again to go on after an interruption: what is whole is not done again.
    """
    if is_batch(sources, format, workers):
        if each or any((keep, remove, box, mask, trimap, plate)):
            raise InputError("clicks, boxes, masks, trimaps and plates belong to one video: give a single one")
        matte_many(
            sources,
            output,
            format=format or "mp4",
            background=background,
            alpha=alpha,
            foreground=foreground,
            save_background=save_background,
            workers=worker_count(workers),
            overwrite=overwrite,
            weights=weights,
            device=device,
            engine=engine,
            threads=threads,
            start=start,
            end=end,
        )
        return
    from ..engines import faster_extra
    from ..hub import load_model
    from ..inference import matte_video
    from ..inference.outputs import numbered

    source = Path(sources[0])
    said = prompt_arguments(source, start, end, keep=keep, remove=remove, box=box, mask=mask, trimap=trimap, each=each)
    people = range(1, 1 + len(said["targets"])) if each else [None]
    for path in (output, alpha, foreground, save_background):
        if path is None:
            continue
        for person in people:
            written = Path(path) if person is None else numbered(Path(path), person)
            if written.is_file() and not overwrite:
                raise OutputError(f"{written} exists already: -y/--overwrite replaces it, or give another name")
    kept = f"the frames so far are in {output}"
    with interruptible(kept), frames_progress() as progress:
        task = progress.add_task(source.name, total=None)
        summary = matte_video(
            source,
            output,
            background=background,
            alpha=alpha,
            foreground=foreground,
            save_background=save_background,
            model=load_model(weights, device="cpu"),
            device=device,
            engine=engine,
            threads=threads,
            start=start,
            end=end,
            plate=plate,
            **said,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
        progress.update(task, total=summary.frames)
    cuts = sum(reason == "scene cut" for _, reason in summary.resets)
    console.print(
        f"{summary.frames} frames in {summary.seconds:.1f} s ({summary.frames / summary.seconds:.1f} frames/s), "
        f"{summary.restored:.0%} of the background restored"
        + (f", {cuts} scene cut{'s' * (cuts > 1)}" if cuts else "")
        + f": {', '.join(str(path) for path in summary.outputs)}"
    )
    extra = faster_extra(summary.device) if engine == "auto" else None
    console.print(f"engine: {summary.engine} on {summary.device}" + (f"; faster with {extra}" if extra else ""))
    if summary.person < 0.005:
        console.print("Hardly anything was cut out: is there a person in this video?")


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("demo_out"), device: Device = "auto"
) -> None:
    """Matte a real clip of a talking man and make a contact sheet of it."""
    from ..demo import run_demo

    with frames_progress() as progress:
        task = progress.add_task("a man in a moving car", total=None)
        summary = run_demo(out, device, lambda done, total: progress.update(task, completed=done, total=total))
    console.print(f"{summary.frames} frames in {summary.seconds:.1f} s")
    for path in summary.outputs:
        console.print(f"  {path}")
