"""All methods in one table: family, what each was told, size, speed, licence and errors."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich import box
from rich.table import Table

from ..errors import InputError
from ..files import check_parent, output_error, replace_file
from .benchmark import Evaluation
from .clip_metrics import Scores
from .facts import FRAME, Facts
from .table import NAMES, markdown, number

ABOUT = ("family", "told", "licence", "parameters", "multiply-adds", "frames/s")
ERRORS = ("MAD", "MSE", "Grad", "Conn", "dtSSD", "fgr MSE")
LEGEND = (
    f"Multiply-adds are of one frame of {FRAME[0]}x{FRAME[1]}. Frames/s are of this run, without reading pictures and "
    "without each clip's first frame. A dash is unknown, or does not exist."
)
BEGIN, END = "<!-- the table begins: `modnetv eval --peers` writes it anew -->", "<!-- the table ends -->"


class Row(NamedTuple):
    """A method in the table.

    Attributes:
        method: its name.
        facts: what is known about it.
        speed: frames per second over the clips of the group; None if the time was not taken.
        scores: means over the clips of the group.
    """

    method: str
    facts: Facts
    speed: float | None
    scores: Scores

    def about(self) -> list[str]:
        """The texts of the columns `ABOUT`."""
        return [
            self.facts.family or "-",
            self.facts.told,
            self.facts.licence or "-",
            size_text(self.facts.parameters),
            size_text(self.facts.multiply_adds),
            "-" if self.speed is None else f"{self.speed:.3g}",
        ]


def field_rows(evaluation: Evaluation) -> dict[str, list[Row]]:
    """{group of clips: a row for each method}, in the order in which the methods were named.

    Examples:
        >>> evaluation = Evaluation({"a": {"off": {"MAD": [4.0, 5.0]}}}, {"a": ["all"]}, methods={"off": object()})
        >>> {group: [(row.method, row.scores["MAD"]) for row in rows] for group, rows in field_rows(evaluation).items()}
        {'all but hd': [('off', 4.5)]}
    """
    rows: dict[str, list[Row]] = {}
    for group, means in evaluation.means.items():
        clips = [clip for clip, groups in evaluation.groups.items() if group in groups]
        rows[NAMES.get(group, group)] = [
            Row(name, evaluation.facts[name], _speed(evaluation, clips, name), scores) for name, scores in means.items()
        ]
    return rows


def methods_table(evaluation: Evaluation) -> Table:
    """What is known about each method, for the terminal; errors have a table of their own there.

    Examples:
        >>> evaluation = Evaluation({"a": {"off": {"MAD": [4.0, 5.0]}}}, {"a": ["all"]}, methods={"off": object()})
        >>> table = methods_table(evaluation)
        >>> table.row_count, [column.header for column in table.columns][:3]
        (1, ['method', 'family', 'told'])
    """
    table = Table(title="methods", caption=LEGEND, title_justify="left", caption_justify="left", box=box.SIMPLE_HEAD)
    for name in ("method", *ABOUT):
        numeric = name in ("parameters", "multiply-adds", "frames/s")
        table.add_column(name, justify="right" if numeric else "left", no_wrap=numeric, overflow="fold")
    shown: set[str] = set()
    for rows in field_rows(evaluation).values():
        for row in rows:
            if row.method not in shown:
                table.add_row(row.method, *row.about())
                shown.add(row.method)
    return table


def field_markdown(evaluation: Evaluation) -> str:
    """The table of every group of clips, in Markdown.

    Examples:
        >>> evaluation = Evaluation({"a": {"off": {"MAD": [4.0, 5.0]}}}, {"a": ["all"]}, methods={"off": object()})
        >>> print(field_markdown(evaluation), end="")
        Means over clips: all but hd.
        <BLANKLINE>
        | method | family | told | licence | parameters | multiply-adds | frames/s | MAD |
        |---|---|---|---|---:|---:|---:|---:|
        | off | - | unknown | - | - | - | - | 4.50 |
    """
    parts = []
    for group, rows in field_rows(evaluation).items():
        shown = shown_errors(rows)
        cells = [[row.method, *row.about(), *(number(row.scores, metric) for metric in shown)] for row in rows]
        parts.append(f"Means over clips: {group}.\n\n" + markdown(["method", *ABOUT, *shown], cells, texts=4))
    return "\n".join(parts)


def shown_errors(rows: Sequence[Row]) -> list[str]:
    """The metrics of `ERRORS` that any row has.

    Examples:
        >>> off, box = {"MAD": 4.0}, {"dtSSD": 1.0, "bgM %": 90.0}
        >>> shown_errors([Row("off", Facts(), None, off), Row("box", Facts(), None, box)])
        ['MAD', 'dtSSD']
    """
    return [metric for metric in ERRORS if any(metric in row.scores for row in rows)]


def check_field_path(path: Path) -> None:
    """Raise InputError or OutputError unless the table can be written to `path`; call it before measuring.

    Examples:
        >>> check_field_path(Path("field.txt"))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        modnetv_kit.errors.InputError: field.txt: the table of methods is written as Markdown; ...
    """
    if path.suffix.lower() != ".md":
        raise InputError(f"{path}: the table of methods is written as Markdown; give a name that ends in .md")
    check_parent(path)


def write_field(evaluation: Evaluation, path: Path) -> None:
    """Write the table as Markdown. In a file that exists, what stands around the table is kept.

    Raises:
        InputError: not a .md file, or an existing one without the two lines that mark the table.
        OutputError: the file cannot be written.

    Examples:
        >>> import tempfile
        >>> evaluation = Evaluation({"a": {"off": {"MAD": [4.0, 5.0]}}}, {"a": ["all"]}, methods={"off": object()})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_field(evaluation, Path(folder, "field.md"))
        ...     print(Path(folder, "field.md").read_text().splitlines()[-3])
        | off | - | unknown | - | - | - | - | 4.50 |
    """
    check_field_path(path)
    before, after = "# Methods of the field\n\n", "\n"
    try:
        if path.exists():
            before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
            _, end, after = rest.partition(END)
            if not begin or not end:
                raise InputError(f"{path} has no place for the table: write the lines {BEGIN} and {END} in it")
        text = f"{before}{BEGIN}\n\n{LEGEND}\n\n{field_markdown(evaluation)}\n{END}{after}"
        replace_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    except OSError as error:
        raise output_error(path, error) from None


def size_text(count: int | None) -> str:
    """A count in millions (M) or thousands of millions (G), to three digits.

    Examples:
        >>> size_text(3_749_635), size_text(1_620_000_000), size_text(None)
        ('3.75 M', '1.62 G', '-')
    """
    if count is None:
        return "-"
    return f"{count / 1e9:.3g} G" if count >= 1e9 else f"{count / 1e6:.3g} M"


def _speed(evaluation: Evaluation, clips: Sequence[str], method: str) -> float | None:
    """Frames per second: 1 over the mean seconds a frame, over clips."""
    seconds = [evaluation.seconds.get(clip, {}).get(method) for clip in clips]
    known = [each for each in seconds if each]
    return float(1 / np.mean(known)) if known else None
