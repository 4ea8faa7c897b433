"""`modnetv eval` from a user's view."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from eval_clips import write_clip

from modnetv_kit.cli import main


@pytest.fixture
def modnetv_eval(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple]:
    def run(*words: object) -> tuple[int, str, list[str]]:
        """Exit code, standard output, and the error lines."""
        monkeypatch.setattr(sys, "argv", ["modnetv", "eval", "--device", "cpu", *map(str, words)])
        monkeypatch.setenv("COLUMNS", "120")
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return (
            int(stop.value.code or 0),
            captured.out,
            [x for x in captured.err.splitlines() if x.startswith("modnetv")],
        )

    return run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("00_static", "01_moving"):
        write_clip(tmp_path / "data" / name, 2)
    return tmp_path / "data"


Run = Callable[..., tuple[int, str, list[str]]]


def test_tables_of_clips_and_means_and_a_file_of_figures(modnetv_eval: Run, data: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    code, out, problems = modnetv_eval("--data", data, "--json", figures)
    assert (code, problems) == (0, [])
    for word in ("00_static", "01_moving", "off", "accumulate", "refresh", "MAD", "Conn", "static", "moving", "bgM"):
        assert word in out
    assert "without the first frame" in out
    content = json.loads(figures.read_text())
    shown = content["means"]["all"]["refresh"]["MAD"]
    assert f"{shown:.2f}" in out
    code, again, _ = modnetv_eval("--data", data, "--json", figures, "--rvm-dtssd")
    assert code == 0
    assert "its first frame counted as 0" in again
    assert json.loads(figures.read_text())["dtSSD of the first frame"] == "0"


def test_baselines_stand_in_the_same_table(modnetv_eval: Run, data: Path) -> None:
    code, out, _ = modnetv_eval("--data", data, "--method", "off", "--method", "ofd", "--method", "mog2")
    assert code == 0
    assert "mog2" in out
    assert "ofd" in out
    assert "accumulate" not in out


def test_all_methods_stand_in_one_table_on_pages_that_are_asked_for(
    modnetv_eval: Run, data: Path, tmp_path: Path
) -> None:
    pages = tmp_path / "peers.md", tmp_path / "peers.html"
    code, out, problems = modnetv_eval("--data", data, "--method", "mog2", "--peers", pages[0], "--html", pages[1])
    assert (code, problems) == (0, [])
    for text in (out, *(page.read_text() for page in pages)):
        assert "background subtraction" in text
        assert "frames/s" in text
    assert pages[1].read_text().count("<figure>") == 2


def test_ablation_measures_all_four_and_writes_page_and_plot(modnetv_eval: Run, data: Path, tmp_path: Path) -> None:
    code, out, _ = modnetv_eval("--data", data, "--ablation", tmp_path / "ablation.md")
    assert code == 0
    assert "ablation.md" in out
    page = (tmp_path / "ablation.md").read_text()
    assert "camera at rest (1)" in page
    assert "| plate |" in page
    assert (tmp_path / "ablation.svg").exists()


def test_bad_clips_are_named_the_others_measured_and_the_exit_code_is_2(modnetv_eval: Run, data: Path) -> None:
    (data / "01_moving" / "alpha" / "0001.png").unlink()
    (data / "02_moving").mkdir()
    code, out, problems = modnetv_eval("--data", data, "--method", "off")
    assert code == 2
    assert "00_static" in out
    assert len(problems) == 2
    assert "01_moving: frames/0001.png has no counterpart" in problems[0]
    assert "02_moving: it has no frames/" in problems[1]


def test_bad_options_are_one_line_and_exit_code_2(modnetv_eval: Run, data: Path, tmp_path: Path) -> None:
    for words, expected in (
        (["--data", tmp_path / "nowhere"], "holds no clips"),
        (["--data", data, "--method", "best"], "'best'"),
        (["--data", data, "--method", f"onnx:{tmp_path / 'none.onnx'}"], "none.onnx"),
        (["--data", data, "--weights", tmp_path / "none"], "none"),
        (["--data", data, "--ablation", tmp_path / "ablation.txt"], ".md"),
        (["--data", data, "--peers", tmp_path / "peers.txt"], ".md"),
        (["--data", data, "--html", tmp_path / "page.txt"], ".html"),
        (["--data", data, "--json", tmp_path / "none" / "figures.json"], "no folder"),
    ):
        code, _, problems = modnetv_eval(*words)
        assert code == 2, words
        assert len(problems) == 1
        assert expected in problems[0]


def test_ctrl_c_says_what_became_of_the_figures(
    modnetv_eval: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("modnetv_kit.evaluation.benchmark.evaluate_clip", interrupt)
    code, _, problems = modnetv_eval("--data", data, "--json", tmp_path / "figures.json")
    assert code == 130
    assert "figures.json" in problems[0]
    assert "--json" in modnetv_eval("--data", data)[2][0]


def test_the_last_line_names_the_path_of_the_weights(modnetv_eval: Run, data: Path, tmp_path: Path) -> None:
    _, out, _ = modnetv_eval("--data", data, "--method", "off")
    assert out.splitlines()[-1] == "The weights ran in sessions, engine torch."
    _, out, _ = modnetv_eval("--data", data, "--method", "off", "--fp32")
    assert out.splitlines()[-1] == "The weights ran as a plain network in fp32."
    page = tmp_path / "ablation.md"
    _, out, _ = modnetv_eval("--data", data, "--ablation", page)
    assert "The weights ran as a plain network in fp32." in out  # the true plate exists there alone
