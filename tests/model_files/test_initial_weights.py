"""Weights that a training run starts from: of the same network, of parts of it, and of an older version."""

from pathlib import Path

import pytest
import torch
from model_helpers import awake, complaint, rewrite, same
from safetensors.torch import load_file, save_file

from modnetv_kit.hub import load_model, load_weights_into, save_model
from modnetv_kit.models import MODNet, MODNetV


def test_image_weights_start_a_video_model_and_leave_b_and_p(tmp_path: Path) -> None:
    image, video, fresh = awake(MODNet()), MODNetV(), MODNetV()
    fresh.load_state_dict(video.state_dict())
    save_model(image, tmp_path, half=False)
    (tmp_path / "config.json").unlink()
    load_weights_into(video, tmp_path)
    state = video.state_dict()
    assert all(torch.equal(state[key], tensor) for key, tensor in image.state_dict().items())
    assert same(video.background, fresh.background)
    assert same(video.refinement, fresh.refinement)


def test_video_weights_start_a_video_model_and_a_stage_starts_from_itself(model: MODNetV, tmp_path: Path) -> None:
    for source, target in ((model, MODNetV()), (awake(MODNet()), MODNet())):
        save_model(source, tmp_path, half=False)
        load_weights_into(target, tmp_path / "model.safetensors")
        assert same(source, target)


def test_weights_that_do_not_fit_change_nothing(folder: Path) -> None:
    image, video = MODNet(), MODNetV()
    before = {key: tensor.clone() for key, tensor in image.state_dict().items()}
    rewrite(folder, lambda tensors: tensors.update({"fusion.more": torch.zeros(1)}))
    assert "unexpected: fusion.more" in complaint(lambda: load_weights_into(image, folder))
    rewrite(folder, lambda tensors: tensors.pop("fusion.more"))
    assert all(torch.equal(tensor, before[key]) for key, tensor in image.state_dict().items())
    # B is there in part: the file is a MODNetV's, and what lacks is not forgiven
    rewrite(folder, lambda tensors: tensors.pop("background.fuse.2.bias"))
    assert "1 missing: background.fuse.2.bias" in complaint(lambda: load_weights_into(video, folder))
    save_file({k: t for k, t in before.items() if k != "fusion.predict.bias"}, folder / "image.safetensors")
    line = complaint(lambda: load_weights_into(video, folder / "image.safetensors"))
    assert "(1 missing: fusion.predict.bias)" in line
    assert "does not exist" in complaint(lambda: load_weights_into(video, folder / "nothing"))


def test_an_image_model_takes_from_a_video_model_what_it_has_itself(folder: Path) -> None:
    image, video = MODNet(), MODNetV()
    load_weights_into(video, folder)
    load_weights_into(image, folder)
    theirs = video.state_dict()
    assert all(torch.equal(tensor, theirs[key]) for key, tensor in image.state_dict().items())


@pytest.mark.parametrize("kind", [MODNet, MODNetV])
def test_an_encoder_named_as_in_torchvision_fills_the_encoder_only(kind: type[MODNet], tmp_path: Path) -> None:
    encoder = awake(MODNet()).encoder
    tensors = {key: tensor for key, tensor in encoder.state_dict().items() if "num_batches" not in key}
    tensors |= {"features.18.0.weight": torch.zeros(1280, 320, 1, 1), "classifier.1.bias": torch.zeros(1000)}
    save_file(tensors, tmp_path / "mobilenet_v2.safetensors")
    model = kind()
    semantic = {key: tensor.clone() for key, tensor in model.semantic.state_dict().items()}
    load_weights_into(model, tmp_path / "mobilenet_v2.safetensors")
    assert same(model.encoder, encoder)
    assert all(torch.equal(tensor, semantic[key]) for key, tensor in model.semantic.state_dict().items())


def test_an_encoder_that_does_not_fit_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "encoder.safetensors"
    tensors = MODNet().encoder.state_dict()
    save_file({k: t for k, t in tensors.items() if k != "features.3.conv.0.1.running_var"}, path)
    assert "1 missing: features.3.conv.0.1.running_var" in complaint(lambda: load_weights_into(MODNet(), path))
    save_file({"features.0.0.weight": torch.zeros(32, 3, 3, 3), "features.0.0.bias": torch.zeros(32)}, path)
    assert "folded" in complaint(lambda: load_weights_into(MODNet(), path))


def test_weights_of_0_1_0_still_load_and_compute_the_same(tmp_path: Path) -> None:
    model = awake(MODNetV())
    fresh = MODNetV().semantic.attention.state_dict()
    model.semantic.attention.load_state_dict(fresh)
    fuse = model.background.fuse[0][0]
    torch.nn.init.zeros_(fuse.weight[:, -3:])
    save_model(model, tmp_path, half=False)
    tensors = load_file(tmp_path / "model.safetensors")
    old = {key: tensor for key, tensor in tensors.items() if not key.startswith("semantic.attention.")}
    old["background.fuse.0.0.weight"] = old["background.fuse.0.0.weight"][:, :73].contiguous()
    save_file(old, tmp_path / "model.safetensors")
    frames = torch.rand(1, 3, 3, 64, 96)
    with torch.no_grad():
        expected, _ = model.eval()(frames)
        output, _ = load_model(tmp_path, device="cpu")(frames)
    assert torch.equal(output.alpha, expected.alpha)
