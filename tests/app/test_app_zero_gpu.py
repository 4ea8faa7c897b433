"""On ZeroGPU only inference runs on the assigned GPU, for a time estimated from frames and pixels."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from app_clips import real_clip

from modnetv_kit.app.job import MattingJob, gpu_seconds
from modnetv_kit.app.limits import Limits
from modnetv_kit.app.look import Look
from modnetv_kit.app.uploads import UploadedClip

ROOT = Path(__file__).parents[2]

# Like the real package: arguments and results are pickled, and the time is requested beforehand.
SPACES = """
import functools, os, pickle
requested = []
def GPU(duration):
    def decorate(function):
        @functools.wraps(function)
        def run(*arguments):
            requested.append((function.__name__, duration(*arguments)))
            for value in function(*pickle.loads(pickle.dumps(arguments))):
                yield pickle.loads(pickle.dumps(value))
        return run
    return decorate
"""

PROGRAM = """
import sys
from pathlib import Path
import modnetv_kit.app
import spaces
from modnetv_kit.app import engine, job
from modnetv_kit.app.limits import Limits
from modnetv_kit.app.look import Look
from modnetv_kit.app.service import Service, request_folder
engine.long_work_device = lambda: "cpu"  # there is no GPU here
job.START_UP = 240  # seconds: this machine may be busy
for limits in (Limits(gpu_seconds=1000), Limits(gpu_seconds=int(sys.argv[2]))):
    with request_folder() as folder:
        *steps, last = Service(limits).matte(sys.argv[1], Look("blur"), folder=folder)
        print(engine.device(), len(steps), last.frames, last.notes, spaces.requested[-1])
assert {name for name, _ in spaces.requested} == {"run_job"}
"""


def job(frames: int, width: int, height: int, limits: Limits | None = None) -> MattingJob:
    clip = UploadedClip(Path("clip.mp4"), width, height, 25.0, frames, frames / 25, False, None, None)
    return MattingJob(clip, Look("blur"), limits or Limits())


def test_the_requested_time_grows_with_frames_and_pixels_up_to_the_limit() -> None:
    seconds = gpu_seconds(job(100, 640, 360), Path())
    assert seconds < gpu_seconds(job(200, 640, 360), Path())
    assert seconds < gpu_seconds(job(100, 1920, 1080), Path())
    assert gpu_seconds(job(3600, 3840, 2160), Path()) == Limits().gpu_seconds
    assert gpu_seconds(job(3600, 3840, 2160, replace(Limits(), gpu_seconds=30)), Path()) == 30


def test_no_module_or_folder_shadows_the_package_spaces() -> None:
    for path in (*ROOT.iterdir(), *(ROOT / "modnetv_kit").rglob("*")):
        assert path.name not in ("spaces", "spaces.py"), path


@pytest.mark.slow
def test_only_inference_gets_a_gpu_and_stops_before_its_time_runs_out(tmp_path: Path) -> None:
    (tmp_path / "spaces.py").write_text(SPACES)
    clip = real_clip(tmp_path / "clip.mp4", 12)
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}", "SPACES_ZERO_GPU": "true", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", PROGRAM, str(clip), "100"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    whole, short = ran.stdout.splitlines()
    assert whole.startswith("cpu ")
    assert "12 () ('run_job', 240)" in whole
    assert "The GPU time ran out after 1 of 12 frames." in short
