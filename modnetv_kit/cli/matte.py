"""`modnetv matte` and `modnetv demo`: videos to videos."""

from pathlib import Path
from typing import Annotated

import typer

from .console import Device, Weights, console, frames_progress, interruptible


def matte(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A video, or a folder of frames.")],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="OUT", help=".mp4; .mov or .webm with alpha; or a folder for PNGs."),
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
) -> None:
    """Cut the person out of a video and put them on a new background."""
    from ..engines import faster_extra
    from ..hub import load_model
    from ..inference import matte_video

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
