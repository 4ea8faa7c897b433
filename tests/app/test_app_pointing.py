"""Clicks respond quickly, because work that does not depend on them is done once per frame."""

from pathlib import Path

import numpy as np
import pytest
from app_clips import real_clip
from torch import Tensor

from modnetv_kit.app import pointing
from modnetv_kit.app.limits import Limits
from modnetv_kit.engines import open_engine
from modnetv_kit.errors import InputError
from modnetv_kit.hub import load_model
from modnetv_kit.inference import Prompt
from modnetv_kit.models import BackgroundState, CoarseOutput


class CountingEngine:
    """The PyTorch engine, counting all steps and those without memory and prompts."""

    def __init__(self) -> None:
        self._engine = open_engine(load_model(device="cpu"), "torch", "cpu")
        self.name, self.device, self.model = self._engine.name, self._engine.device, self._engine.model
        self.patches = self._engine.patches
        self.steps = self.unprompted = 0

    def step(self, frame: Tensor, state: BackgroundState) -> tuple[CoarseOutput, BackgroundState]:
        self.steps += 1
        self.unprompted += not any(part.any() for part in state)
        return self._engine.step(frame, state)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> CountingEngine:
    counting = CountingEngine()
    monkeypatch.setattr(pointing.engine, "runtime", lambda: counting)
    monkeypatch.setattr(pointing.engine, "model", lambda: counting.model)
    return counting


def test_clicks_on_a_frame_read_the_file_and_run_the_unprompted_step_once(
    counting: CountingEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = str(real_clip(tmp_path / "me.mp4", 3))
    validated = []
    validate = pointing.validate_upload
    monkeypatch.setattr(pointing, "validate_upload", lambda *given: validated.append(given) or validate(*given))
    pictures = [pointing.tinted(clip, "", "", 1, {}, Limits())]
    for points in ([(120, 90, "keep")], [(120, 90, "keep"), (20, 20, "remove")]):
        pictures.append(pointing.tinted(clip, "", "", 1, {1: Prompt(points)}, Limits()))
    assert len(validated) == counting.unprompted == 1
    assert counting.steps <= 3
    assert all(picture.shape == (208, 256, 3) and picture.dtype == np.uint8 for picture in pictures)
    assert (pictures[0] != pictures[1]).any()
    assert (pictures[1] != pictures[2]).any()
    pointing.tinted(clip, "", "", 2, {}, Limits())
    assert counting.unprompted == 2


def test_clicking_on_a_deleted_video_is_an_error(counting: CountingEngine, tmp_path: Path) -> None:
    clip = real_clip(tmp_path / "me.mp4", 2)
    pointing.tinted(str(clip), "", "", 0, {}, Limits())
    clip.unlink()
    with pytest.raises(InputError, match="no longer kept"):
        pointing.tinted(str(clip), "", "", 0, {}, Limits())
