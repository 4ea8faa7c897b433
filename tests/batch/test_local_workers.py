"""Batches in worker processes: identical results, and no video lost or matted twice when processes are killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
from batches import Batch, digests
from matting_clips import write_clip

from modnetv_kit.batch import schedule
from modnetv_kit.errors import MattingError
from modnetv_kit.video import open_video

LONG = 200  # frames: enough for a kill in the middle


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Six clips, of which one is long and one broken."""
    folder = tmp_path / "clips"
    folder.mkdir()
    for index in range(6):
        write_clip(folder / f"{index}.mp4", frames=LONG if index == 3 else 4, size=(64, 48))
    (folder / "2.mp4").write_text("nothing")
    return folder


def workers() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [p for p in children if any("modnetv_kit.batch.worker" in word for word in p.cmdline())]


@pytest.mark.slow
def test_two_workers_write_the_same_as_one_even_if_they_are_killed(batch: Batch, clips: Path, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill_once(source: str, done: int, total: int | None) -> None:
        if source.endswith("3.mp4") and not killed:
            killed.extend(worker.pid for worker in workers())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    reports = batch(clips, tmp_path / "out", workers=2, progress=kill_once)
    assert len(killed) == 2
    assert Counter(report.state for report in reports) == {"done": 5, "failed": 1}
    batch(clips, tmp_path / "alone")
    assert digests(tmp_path / "out") == digests(tmp_path / "alone")


@pytest.mark.slow
def test_a_video_that_kills_its_worker_fails_alone(
    batch: Batch, clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(source: str, done: int, total: int | None) -> None:
        if source.endswith("3.mp4"):
            for worker in workers():
                worker.kill()

    monkeypatch.setattr(schedule, "ATTEMPTS", 1)
    reports = batch([clips / "3.mp4", clips / "4.mp4"], tmp_path / "out", workers=1, progress=kill)
    assert [report.state for report in reports] == ["failed", "done"]
    assert "signal 9" in reports[0].message
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["4.mp4", "modnetv.jsonl"]


@pytest.mark.slow
def test_after_kill_9_of_the_whole_batch_the_next_run_mattes_only_the_missing_videos(
    clips: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "modnetv_kit", "matte", str(clips), "-o", str(out), "--workers", "2"]
    command += ["--engine", "torch", "--device", "cpu"]
    killed = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    deadline = time.monotonic() + 120
    while len(list(out.glob("*.mp4"))) < 2:
        assert time.monotonic() < deadline
        assert killed.poll() is None
        time.sleep(0.02)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    finished = {path.name: path.stat().st_mtime_ns for path in out.glob("*.mp4")}
    assert 0 < len(finished) < 5

    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 1, again.stderr
    assert f"{5 - len(finished)} done, {len(finished)} skipped, 1 failed" in again.stdout
    after = {path.name: path.stat().st_mtime_ns for path in out.glob("*.mp4")}
    assert len(after) == 5
    assert {name: after[name] for name in finished} == finished
    assert len(list(open_video(out / "3.mp4"))) == LONG
    assert sorted(path.name for path in out.iterdir() if path.suffix != ".mp4") == ["modnetv.jsonl"]
    records = [json.loads(line) for line in (out / "modnetv.jsonl").read_text().splitlines()]
    assert Counter(r["output"] for r in records if r["state"] == "done") == {f"{i}.mp4": 1 for i in (0, 1, 3, 4, 5)}


@pytest.mark.slow
def test_workers_that_cannot_start_stop_the_run_with_a_one_line_error(
    batch: Batch, clips: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "weights"
    broken.mkdir()
    (broken / "config.json").write_text("{}")
    (broken / "model.safetensors").write_text("nothing")
    with pytest.raises(MattingError, match="architecture") as error:
        batch(clips, tmp_path / "out", workers=2, weights=str(broken))
    assert "\n" not in str(error.value)
    assert workers() == []
