"""TensorFlow Lite models as methods."""

from pathlib import Path

import numpy as np
import pytest
from model_helpers import complaint
from peer_files import flat_clip, tflite_model

from modnetv_kit.errors import InputError
from modnetv_kit.evaluation import open_method
from modnetv_kit.models import MODNetV

pytest.importorskip("ai_edge_litert")


def test_a_tflite_model_is_measured_with_its_preset(tmp_path: Path) -> None:
    clip = flat_clip(tmp_path / "clip", (204, 102, 51))
    path = tflite_model(tmp_path / "selfie.tflite", 32, 64)
    method = open_method(f"tflite:{path}@mediapipe_selfie", MODNetV())
    assert method.name == "tflite:selfie.tflite@mediapipe_selfie"
    alphas = [each.alpha for each in method.matte(clip)]
    assert len(alphas) == 2
    for alpha in alphas:
        assert alpha.shape == (48, 64)
        np.testing.assert_allclose(alpha, (0.8 + 0.4 + 0.2) / 3, atol=1e-4)


def test_tflite_models_that_cannot_be_used_are_one_line(tmp_path: Path) -> None:
    def opening(spec: object) -> str:
        return complaint(lambda: open_method(f"tflite:{spec}", MODNetV()), InputError)

    (tmp_path / "b.tflite").write_text("no model")
    assert "b.tflite is not a TensorFlow Lite model" in opening(tmp_path / "b.tflite")
    assert "c.tflite cannot be read" in opening(tmp_path / "c.tflite")
    path = tflite_model(tmp_path / "a.tflite", 32, 64)
    assert "a.yaml" in opening(path)
    (tmp_path / "a.yaml").write_text("size: [64, 64]")
    assert "field size is [64, 64], but the input picture takes [64, 32]" in opening(path)
