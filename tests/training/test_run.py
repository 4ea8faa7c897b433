"""A stage from words: settings from a file, weights to start from, hard pictures."""

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
