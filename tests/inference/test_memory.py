"""Memory does not grow with the length of a video."""

import subprocess
import sys
from pathlib import Path

import pytest
from matting_clips import write_clip

PEAK = """
import sys
import torch
from modnetv_kit import load_model, matte_video
from modnetv_kit.bench.machine import peak_memory
torch.set_num_threads(2)
matte_video(sys.argv[1], sys.argv[2], background="blur", model=load_model(device="cpu"), device="cpu")
print(peak_memory(torch.device("cpu")) // 1024)
"""


@pytest.mark.slow
def test_a_minute_of_720p_peaks_at_the_memory_of_ten_seconds(tmp_path: Path) -> None:
    peaks = []
    # Four frames a second take a sixth of the time of the usual 25. Full queues between decoder, networks and encoder
    # take up to a tenth more than 40 frames do; 200 mattes that are kept take a quarter more.
    for seconds in (10, 60):
        clip = write_clip(tmp_path / f"{seconds}.mp4", frames=4 * seconds, sound=True, size=(1280, 720), rate=4)
        command = [sys.executable, "-c", PEAK, str(clip), str(tmp_path / f"{seconds}_out.mp4")]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    one_matte = 1280 * 720 / 1024  # KiB
    assert peaks[1] - peaks[0] < 200 * one_matte, f"{peaks[0]} KiB for 10 s, {peaks[1]} KiB for 60 s"
