"""A stage from options: settings from a file, initial weights, hard pictures."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from modnetv_kit.cli import app
from modnetv_kit.errors import TrainingError
from modnetv_kit.training.run import train_stage

CLIPS = {"batch_size": 2, "sizes": ((64, 64),)}
HARD = CLIPS | {"hard_example_prob": 0.5}
TINY = {"steps": 1, "workers": 0, "warmup": 1}


def test_options_win_over_the_file_and_the_file_over_the_defaults(picture_folder: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text("stage: image\nsteps: 5\nclips:\n  batch_size: 2\n  sizes: [[64, 64]]\nworkers: 0\nlr: 0.0004\n")
    run = tmp_path / "run"
    words = ["train", "--config", recipe, "--data", picture_folder, "--out", run, "--steps", 1]
    ran = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert ran.exit_code == 0
    kept = json.loads((run / "train_config.json").read_text())
    assert (kept["steps"], kept["clips"]["batch_size"], kept["lr"], kept["ema_decay"]) == (1, 2, 0.0004, 0.998)


def test_hard_pictures_are_found_once_a_run(picture_folder: Path, tmp_path: Path) -> None:
    train_stage("image", picture_folder, tmp_path / "first", clips=CLIPS, **TINY)
    again = tmp_path / "again"
    train_stage("image", picture_folder, again, init=str(tmp_path / "first"), clips=HARD, **TINY)
    written = (again / "hardness.json").stat().st_mtime_ns
    kinds = json.loads((again / "hardness.json").read_text())
    assert {kind: len(errors) for kind, errors in kinds.items()} == {"cutouts": 8, "backgrounds": 8}
    train_stage("image", picture_folder, again, resume=True, clips=HARD, **TINY | {"steps": 2})
    assert (again / "hardness.json").stat().st_mtime_ns == written


def test_untrained_weights_cannot_tell_what_is_hard(picture_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="--init"):
        train_stage("image", picture_folder, tmp_path / "run", clips=HARD, **TINY)


def test_a_resumed_run_keeps_its_settings_but_for_what_is_asked_for(picture_folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    train_stage("image", picture_folder, run, clips=CLIPS, lr=5e-3, ema_decay=0.9, **TINY)
    train_stage(None, picture_folder, run, resume=True, lr=1e-3, steps=3)
    kept = json.loads((run / "train_config.json").read_text())
    assert (kept["stage"], kept["steps"], kept["lr"], kept["ema_decay"]) == ("image", 3, 1e-3, 0.9)
    assert (kept["clips"]["batch_size"], kept["clips"]["sizes"]) == (2, [[64, 64]])
    records = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [record["step"] for record in records] == [1, 3]
    # a run ends at a hundredth of its peak
    assert [record["lr"] for record in records] == pytest.approx([5e-5, 1e-5], rel=1e-3)


@pytest.mark.parametrize(
    ("stage", "spoil", "says"),
    [
        ("video", None, "holds a run of stage 'image'"),
        (None, "", "cannot be read"),
        (None, '{"stage": "image", "steps": 1, "clips": {"clutter": 0.3}}', "clutter is called distractor_prob now"),
    ],
)
def test_a_run_that_cannot_be_resumed_says_why_in_one_line(
    picture_folder: Path, tmp_path: Path, stage: str | None, spoil: str | None, says: str
) -> None:
    saved = '{"stage": "image", "steps": 1, "clips": {"batch_size": 2}}' if spoil is None else spoil
    (tmp_path / "train_config.json").write_text(saved)
    with pytest.raises(TrainingError, match=says) as error:
        train_stage(stage, picture_folder, tmp_path, resume=True)
    assert "\n" not in str(error.value)
