"""The log: one valid line per record, and no duplicates after a resume."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from modnetv_kit.training import DEFAULTS, JsonLog, ProgressBar


def at(step: int) -> SimpleNamespace:
    """A trainer, as far as a callback looks at it."""
    device = SimpleNamespace(device="cpu")
    return SimpleNamespace(step=step, config=DEFAULTS["image"], precision="bf16", accelerator=device)


def steps(path: Path) -> list[int]:
    return [json.loads(line)["step"] for line in path.read_text().splitlines()]


def test_log_writes_one_json_line_a_record(tmp_path: Path) -> None:
    log = JsonLog(tmp_path / "log.jsonl")
    log.start(at(0))
    log.step(at(10), {"step": 10, "loss": 0.12345678, "lr": 1e-3})
    log.step(at(20), {"step": 20, "loss": 2.0, "lr": 1e-3})
    log.stop(at(20))
    lines = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert lines == [{"step": 10, "loss": 0.123457, "lr": 0.001}, {"step": 20, "loss": 2.0, "lr": 0.001}]


def test_resuming_drops_the_lines_of_steps_to_be_repeated(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps({"step": step}) + "\n" for step in (10, 20, 30)))
    log = JsonLog(path)
    log.start(at(20))
    assert steps(path) == [10, 20]
    log.step(at(30), {"step": 30})
    assert steps(path) == [10, 20, 30]


def test_a_new_run_starts_a_new_log(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 10}\n')
    JsonLog(path).start(at(0))
    assert path.read_text() == ""


def test_progress_bar_follows_the_run_from_where_it_resumed_and_says_its_precision(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bar = ProgressBar()
    bar.start(at(40))
    try:
        assert "training in bf16 on cpu" in capsys.readouterr().out
        assert bar.progress.tasks[0].completed == 40
        assert bar.progress.tasks[0].total == DEFAULTS["image"].steps
        bar.step(at(50), {"loss": 0.5, "images_per_s": 12.0})
        assert bar.progress.tasks[0].completed == 50
        assert bar.progress.tasks[0].fields == {"loss": 0.5, "speed": 12.0}
    finally:
        bar.stop(at(50))
    assert bar.progress.live.is_started is False
