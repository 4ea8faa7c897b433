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


BROKEN = """
import sys
from pathlib import Path

from modnetv_kit.data import ClipDataset, ClipSpec
from modnetv_kit.errors import TrainingError
from modnetv_kit.models import MODNet
from modnetv_kit.training import TrainConfig, Trainer


class Damaged(ClipDataset):
    def __getitem__(self, index):  # item 5 is the third batch of the second process
        batch = super().__getitem__(index)
        return batch._replace(frames=batch.frames * float("nan")) if index == 5 else batch


pictures, out = map(Path, sys.argv[1:])
spec = ClipSpec(2, sizes=((64, 64),), max_side=96)
trainer = Trainer(MODNet(), Damaged(pictures, spec), TrainConfig("image", 8, spec, workers=0), out / "run")
trainer.log_every = 4
try:
    trainer.fit()
except TrainingError as error:
    (out / f"{trainer.accelerator.process_index}.txt").write_text(str(error))
"""


@pytest.mark.slow
def test_a_nan_on_one_process_stops_them_all_at_the_same_step(picture_folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "broken.py"
    script.write_text(BROKEN)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    words = [*launcher, str(script), str(picture_folder), str(tmp_path)]
    subprocess.run(words, check=True, capture_output=True, env=environment, timeout=600)
    said = [(tmp_path / f"{rank}.txt").read_text() for rank in (0, 1)]
    assert all("not a number at step 2 " in line and "\n" not in line for line in said)
    assert "alpha nan" not in said[0]  # its own batch was good
    assert "alpha nan" in said[1]
