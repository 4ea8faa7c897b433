"""Results as tables for the terminal and in Markdown."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from .benchmark import Evaluation
from .clip_metrics import BACKGROUND, MATTE, REFINEMENT, Scores

Rows = dict[str, dict[str, Scores]]

UNITS = "MAD, MSE and fgr MSE x 1e3; Grad and Conn / 1e3; dtSSD x 1e2, {first_frame}"
NAMES = {"all": "all but hd"}


def tables(evaluation: Evaluation) -> list[Table]:
    """All results, for the terminal: mattes by clip and by group, then restored background and refinement.

    Examples:
        >>> evaluation = Evaluation({"a": {"off": {"MAD": [4.0, 5.0]}}}, {"a": ["all"]})
        >>> [(table.title, table.row_count) for table in tables(evaluation)]
        [('mattes, clip by clip', 1), ('mattes, means over clips', 1)]
    """
    how = "its first frame counted as 0" if evaluation.first_dtssd_is_zero else "without the first frame"
    units = UNITS.format(first_frame=how)
    clips, means = evaluation.clips, {NAMES.get(name, name): rows for name, rows in evaluation.means.items()}
    both = clips | {f"mean of {name}": rows for name, rows in means.items()}
    return [
        table
        for table in (
            _table("mattes, clip by clip", units, clips, MATTE),
            _table("mattes, means over clips", units, means, MATTE),
            _table("restored background (PSNR in dB over restored pixels)", "", both, BACKGROUND),
            _table("patch refinement (coarse: before P)", "", _with_refinement(both), REFINEMENT),
        )
        if table.row_count
    ]


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 2) -> str:
    """A Markdown table. All columns except the first `texts` hold numbers.

    Examples:
        >>> print(markdown(["clip", "B", "MAD"], [["a", "off", "4.00"]]), end="")
        | clip | B | MAD |
        |---|---|---:|
        | a | off | 4.00 |
    """
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * texts + "---:|" * (len(header) - texts)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def number(scores: Scores, metric: str) -> str:
    """A value as text; a dash if there is none.

    Examples:
        >>> number({"MAD": 4.0}, "MAD"), number({"MAD": 4.0}, "Conn")
        ('4.00', '-')
    """
    return f"{scores[metric]:.2f}" if metric in scores else "-"


def _table(title: str, caption: str, rows: Rows, metrics: Sequence[str]) -> Table:
    """One row per clip (or group) and method with any of `metrics`."""
    scores = [each for by_method in rows.values() for each in by_method.values()]
    shown = [metric for metric in metrics if any(metric in each for each in scores)]
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("clips", overflow="fold")
    table.add_column("method", overflow="fold")
    for metric in shown:
        table.add_column(metric.replace(" ", "\n"), justify="right", no_wrap=True)
    for name, by_method in rows.items():
        for method, each in by_method.items():
            if any(metric in each for metric in shown):
                table.add_row(name, method, *(number(each, metric) for metric in shown))
                name = ""
        table.add_section()
    return table


def _with_refinement(rows: Rows) -> Rows:
    return {
        name: {method: scores for method, scores in by_method.items() if "refined %" in scores}
        for name, by_method in rows.items()
    }
