from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modnetv_kit import load_model
from modnetv_kit.errors import DataError
from modnetv_kit.evaluation import evaluate, group_means
from modnetv_kit.evaluation.cost import count_multiply_adds, count_parameters


def write(folder: Path, frames: int, alphas: int | None = None) -> None:
    rng = np.random.default_rng(0)
    for kind, count, shape in (("frames", frames, (48, 64, 3)), ("alpha", alphas or frames, (48, 64))):
        (folder / kind).mkdir(parents=True)
        for i in range(count):
            Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(folder / kind / f"{i:04d}.png")


def test_every_clip_is_measured_with_and_without_memory_and_the_rule_is_put_back(tmp_path: Path) -> None:
    for name in ("00_static", "01_moving", "hd_00_static"):
        write(tmp_path / name, 3)
    model = load_model(device="cpu")
    configured = model.background.update_rule
    results = evaluate(model, tmp_path)
    assert model.background.update_rule == configured
    assert set(results) == {"00_static", "01_moving", "hd_00_static"}
    means = group_means(results)
    assert set(means) == {"all", "static", "moving", "hd"}
    for metric in ("MAD", "MSE", "dtSSD"):
        both = [results[name]["off"][metric] for name in ("00_static", "01_moving")]
        assert means["all"]["off"][metric] == pytest.approx(np.mean(both))
        assert means["hd"]["refresh"][metric] == results["hd_00_static"]["refresh"][metric]


def test_a_folder_without_clips_and_a_missing_alpha_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no clips"):
        evaluate(load_model(device="cpu"), tmp_path)
    write(tmp_path / "00_static", 3, 2)
    with pytest.raises(DataError, match=r"00_static has 3 frames but 2 alphas"):
        evaluate(load_model(device="cpu"), tmp_path)


def test_bundled_weights_keep_the_budgets() -> None:
    model = load_model(device="cpu")
    assert count_parameters(model)[0] <= 2_200_000
    assert count_multiply_adds(model) <= 2_000_000_000
