"""`modnetv eval`: measure weights and baselines."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from .console import Device, Weights, console, frames_progress, interruptible


def evaluate_command(
    data: Annotated[
        Path,
        typer.Option(
            help="Folder of clips, each with frames/ and alpha/, or com/ and pha/ as RVM's; or a published set, see "
            "docs/evaluation.md."
        ),
    ],
    weights: Weights = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="What to measure; may be repeated. The weights: off, accumulate, refresh (these three "
            "by default); paper, the paper's own rule; plate, which is given the true background; and poisoned, whose "
            "memory is corrupted before frame 4. Prompted on the first frame: click, box, mask, trimap, photo (of "
            "the empty scene), click:N (corrected). Over single frames: ofd, ofd:WEIGHTS (MODNet's one-frame delay), "
            "neighbours (a median), modnet:WEIGHTS. Without a network: mog2, knn-bg; trimap:closed-form, trimap:knn, "
            "grabcut:box (told the truth of every frame), trimap-first:closed-form (of the first); foreground:ours, "
            "foreground:ml (colours from the true alpha). Models of the field: onnx:FILE and tflite:FILE, with a "
            "preset beside them or as FILE@PRESET.",
        ),
    ] = None,
    device: Device = "auto",
    fp32: Annotated[
        bool,
        typer.Option(
            "--fp32",
            help="Run the weights as a plain network in fp32, not as `modnetv matte` does: in a session with the "
            "fastest engine. --ablation always does.",
        ),
    ] = False,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Also write all results here; the same command then continues an interrupted run."),
    ] = None,
    ablation: Annotated[
        Path | None,
        typer.Option(
            metavar="MD", help="Also write the ablation of B: a page and a plot beside it (needs the extra docs)."
        ),
    ] = None,
    clicks: Annotated[
        Path | None, typer.Option(metavar="MD", help="Also write how many clicks each person needs: a page and a plot.")
    ] = None,
    contact_sheet: Annotated[
        Path | None,
        typer.Option(metavar="JPG", help="Also draw frames of every clip with the person cut out (refresh)."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="HTML", help="Also write a page with all methods in one table and their worst frames."),
    ] = None,
    peers: Annotated[
        Path | None, typer.Option(metavar="MD", help="Also write all methods in one table, in Markdown.")
    ] = None,
    rvm_dtssd: Annotated[
        bool, typer.Option("--rvm-dtssd", help="Count the dtSSD of the first frame as 0, as RVM's averages do.")
    ] = False,
) -> None:
    """Measure weights and baselines on clips with true alpha."""
    from ..evaluation.ablation import ABLATION, check_ablation_path, write_ablation
    from ..evaluation.benchmark import MEMORIES, evaluate
    from ..evaluation.click_curve import check_click_path, click_curve, write_click_curve
    from ..evaluation.contact_sheet import check_sheet_path, write_contact_sheet
    from ..evaluation.field_table import check_field_path, methods_table, write_field
    from ..evaluation.html_page import check_html_path, write_html
    from ..evaluation.table import tables
    from ..evaluation.worst_frames import find_worst_frames
    from ..hub import load_model

    methods = list(method or ([] if ablation or clicks else MEMORIES))
    if clicks:
        check_click_path(clicks)
    if ablation:
        check_ablation_path(ablation)
        methods = [*ABLATION, *(name for name in methods if name not in ABLATION)]
    if contact_sheet:
        check_sheet_path(contact_sheet)
    if html:
        check_html_path(html)
    if peers:
        check_field_path(peers)
    model = load_model(weights, device=device)
    kept = (
        f"the results so far are in {json_file}; the same command resumes" if json_file else "--json would keep results"
    )
    with interruptible(kept), frames_progress() as progress:
        task = progress.add_task("frames", total=None)
        evaluation = evaluate(
            model,
            data,
            methods,
            fp32=fp32 or ablation is not None,
            json_file=json_file,
            first_dtssd_is_zero=rvm_dtssd,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
        curves = {}
        if clicks:
            task = progress.add_task("clicks", total=None)
            curves = click_curve(
                model, data, progress=lambda done, total: progress.update(task, completed=done, total=total)
            )
        worst = {}
        if html:
            task = progress.add_task("worst frames", total=None)
            worst = find_worst_frames(
                evaluation, data, lambda done, total: progress.update(task, completed=done, total=total)
            )
    if methods:
        for table in [*tables(evaluation), methods_table(evaluation)]:
            console.print(table)
        ran = f"in sessions, engine {evaluation.engine}" if evaluation.engine else "as a plain network in fp32"
        console.print(f"The weights ran {ran}.")
    for problem in evaluation.problems:
        print(f"modnetv: {problem}", file=sys.stderr)
    if ablation:
        console.print(f"{ablation}, {write_ablation(evaluation, ablation)}")
    if clicks:
        console.print(f"{clicks}, {write_click_curve(curves, clicks)}")
    if peers:
        write_field(evaluation, peers)
        console.print(str(peers))
    if html:
        write_html(evaluation, worst, html)
        console.print(str(html))
    if contact_sheet:
        write_contact_sheet(model, data, contact_sheet)
        console.print(str(contact_sheet))
    if evaluation.problems:
        raise typer.Exit(2)
