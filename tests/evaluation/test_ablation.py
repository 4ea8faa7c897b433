"""The page of the ablation: its figures, its plot, and the text that it never overwrites."""

import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from model_helpers import complaint

from modnetv_kit.errors import InputError, OutputError
from modnetv_kit.evaluation import Evaluation, svg_chart
from modnetv_kit.evaluation.ablation import ABLATION, check_ablation_path, write_ablation
from modnetv_kit.evaluation.clip_metrics import Series
from modnetv_kit.evaluation.svg_chart import Panel, line_charts


def series(level: float, frames: int = 32) -> Series:
    """Errors that grow by 1 % of the first a frame."""
    mad: list[float | None] = [level * (1 + i / 100) for i in range(frames)]
    return {
        "MAD": mad,
        "MSE": [level / 2] * frames,
        "Grad": [1.0] * frames,
        "Conn": [2.0] * frames,
        "dtSSD": [None, *[level / 4] * (frames - 1)],
        "bgM %": [float(50 + i) for i in range(frames)],
        "bg PSNR": [20.0 if i % 8 == 0 else None for i in range(frames)],
    }


@pytest.fixture
def evaluation() -> Evaluation:
    levels = dict(zip(ABLATION, (10.0, 9.0, 8.0, 7.0), strict=True))
    result = Evaluation()
    for name, groups, factor in (
        ("00_static", ["all", "static"], 1.0),
        ("02_static", ["all", "static"], 3.0),
        ("01_moving", ["all", "moving"], 2.0),
        ("hd_00_static", ["hd"], 100.0),
    ):
        result.over_time[name] = {method: series(level * factor) for method, level in levels.items()}
        result.groups[name] = groups
    return result


def cells(page: str, *start: str) -> list[str]:
    """The cells of the first table row that begins with these."""
    for line in page.splitlines():
        row = [cell.strip() for cell in line.strip("|").split("|")]
        if row[: len(start)] == list(start):
            return row[len(start) :]
    raise AssertionError(f"no row {start}")


def test_the_page_holds_means_changes_and_the_command(evaluation: Evaluation, tmp_path: Path) -> None:
    svg = write_ablation(evaluation, tmp_path / "ablation.md")
    page = (tmp_path / "ablation.md").read_text()
    growth = 1 + sum(range(32)) / 32 / 100
    assert cells(page, "camera at rest (2)", "off") == [f"{20 * growth:.2f}", "10.00", "1.00", "2.00", "5.00", "", ""]
    assert cells(page, "camera at rest (2)", "plate")[-2:] == ["-30.0 %", "-30.0 %"]
    assert cells(page, "camera moves (1)", "refresh")[0] == f"{16 * growth:.2f}"
    assert cells(page, "camera moves", "accumulate")[:2] == ["18.00", f"{18 * 1.02:.2f}"]  # frames 0, and 1 to 3
    assert cells(page, "camera moves", "refresh")[-2:] != cells(page, "camera moves", "accumulate")[-2:]
    assert "50.00 %" in page
    assert "20.00" in page
    assert "--ablation ablation.md" in page
    assert "without the first frame" in page
    assert str(tmp_path) not in page
    assert f"({svg.name})" in page
    assert svg == tmp_path / "ablation.svg"


def test_the_plot_is_valid_and_draws_every_use_of_the_memory(evaluation: Evaluation, tmp_path: Path) -> None:
    root = ET.parse(write_ablation(evaluation, tmp_path / "ablation.md")).getroot()
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {*ABLATION, "camera at rest", "camera moves", "MAD x 1e3", "dtSSD x 1e2", "frame"} <= set(texts)
    lines = [e.get("d", "") for e in root.iter("{http://www.w3.org/2000/svg}path") if (e.get("d") or "").count("L") > 5]
    assert len(lines) == 16
    assert [line.count("L") for line in lines[:4]] == [31] * 4
    assert [line.count("L") for line in lines[8:12]] == [30] * 4  # dtSSD begins with frame 1


def test_what_was_written_below_the_figures_is_kept(evaluation: Evaluation, tmp_path: Path) -> None:
    page = tmp_path / "ablation.md"
    write_ablation(evaluation, page)
    page.write_text(page.read_text() + "\n## What it means\n\nB helps.\n")
    del evaluation.over_time["02_static"]
    write_ablation(evaluation, page)
    assert page.read_text().endswith("\n\n## What it means\n\nB helps.\n")
    assert page.read_text().count("# What background restoration is worth") == 1
    assert "camera at rest (1)" in page.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ablation.md", "ablation.svg"]


def test_clips_that_are_short_or_not_measured_by_all_are_averaged_with_care(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    evaluation.over_time["02_static"] = {method: series(20, 4) for method in ABLATION}
    del evaluation.over_time["01_moving"]["plate"]
    write_ablation(evaluation, tmp_path / "ablation.md")
    page = (tmp_path / "ablation.md").read_text()
    assert "camera moves" not in page.partition("## Means")[2].replace("at rest and moving", "")
    assert cells(page, "camera at rest", "off")[0] == "15.00"  # frame 0: 10 and 20
    assert cells(page, "camera at rest", "off")[2] == f"{10 * 1.055:.2f}"  # frames 4 to 7: the longer clip alone


def test_what_cannot_be_written_is_one_line(evaluation: Evaluation, tmp_path: Path) -> None:
    assert ".md" in complaint(lambda: write_ablation(evaluation, tmp_path / "ablation.pdf"), InputError)
    nowhere = tmp_path / "nowhere" / "ablation.md"
    assert "nowhere" in complaint(lambda: write_ablation(evaluation, nowhere), OutputError)
    assert "background/" in complaint(lambda: write_ablation(Evaluation(), tmp_path / "a.md"), InputError)
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_one_line_says_so_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(svg_chart, "find_spec", lambda name: None)
    assert "modnetv-kit[docs]" in complaint(lambda: check_ablation_path(tmp_path / "ablation.md"), InputError)


def test_gaps_interrupt_a_line_and_names_are_escaped() -> None:
    chart = line_charts([[Panel("a < b", "y & z", {"<one>": [1.0, 2.0, math.nan, 4.0, 3.0], "flat": [2.0, 2.0]})]], "x")
    root = ET.fromstring(chart)
    paths = [element.get("d", "") for element in root.iter("{http://www.w3.org/2000/svg}path")]
    assert any(re.fullmatch(r"M[\d. ]+L[\d. ]+M[\d. ]+L[\d. ]+", path) for path in paths)
    assert "a < b" in [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "nan" not in chart
    assert line_charts([[Panel("none", "y", {"empty": []})]], "x").startswith("<svg")
