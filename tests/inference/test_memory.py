"""Memory does not grow with the length of a video."""

import subprocess
import sys
from pathlib import Path

import pytest
from matting_clips import write_clip

PEAK = """
import resource, sys
import torch
from modnetv_kit import load_model, matte_video
torch.set_num_threads(2)
matte_video(sys.argv[1], sys.argv[2], background="blur", model=load_model(device="cpu"), device="cpu")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_a_minute_of_720p_peaks_at_the_memory_of_ten_seconds(tmp_path: Path) -> None:
    peaks = []
    for seconds in (10, 60):
        # two frames a second: a hundred kept frames of 2.8 MB would show, and take a twelfth of the time
        clip = write_clip(tmp_path / f"{seconds}.mp4", frames=2 * seconds, sound=True, size=(1280, 720), rate=2)
        command = [sys.executable, "-c", PEAK, str(clip), str(tmp_path / f"{seconds}_out.mp4")]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    assert peaks[1] < 1.1 * peaks[0], f"{peaks[0]} KiB for 10 s, {peaks[1]} KiB for 60 s"
