"""Quick validation during training."""

from pathlib import Path

import numpy as np
import pytest
from drawn_footage import write_footage
from eval_clips import write_clip
from PIL import Image
from torch import nn

from modnetv_kit.errors import DataError
from modnetv_kit.evaluation.validation import Validation, measurement


@pytest.fixture
def looked_at(tmp_path: Path) -> Path:
    write_clip(tmp_path / "val/pictures", 3)
    write_footage(tmp_path / "val/video", 3)
    (tmp_path / "val/empty").mkdir()
    for level in (51, 153):
        Image.fromarray(np.full((40, 48, 3), (level, 0, 0), np.uint8)).save(tmp_path / f"val/empty/{level}.png")
    return tmp_path / "val"


def test_clips_and_empty_pictures_are_measured(looked_at: Path, red_model: nn.Module) -> None:
    figures = Validation(looked_at, frames=2).measure(red_model)
    assert set(figures) == {"off", "memory", "worse", "empty"}
    assert figures["empty"] == pytest.approx((0.2 + 0.6) / 2, abs=1e-3)
    # this model takes the red channel for alpha and remembers nothing
    assert figures["off"] == pytest.approx(figures["memory"])
    assert figures["worse"] == 0
    validation = Validation(looked_at, frames=2)
    assert {name: len(clip) for name, clip in validation.clips.items()} == {"pictures": 2, "video": 2}
    wrong = [
        np.abs(frame[0, 0].numpy() / 255 - alpha).mean()
        for pairs in validation.clips.values()
        for frame, alpha in pairs
    ]
    assert figures["off"] == pytest.approx(1000 * float(np.mean(wrong)), rel=1e-3)


def test_the_score_weighs_memory_twice_and_empty_pictures_by_the_hundred(looked_at: Path, red_model: nn.Module) -> None:
    (looked_at / "empty").rename(looked_at.parent / "empty")
    nobody = looked_at.parent / "nobody"
    nobody.mkdir()
    (looked_at.parent / "empty").rename(nobody / "empty")
    measure, score = measurement([looked_at, nobody])
    figures = measure(red_model)
    assert set(figures) == {"val/off", "val/memory", "val/worse", "nobody/empty"}
    assert score(figures) == pytest.approx(
        (figures["val/off"] + 2 * figures["val/memory"]) / 3 + 100 * figures["nobody/empty"]
    )
    assert score({"val/off": 3.0, "val/memory": 6.0, "nobody/empty": 0.01}) == pytest.approx(6.0)


def test_a_folder_with_nothing_to_look_at_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no clips") as error:
        measurement([tmp_path])
    assert "\n" not in str(error.value)
