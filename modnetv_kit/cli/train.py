"""`modnetv train`: train weights on cutouts, backgrounds and footage."""

from pathlib import Path
from typing import Annotated

import typer

from .console import interruptible


def train(
    data: Annotated[
        Path,
        typer.Option(
            help="Folder with cutouts/ (RGBA) and backgrounds/, and real/, keyed/, pairs/, hands/ or background_videos/"
            " if the settings use them; published data sets are sub-folders of these; see docs/training.md."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the run: checkpoint, log, settings, weights.")],
    stage: Annotated[str | None, typer.Option(help="image, video, or refine; needed without --config.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="YAML file of settings, such as configs/video.yaml; options override it.")
    ] = None,
    init: Annotated[
        str | None, typer.Option(help="Weights to start from: a folder of a run, or a .safetensors file.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Continue from the last checkpoint of the run, with its settings; options override them."
        ),
    ] = False,
    validate: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="CLIPS",
            help="Folder of clips for validation during training; may contain empty/, pictures without "
            "people. May be repeated. The best weights are kept in OUT/best.",
        ),
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Optimizer steps.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Clips per step and process.")] = None,
    clip_length: Annotated[int | None, typer.Option(min=1, help="Frames per clip.")] = None,
    lr: Annotated[float | None, typer.Option(min=0, help="Peak learning rate; also applies to a resumed run.")] = None,
    seed: Annotated[int | None, typer.Option(help="Random seed of data and new layers.")] = None,
    workers: Annotated[int | None, typer.Option(min=0, help="Processes that compose batches.")] = None,
) -> None:
    """Train one stage on cutouts, backgrounds and footage."""
    from ..evaluation.validation import measurement
    from ..training.config import load_config
    from ..training.run import train_stage

    settings = {} if config is None else load_config(config)
    options = {"stage": stage, "steps": steps, "lr": lr, "seed": seed, "workers": workers}
    settings |= {name: value for name, value in options.items() if value is not None}
    clips = {"batch_size": batch_size, "length": clip_length}
    if given := {name: value for name, value in clips.items() if value is not None}:
        settings["clips"] = dict(settings.get("clips", {})) | given  # type: ignore[call-overload]
    chosen = settings.pop("stage", None)
    with interruptible(f"a checkpoint is in {out}; --resume continues from it"):
        train_stage(
            None if chosen is None else str(chosen),
            data,
            out,
            init=init,
            resume=resume,
            validation=measurement(validate) if validate else None,
            **settings,
        )
