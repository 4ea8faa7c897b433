"""`modnetv`: the kit on the command line. Errors are one line on stderr, exit code 2."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from . import __version__
from .errors import InputError, MattingError

app = typer.Typer(
    help="Cut people out of videos without a green screen: MODNet-V with background restoration.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(highlight=False, soft_wrap=True)

Weights = Annotated[
    str | None, typer.Option(help="Folder, or owner/repo on the Hugging Face Hub; the bundled weights by default.")
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")]


class FrameRate(ProgressColumn):
    """Frames per second so far."""

    def render(self, task: Task) -> Text:
        """The rate, or a dash before there is one."""
        return Text(f"{task.speed:5.1f} frames/s" if task.speed else "    - frames/s")


def frames_progress() -> Progress:
    """A bar with frames done, frames per second and time left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        FrameRate(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


@contextmanager
def interruptible(consequence: str) -> Iterator[None]:
    """Turn Ctrl-C into one line that says what became of the work, and exit code 130."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"modnetv: interrupted; {consequence}", file=sys.stderr)
        raise typer.Exit(130) from None


@app.command()
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
    start: Annotated[float | None, typer.Option(min=0, help="Second at which to begin.")] = None,
    end: Annotated[float | None, typer.Option(min=0, help="Second at which to end.")] = None,
) -> None:
    """Cut the person out of a video and put them on a new background."""
    from .hub import load_model
    from .inference import matte_video

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
            model=load_model(weights, device=device),
            device=device,
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
    if summary.person < 0.005:
        console.print("Hardly anything was cut out: is there a person in this video?")


@app.command()
def info(weights: Weights = None, device: Device = "auto") -> None:
    """Print the model's size and cost, measured, and what it would run on."""
    import torch

    from .evaluation.cost import count_multiply_adds, count_parameters
    from .hub import load_model

    model = load_model(weights, device=device)
    parameters, refinement = count_parameters(model)
    table = Table(show_header=False, box=None)
    rows = {
        "modnetv_kit": __version__,
        "torch": torch.__version__,
        "weights": weights or "bundled",
        "device": str(next(model.parameters()).device),
        "parameters": f"{parameters / 1e6:.3f} M without P, {refinement / 1e6:.3f} M in P",
        "multiply-adds": f"{count_multiply_adds(model) / 1e9:.3f} G a frame at 512 x 288 (S, D, F and B)",
        "background": f"update {model.background.update_rule}, theta {model.background.theta}, "
        f"rho {model.background.rho}",
        "refinement": f"above {model.coarse_size} pixels, flaw > {model.xi}",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    console.print(table)


@app.command()
def train(
    data: Annotated[Path, typer.Option(help="Folder with cutouts/ (RGBA) and backgrounds/.")],
    out: Annotated[Path, typer.Option(help="Folder of the run: checkpoint, log, weights.")],
    stage: Annotated[str | None, typer.Option(help="image, video, or refine; needed without --config.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="YAML file of settings, such as configs/video.yaml; options win over it.")
    ] = None,
    init: Annotated[
        str | None, typer.Option(help="Weights to start from: a folder of a run, or a .safetensors file.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")] = False,
    steps: Annotated[int | None, typer.Option(min=1, help="Optimizer steps.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Clips a step.")] = None,
    clip_length: Annotated[int | None, typer.Option(min=1, help="Frames a clip.")] = None,
    lr: Annotated[float | None, typer.Option(min=0, help="Peak learning rate.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of data and new layers.")] = None,
    workers: Annotated[int | None, typer.Option(min=0, help="Processes that compose batches.")] = None,
) -> None:
    """Train one stage on cutouts and backgrounds."""
    from .training.config import load_config
    from .training.run import train_stage

    options = {
        "stage": stage,
        "steps": steps,
        "batch_size": batch_size,
        "clip_length": clip_length,
        "lr": lr,
        "seed": seed,
        "workers": workers,
    }
    settings = {} if config is None else load_config(config)
    settings |= {name: value for name, value in options.items() if value is not None}
    chosen = settings.pop("stage", None)
    with interruptible(f"a checkpoint is in {out}; go on from it with --resume"):
        train_stage(None if chosen is None else str(chosen), data, out, init=init, resume=resume, **settings)


@app.command(name="eval")
def evaluate_command(
    data: Annotated[
        Path, typer.Option(help="Folder of clips, each with frames/ and alpha/, or com/ and pha/ as RVM's.")
    ],
    weights: Weights = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="What to measure; may be given several times. Of the weights: off, accumulate, refresh (these three "
            "by default), and plate, which is given the true background. Others: modnet:WEIGHTS, ofd, ofd:WEIGHTS "
            "(with MODNet's one-frame delay), mog2, onnx:FILE (with RVM's interface).",
        ),
    ] = None,
    device: Device = "auto",
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Also write all figures here; the same command goes on where it was stopped."),
    ] = None,
    ablation: Annotated[
        Path | None, typer.Option(metavar="MD", help="Also write what B is worth: a page and, beside it, a plot.")
    ] = None,
    rvm_dtssd: Annotated[
        bool, typer.Option("--rvm-dtssd", help="Count the first frame's dtSSD as 0, as RVM's averages do.")
    ] = False,
) -> None:
    """Measure weights, and baselines in the same table, on clips with true alpha."""
    from .evaluation.ablation import ABLATION, check_ablation_path, write_ablation
    from .evaluation.benchmark import MEMORIES, evaluate
    from .evaluation.table import tables
    from .hub import load_model

    methods = list(method or ([] if ablation else MEMORIES))
    if ablation:
        check_ablation_path(ablation)
        methods = [*ABLATION, *(name for name in methods if name not in ABLATION)]
    kept = (
        f"the figures so far are in {json_file}; the same command goes on" if json_file else "--json would keep figures"
    )
    with interruptible(kept), frames_progress() as progress:
        task = progress.add_task("frames", total=None)
        evaluation = evaluate(
            load_model(weights, device=device),
            data,
            methods,
            json_file=json_file,
            first_dtssd_is_zero=rvm_dtssd,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    for table in tables(evaluation):
        console.print(table)
    for problem in evaluation.problems:
        print(f"modnetv: {problem}", file=sys.stderr)
    if ablation:
        console.print(f"{ablation}, {write_ablation(evaluation, ablation)}")
    if evaluation.problems:
        raise typer.Exit(2)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("demo_out"), device: Device = "auto"
) -> None:
    """Matte a real clip of a talking man and make a contact sheet of it."""
    from .demo import run_demo

    with frames_progress() as progress:
        task = progress.add_task("a man in a moving car", total=None)
        summary = run_demo(out, device, lambda done, total: progress.update(task, completed=done, total=total))
    console.print(f"{summary.frames} frames in {summary.seconds:.1f} s")
    for path in summary.outputs:
        console.print(f"  {path}")


@app.command(name="app")
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; by default this machine alone.")] = None,
    port: Annotated[int | None, typer.Option(help="By default the first free one from 7860.")] = None,
    share: Annotated[bool, typer.Option("--share", help="Also make a temporary public address.")] = False,
    weights: Weights = None,
    device: Device = "auto",
) -> None:
    """Open the app in a browser: videos, pictures, the camera, and the model's inside."""
    try:
        from .app import launch
    except ImportError as error:
        raise InputError(f'the app needs {error.name}: pip install "modnetv-kit[app]"') from None
    try:
        launch(host=host, port=port, share=share, weights=weights, device=device)
    except OSError as error:
        raise InputError(f"{error}; choose another --host or --port") from None


@app.command()
def push(
    repo: Annotated[str, typer.Argument(metavar="OWNER/REPO", help="Where to, on the Hugging Face Hub.")],
    weights: Weights = None,
    private: Annotated[bool, typer.Option("--private", help="Make a new repository private.")] = False,
) -> None:
    """Upload weights, their config and the model card to the Hugging Face Hub."""
    from .hub import load_model, push_to_hub

    console.print(push_to_hub(load_model(weights, device="cpu"), repo, private=private))


def main() -> None:
    """Run the command line; the kit's errors become one line and exit code 2."""
    try:
        app()
    except MattingError as error:
        print(f"modnetv: {error}", file=sys.stderr)
        sys.exit(2)
