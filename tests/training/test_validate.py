"""Validation during training: every evaluation adds a line, and the best weights are kept."""

import json
from pathlib import Path
from types import SimpleNamespace

from torch import nn

from modnetv_kit.training.validate import Validate


def run(folder: Path, scores: list[float], minutes: float = 0.0) -> list[int]:
    """The looks, counted from 0, after which weights were kept as the best."""
    kept: list[int] = []
    figures = iter(scores)
    looks = 0

    def measure(model: nn.Module) -> dict[str, float]:
        nonlocal looks
        looks += 1
        return {"val/off": next(figures), "val/empty": 0.01}

    def export(model: nn.Module, where: Path) -> None:
        assert where == folder / "best"
        kept.append(looks - 1)

    callback = Validate(measure, lambda found: found["val/off"], folder, minutes, export)
    trainer = SimpleNamespace(step=0, ema=SimpleNamespace(module=nn.Identity()))
    callback.start(trainer)  # type: ignore[arg-type]
    for step in range(1, len(scores)):
        trainer.step = 10 * step
        callback.step(trainer, {})  # type: ignore[arg-type]
    callback.stop(trainer)  # type: ignore[arg-type]
    return kept


def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "validation.jsonl").read_text().splitlines()]


def test_every_look_is_a_line_and_only_better_weights_are_kept(tmp_path: Path) -> None:
    assert run(tmp_path, [5.0, 6.0, 4.5, 4.6]) == [0, 2]
    found = lines(tmp_path)
    assert [line["score"] for line in found] == [5.0, 6.0, 4.5, 4.6]
    assert [line["step"] for line in found] == [10, 20, 30, 30]
    assert all(line["val/empty"] == 0.01 for line in found)


def test_a_resumed_run_must_be_better_than_what_was_kept_before(tmp_path: Path) -> None:
    run(tmp_path, [5.0])
    assert run(tmp_path, [5.5, 4.0]) == [1]
    assert len(lines(tmp_path)) == 3


def test_looks_keep_their_distance_and_the_end_is_always_looked_at(tmp_path: Path) -> None:
    assert run(tmp_path, [5.0, 4.0, 3.0], minutes=60) == [0]
    assert len(lines(tmp_path)) == 1


def test_weights_that_are_not_numbers_leave_no_line(tmp_path: Path) -> None:
    assert run(tmp_path, [5.0, float("nan")]) == [0]
    assert [line["score"] for line in lines(tmp_path)] == [5.0]
