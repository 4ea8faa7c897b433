"""Several processes train one model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_two_processes_on_the_cpu_join_in_one_run(picture_folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    words = ["-m", "modnetv_kit", "train", "--stage", "image", "--data", picture_folder, "--out", run]
    settings = ["--steps", "2", "--batch-size", "1", "--workers", "0"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run([*launcher, *map(str, words), *settings], check=True, capture_output=True, env=environment)
    # had the launcher been ignored, each of the two would have written a line of its own
    records = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [record["step"] for record in records] == [2]
    assert (run / "model.safetensors").exists()
