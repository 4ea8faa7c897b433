"""The command that calibrates the int8 engine for new bundled weights."""

from pathlib import Path

import pytest
import torch

from modnetv_kit import load_model
from modnetv_kit.engines.int8 import load_calibration, quantised_layers
from modnetv_kit.engines.networks import for_export
from modnetv_kit.training import calibrate


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two clips of two small frames."""
    monkeypatch.setattr(calibrate, "CLIPS", 2)
    monkeypatch.setattr(calibrate, "LENGTH", 2)
    monkeypatch.setattr(calibrate, "SIZES", ((64, 96), (96, 64)))


def test_the_clips_are_composed_alike_every_time(picture_folder: Path, small: None) -> None:
    first, again = (list(calibrate.composed_clips(picture_folder)) for _ in range(2))
    assert [clip.shape for clip in first] == [(2, 3, 64, 96), (2, 3, 96, 64)]
    for one, other in zip(first, again, strict=True):
        assert torch.equal(one, other)
        assert one.min() >= 0
        assert one.max() <= 1


def test_the_ranges_are_kept_for_the_bundled_weights(
    picture_folder: Path, small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrate, "CALIBRATION", tmp_path / "int8.json")
    calibrate.main(["--data", str(picture_folder)])
    model = load_model(device="cpu")
    assert set(load_calibration(model, tmp_path / "int8.json")) == set(quantised_layers(for_export(model)))


def test_missing_data_is_one_line_and_the_kept_ranges_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "int8.json"
    kept.write_text("{}")
    monkeypatch.setattr(calibrate, "CALIBRATION", kept)
    with pytest.raises(SystemExit):
        calibrate.main(["--data", str(tmp_path / "nowhere")])
    assert "nowhere" in capsys.readouterr().err.splitlines()[-1]
    assert kept.read_text() == "{}"
