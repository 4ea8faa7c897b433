"""The kit's own networks as methods: the effect of each use of the memory, and the accepted weights."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from eval_clips import OURS, opened, texture, write_clip
from model_helpers import awake, complaint
from PIL import Image
from safetensors.torch import save_file

from modnetv_kit.errors import DataError, InputError, WeightsError
from modnetv_kit.evaluation import ClipFiles, open_method
from modnetv_kit.evaluation.network import ImageNetwork, VideoNetwork, open_image_network, to_tensor
from modnetv_kit.model_files import model_hash, save_model
from modnetv_kit.models import BackgroundState, MODNet, MODNetV

CPU = torch.device("cpu")


@pytest.fixture
def clip(tmp_path: Path) -> ClipFiles:
    return opened(write_clip(tmp_path / "clips" / "00_static", 4).parent)


def restless(**settings: object) -> MODNetV:
    """A fixed network whose B has an effect, with background in about half of the frame."""
    torch.manual_seed(0)
    model = MODNetV(**settings)  # type: ignore[arg-type]
    awake(model)
    with torch.no_grad():
        model.background.fuse[2].weight.normal_(0, 20, generator=torch.Generator().manual_seed(1))
        model.background.head[1].weight.mul_(50)
        model.eval()
        model.background.theta = float(model(to_tensor(texture(), CPU))[0].alpha.median())
    return model


def alphas(method: object, clip: ClipFiles) -> np.ndarray:
    return np.stack([each.alpha for each in method.matte(clip)])  # type: ignore[attr-defined]


@torch.inference_mode()
def by_hand(model: MODNetV, clip: ClipFiles, keep: bool) -> tuple[np.ndarray, np.ndarray]:
    """Alphas and restored backgrounds of all frames."""
    state, mattes, restored = None, [], []
    for frame in clip.read_frames():
        output, state = model(to_tensor(frame, CPU), state if keep else None)
        mattes.append(output.alpha[0, 0].numpy())
        restored.append(output.background[0].permute(1, 2, 0).numpy())
    return np.stack(mattes), np.stack(restored)


def test_memory_is_thrown_away_before_every_frame(clip: ClipFiles) -> None:
    forgetful, model = alphas(VideoNetwork(restless(), "off"), clip), restless()
    np.testing.assert_allclose(forgetful, by_hand(model, clip, keep=False)[0], atol=1e-5)
    kept = by_hand(model, clip, keep=True)[0]
    np.testing.assert_allclose(forgetful[0], kept[0], atol=1e-5)  # the first frame knows nothing anyway
    assert np.abs(forgetful[1:] - kept[1:]).max() > 1e-4


@pytest.mark.parametrize(("rule", "other"), [("accumulate", "refresh"), ("refresh", "accumulate")])
def test_memory_is_kept_under_the_rule_and_the_model_is_left_alone(clip: ClipFiles, rule: Any, other: Any) -> None:
    model = restless(update=other, rho=1.0)
    predictions = list(VideoNetwork(model, rule).matte(clip))
    assert model.background.update_rule == other
    expected, restored = by_hand(restless(update=rule, rho=1.0), clip, keep=True)
    np.testing.assert_allclose(np.stack([each.alpha for each in predictions]), expected, atol=1e-5)
    images = np.stack([each.plate.image for each in predictions if each.plate])
    np.testing.assert_allclose(images, restored, atol=1e-5)
    assert np.abs(images - by_hand(model, clip, keep=True)[1]).max() > 1e-3  # the rules differ on this clip


def test_with_the_true_plate_b_knows_nothing_else(clip: ClipFiles) -> None:
    model = restless()
    with torch.inference_mode():
        e_4x = model.encoder.stem(to_tensor(clip.read_plate(0), CPU))[1]
        state = BackgroundState.known(e_4x, torch.ones_like(e_4x[:, :1]))
        expected = [model(to_tensor(frame, CPU), state)[0].alpha[0, 0].numpy() for frame in clip.read_frames()]
    given = alphas(VideoNetwork(model, "plate"), clip)
    np.testing.assert_allclose(given, np.stack(expected), atol=1e-5)
    assert np.abs(given - by_hand(model, clip, keep=True)[0]).max() > 1e-4


def test_a_clip_without_background_cannot_have_the_true_plate(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip", names={kind: OURS[kind] for kind in ("frames", "alpha")})
    method = VideoNetwork(restless(), "plate")
    assert "no background/" in complaint(lambda: alphas(method, opened(tmp_path)), DataError)


def test_restored_background_is_given_by_the_rules_alone(clip: ClipFiles) -> None:
    for memory, given in (("off", False), ("accumulate", True), ("refresh", True), ("plate", False)):
        predictions = list(VideoNetwork(restless(), memory).matte(clip))  # type: ignore[arg-type]
        assert [each.plate is not None for each in predictions] == [given] * 4
        if given:
            shares = [each.plate.mask.mean() for each in predictions if each.plate]
            assert shares == sorted(shares)
            assert 0 < shares[0] < 1


def test_refinement_is_given_for_frames_above_the_coarse_size(clip: ClipFiles) -> None:
    small = next(VideoNetwork(restless(), "off").matte(clip))
    assert small.refinement is None
    refining = next(VideoNetwork(restless(coarse_size=32, xi=-1.0), "off").matte(clip))
    assert refining.refinement is not None
    assert refining.refinement.refined.all()
    assert refining.refinement.upsampled.shape == refining.alpha.shape == (48, 64)
    assert np.abs(refining.refinement.upsampled - refining.alpha).max() > 1e-4
    untouched = next(VideoNetwork(restless(coarse_size=32, xi=1.0), "off").matte(clip))
    assert untouched.refinement is not None
    np.testing.assert_array_equal(untouched.refinement.upsampled, untouched.alpha)


def test_foregrounds_are_estimated_only_where_they_can_be_measured(clip: ClipFiles, tmp_path: Path) -> None:
    write_clip(tmp_path / "bare" / "clip", names={kind: OURS[kind] for kind in ("frames", "alpha")})
    bare = opened(tmp_path / "bare")
    for method in (*(VideoNetwork(restless(), m) for m in ("off", "refresh")), ImageNetwork(MODNet(), "image", CPU)):
        with_colours = list(method.matte(clip))
        assert all(each.foreground is not None and each.foreground.shape == (48, 64, 3) for each in with_colours)
        assert all(each.foreground is None for each in method.matte(bare))


def test_image_models_see_512_pixels_and_answer_at_full_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = opened(write_clip(tmp_path / "clip", 1, size=(1024, 96)).parent)
    method = ImageNetwork(MODNet(), "image", CPU)
    seen = []
    forward = method.model.forward
    monkeypatch.setattr(method.model, "forward", lambda x: seen.append(tuple(x.shape)) or forward(x))
    assert alphas(method, clip).shape == (1, 96, 1024)
    assert seen == [(1, 3, 48, 512)]


def test_image_models_come_from_either_network_and_never_from_an_encoder(clip: ClipFiles, tmp_path: Path) -> None:
    image, video = awake(MODNet()), restless()
    save_model(image, tmp_path / "image", half=False)
    save_model(video, tmp_path / "video", half=False)
    first = open_image_network(tmp_path / "image", CPU)
    assert (first.name, first.identity) == ("modnet:image", model_hash(image))
    np.testing.assert_array_equal(alphas(first, clip), alphas(ImageNetwork(image, "x", CPU), clip))
    file = open_image_network(tmp_path / "image" / "model.safetensors", CPU)
    np.testing.assert_array_equal(alphas(file, clip), alphas(first, clip))
    np.testing.assert_allclose(
        alphas(open_image_network(tmp_path / "video", CPU), clip), by_hand(video, clip, keep=False)[0], atol=1e-5
    )
    encoder = {f"features.{key}": tensor for key, tensor in MODNet().encoder.state_dict().items()}
    save_file(encoder, tmp_path / "encoder.safetensors")
    assert "do not fit" in complaint(lambda: open_image_network(tmp_path / "encoder.safetensors", CPU))
    assert "does not exist" in complaint(lambda: open_image_network(tmp_path / "nowhere", CPU))


def test_methods_have_names_and_identities_of_their_own(tmp_path: Path) -> None:
    model = restless()
    save_model(MODNet(), tmp_path / "image")
    specs = [
        "off",
        "accumulate",
        "refresh",
        "plate",
        f"modnet:{tmp_path / 'image'}",
        "ofd",
        f"ofd:{tmp_path / 'image'}",
    ]
    methods = [open_method(spec, model) for spec in [*specs, "mog2"]]
    assert [method.name for method in methods] == [
        "off", "accumulate", "refresh", "plate", "modnet:image", "ofd", "ofd:image", "mog2"
    ]  # fmt: skip
    assert len({method.identity for method in methods}) == len(methods)
    assert open_method("off", model).identity == methods[0].identity
    model.xi = 0.5
    assert open_method("off", model).identity != methods[0].identity


@pytest.mark.parametrize("spec", ["grow", "modnet", "onnx", "mog2:file", "off:weights", ""])
def test_unknown_methods_are_one_line_that_names_the_known(spec: str) -> None:
    line = complaint(lambda: open_method(spec, MODNetV()), InputError)
    assert repr(spec) in line
    assert "onnx:FILE" in line


def test_damaged_weights_of_a_method_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "image").mkdir()
    (tmp_path / "image" / "config.json").write_text("{}")
    Image.new("L", (1, 1)).save(tmp_path / "image" / "model.png")
    assert "holds no model.safetensors" in complaint(
        lambda: open_method(f"ofd:{tmp_path / 'image'}", MODNetV()), WeightsError
    )
