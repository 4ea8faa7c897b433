"""Methods without the kit's network: filters over time, background subtraction, and models with RVM's interface."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from eval_clips import Scripted, opened, write_clip
from model_helpers import complaint
from onnx import TensorProto
from rvm_model import recurrent_model

from modnetv_kit.errors import InputError
from modnetv_kit.evaluation import ClipFiles, Prediction
from modnetv_kit.evaluation.baselines import BackgroundSubtraction, Neighbours, OneFrameDelay, remove_flicker
from modnetv_kit.evaluation.onnx_model import OnnxModel


def test_flicker_is_removed_only_where_all_three_conditions_hold() -> None:
    before = np.array([0.2, 0.2, 0.2, 0.2], np.float32)
    now = np.array([0.9, 0.25, 0.9, 0.5], np.float32)
    after = np.array([0.28, 0.3, 0.9, 0.55], np.float32)
    # a flicker; no jump; a jump that lasts; neighbours that differ
    np.testing.assert_allclose(remove_flicker(before, now, after), [0.24, 0.25, 0.9, 0.5], atol=1e-6)


class Constants:
    """Mattes of one value a frame, and the frame's number as its foreground."""

    name = "modnet:constants"
    identity = "constants"

    def __init__(self, *values: float):
        self.values = values

    def matte(self, clip: ClipFiles) -> Iterator[Prediction]:
        for index, value in enumerate(self.values):
            yield Prediction(np.full((2, 2), value, np.float32), np.full((2, 2, 3), index, np.float32))


def test_one_frame_delay_keeps_order_count_and_ends_and_looks_at_mattes_as_they_came(tmp_path: Path) -> None:
    clip = opened(write_clip(tmp_path / "clip").parent)
    method = OneFrameDelay(Constants(0.9, 0.1, 0.9, 0.1, 0.5))
    mattes = list(method.matte(clip))
    # frame 2 is judged by what its neighbours were before frame 1 was changed
    assert [float(each.alpha[0, 0]) for each in mattes] == pytest.approx([0.9, 0.9, 0.1, 0.1, 0.5])
    assert [each.foreground[0, 0, 0] for each in mattes if each.foreground is not None] == [0, 1, 2, 3, 4]
    assert method.name == "ofd:constants"
    assert len(list(OneFrameDelay(Constants(0.3)).matte(clip))) == 1
    assert len(list(OneFrameDelay(Constants(0.3, 0.9)).matte(clip))) == 2


def test_one_frame_delay_is_told_apart_by_what_it_steadies() -> None:
    a, b = Scripted("off"), Scripted("modnet:x")
    assert OneFrameDelay(a).name == "ofd"
    assert OneFrameDelay(b).name == "ofd:x"
    assert OneFrameDelay(a).identity != OneFrameDelay(b).identity != b.identity


def test_neighbours_take_the_median_of_three_and_keep_order_count_and_ends(tmp_path: Path) -> None:
    clip = opened(write_clip(tmp_path / "clip").parent)
    mattes = list(Neighbours(Constants(0.9, 0.1, 0.8, 0.3, 0.5)).matte(clip))
    assert [float(each.alpha[0, 0]) for each in mattes] == pytest.approx([0.9, 0.8, 0.3, 0.5, 0.5])
    assert {each.alpha.dtype for each in mattes} == {np.dtype(np.float32)}
    assert [each.foreground[0, 0, 0] for each in mattes if each.foreground is not None] == [0, 1, 2, 3, 4]
    assert len(list(Neighbours(Constants(0.3)).matte(clip))) == 1
    assert len(list(Neighbours(Constants(0.3, 0.9)).matte(clip))) == 2


@pytest.mark.parametrize("name", ["mog2", "knn-bg"])
def test_background_subtraction_finds_who_walks_before_a_background_at_rest(tmp_path: Path, name: str) -> None:
    clip = opened(write_clip(tmp_path / "clip", 12).parent)
    alpha = list(BackgroundSubtraction(name).matte(clip))[-1].alpha
    assert set(np.unique(alpha)) <= {0, 1}
    true = clip.read_alpha(11)
    never_covered = np.max([clip.read_alpha(index) for index in range(12)], axis=0) == 0
    assert alpha[never_covered].mean() < 0.05
    newly_covered = (true == 1) & (clip.read_alpha(9) == 0)
    assert alpha[newly_covered].mean() > 0.9
    np.testing.assert_array_equal(
        list(BackgroundSubtraction(name).matte(clip))[-1].alpha, alpha
    )  # every run begins anew


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.FLOAT16])
def test_an_onnx_model_carries_its_memory_from_frame_to_frame(tmp_path: Path, kind: int) -> None:
    clip = opened(write_clip(tmp_path / "clip", 5).parent)
    method = OnnxModel(recurrent_model(tmp_path / "tiny.onnx", kind))
    assert method.name == "onnx:tiny.onnx"
    mattes = list(method.matte(clip))
    assert mattes[0].alpha.shape == (48, 64)
    assert {each.alpha.dtype for each in mattes} == {np.dtype(np.float32)}
    assert [float(each.alpha.max()) for each in mattes] == [0.25, 0.5, 0.75, 1, 1]  # clipped
    frame = next(clip.read_frames()) / 255
    np.testing.assert_allclose(mattes[0].foreground, frame, atol=1e-3)
    assert float(next(method.matte(clip)).alpha.max()) == 0.25  # a clip begins with an empty memory


def test_the_onnx_model_is_told_to_see_512_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method = OnnxModel(recurrent_model(tmp_path / "tiny.onnx"))
    ratios = []
    run = method._session.run

    class Spy:
        def run(self, outputs: object, inputs: dict[str, np.ndarray]) -> object:
            ratios.append(inputs["downsample_ratio"].tolist())
            return run(outputs, inputs)

    monkeypatch.setattr(method, "_session", Spy())
    for name, size in (("small", (64, 48)), ("large", (1024, 64))):
        list(method.matte(opened(write_clip(tmp_path / name / "clip", 1, size=size).parent)))
    assert ratios == [[1.0], [0.5]]


def test_models_that_cannot_be_used_are_one_line(tmp_path: Path) -> None:
    assert "lacks r3o" in complaint(lambda: OnnxModel(recurrent_model(tmp_path / "a.onnx", left_out="r3o")), InputError)
    (tmp_path / "b.onnx").write_text("no model")
    assert "b.onnx is not an ONNX model" in complaint(lambda: OnnxModel(tmp_path / "b.onnx"), InputError)
    assert "c.onnx cannot be read" in complaint(lambda: OnnxModel(tmp_path / "c.onnx"), InputError)


def test_a_model_that_fails_on_a_clip_is_one_line(tmp_path: Path) -> None:
    clip = opened(write_clip(tmp_path / "clip", 1).parent)
    path = recurrent_model(tmp_path / "a.onnx")
    model = onnx.load(path)
    for dimension, value in zip(model.graph.input[0].type.tensor_type.shape.dim[2:], (128, 128), strict=True):
        dimension.dim_value = value
    onnx.save(model, path)
    assert "fails on frames of 64x48" in complaint(lambda: list(OnnxModel(path).matte(clip)), InputError)


def test_changed_files_have_another_identity(tmp_path: Path) -> None:
    a, b = (OnnxModel(recurrent_model(tmp_path / f"{kind}.onnx", kind)) for kind in (1, 10))
    again = OnnxModel(recurrent_model(tmp_path / "again.onnx"))
    assert a.identity == again.identity != b.identity
