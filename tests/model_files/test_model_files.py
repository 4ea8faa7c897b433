"""Models through files: saving and loading round-trips, and misfits give one line."""

import errno
import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from model_helpers import alpha, awake, complaint, rewrite, same
from safetensors.torch import load_file, save_file
from torch import nn

from modnetv_kit import __version__, hub
from modnetv_kit.devices import choose_device
from modnetv_kit.errors import DeviceError, OutputError
from modnetv_kit.hub import HubMODNetV, load_model, load_weights_into, save_model
from modnetv_kit.models import MODNet, MODNetV


def test_a_model_saved_in_full_comes_back_bit_for_bit(model: MODNetV, tmp_path: Path) -> None:
    save_model(model, tmp_path / "new" / "folder", half=False)
    loaded = load_model(tmp_path / "new" / "folder", device="cpu")
    assert isinstance(loaded, HubMODNetV)
    assert not loaded.training
    assert same(model, loaded)
    assert torch.equal(alpha(model), alpha(loaded))


def test_half_precision_is_for_the_file_only_and_costs_no_more_the_second_time(saved: Path, tmp_path: Path) -> None:
    stored = load_file(saved / "model.safetensors")
    assert {t.dtype for t in stored.values() if t.is_floating_point()} == {torch.half}
    loaded = load_model(str(saved), device="cpu")
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}
    save_model(loaded, tmp_path)
    for name in ("model.safetensors", "config.json"):
        assert (tmp_path / name).read_bytes() == (saved / name).read_bytes()


@pytest.mark.parametrize(("key", "value"), [("running_var", 1e-7), ("running_var", 1e5), ("running_mean", -1e5)])
def test_statistics_that_half_precision_would_spoil_stay_in_full(key: str, value: float, tmp_path: Path) -> None:
    model = awake(MODNet())
    statistics = model.get_buffer(f"encoder.features.0.1.{key}")
    statistics[3] = value
    save_model(model, tmp_path)
    stored = load_file(tmp_path / "model.safetensors")
    assert torch.equal(stored[f"encoder.features.0.1.{key}"], statistics)
    assert stored[f"encoder.features.1.conv.0.1.{key}"].dtype == torch.half


def test_config_tells_architecture_version_and_the_arguments_as_they_are_now(tmp_path: Path) -> None:
    model = MODNetV()
    model.xi = 0.25
    save_model(model, tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert (config.pop("architecture"), config.pop("kit_version")) == ("MODNetV", __version__)
    assert config == {
        "update": "refresh",
        "theta": 0.2,
        "rho": 0.5,
        "coarse_size": 512,
        "xi": 0.25,
        "presence": "alpha",
    }
    assert load_model(tmp_path, device="cpu").xi == 0.25


def test_a_model_in_channels_last_or_frozen_can_be_saved(model: MODNetV, saved: Path, tmp_path: Path) -> None:
    other = load_model(saved, device="cpu").to(memory_format=torch.channels_last).requires_grad_(False)
    save_model(other, tmp_path)
    assert (tmp_path / "model.safetensors").read_bytes() == (saved / "model.safetensors").read_bytes()


def test_a_full_disk_leaves_the_model_that_was_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    line = complaint(lambda: save_model(MODNetV(), folder), OutputError)
    assert "No space left" in line
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_saving_where_a_file_stands_is_one_line(folder: Path) -> None:
    assert "config.json" in complaint(lambda: save_model(MODNet(), folder / "config.json"), OutputError)


def test_only_models_of_the_kit_are_saved(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="Linear"):
        save_model(nn.Linear(2, 2), tmp_path)


def test_the_mixins_own_methods_write_and_read_the_same_files(saved: Path, tmp_path: Path) -> None:
    loaded = HubMODNetV.from_pretrained(saved)
    loaded.save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors").read_bytes() == (saved / "model.safetensors").read_bytes()
    assert (tmp_path / "config.json").read_bytes() == (saved / "config.json").read_bytes()
    assert "modnetv-kit" in (tmp_path / "README.md").read_text()
    changed = HubMODNetV.from_pretrained(tmp_path, update="refresh", xi=0.5)
    assert (changed.background.update_rule, changed.xi, changed.background.theta) == ("refresh", 0.5, 0.2)


def test_the_bundled_weights_load_and_matte() -> None:
    model = load_model()
    assert not model.training
    assert alpha(model.cpu()).shape == (1, 2, 1, 96, 128)


def test_without_a_source_the_bundled_folder_is_read(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "BUNDLED", saved)
    assert load_model(device="cpu").coarse_size == 64
    assert "revision" in complaint(lambda: load_model(revision="v2"))


# what does not fit


def test_missing_keys_are_counted_and_named(folder: Path) -> None:
    rewrite(folder, lambda tensors: [tensors.pop(key) for key in list(tensors) if key.startswith("background.head")])
    line = complaint(lambda: load_model(folder))
    assert "missing: background.head.0.0.0.weight" in line
    assert "more" in line
    one_less = folder / "model.safetensors"
    save_file({k: t for k, t in MODNetV().state_dict().items() if k != "semantic.predict.bias"}, one_less)
    assert "1 missing: semantic.predict.bias)" in complaint(lambda: HubMODNetV.from_pretrained(folder))


def test_unexpected_keys_and_other_shapes_are_named(folder: Path) -> None:
    def spoil(tensors: dict[str, torch.Tensor]) -> None:
        tensors["extra.weight"] = torch.zeros(1)
        tensors["semantic.predict.bias"] = torch.zeros(2)

    rewrite(folder, spoil)
    line = complaint(lambda: load_model(folder))
    assert "1 unexpected: extra.weight" in line
    assert "1 of another shape: semantic.predict.bias" in line


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pth", "model.ckpt", "model.safetensors"])
def test_a_pickle_is_never_opened_whatever_its_name(folder: Path, name: str) -> None:
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(pickle.dumps(Trap(folder / "sprung")))
    calls = [
        lambda: load_model(folder),
        lambda: load_model(folder / name),
        lambda: load_weights_into(MODNetV(), folder),
        lambda: load_weights_into(MODNetV(), folder / name),
    ]
    for call in calls:
        line = complaint(call)
        assert "safetensors" in line
        assert ("weights_only=True" in line) == (name != "model.safetensors")  # how to convert it
    assert not (folder / "sprung").exists()


@pytest.mark.parametrize("size", [0, 7, 5000, -1])
def test_a_truncated_file_is_one_line(folder: Path, size: int) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:size])
    assert "not a whole safetensors file" in complaint(lambda: load_model(folder))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "holds no config.json"),
        ("{", "cannot be read"),
        ("\xff", "cannot be read"),
        ("[]", "architecture"),
        ("{}", "architecture"),
        ('{"architecture": "ResNet"}', "'ResNet'"),
        ('{"architecture": "MODNet"}', "--init"),
        ('{"architecture": "MODNetV", "kit_version": "9.1", "wings": 2}', "wings; it was written by modnetv_kit 9.1"),
        ('{"architecture": "MODNetV", "theta": "0.1"}', "theta must be a float"),
        ('{"architecture": "MODNetV", "coarse_size": 51.5}', "coarse_size must be a int"),
        ('{"architecture": "MODNetV", "update": "forget"}', "accumulate, refresh"),
    ],
)
def test_a_config_that_does_not_fit_is_one_line(folder: Path, text: str | None, says: str) -> None:
    (folder / "config.json").unlink()
    if text is not None:
        (folder / "config.json").write_bytes(text.encode("latin-1"))
    assert says in complaint(lambda: load_model(folder))


def test_arguments_that_a_config_leaves_out_have_their_defaults(folder: Path) -> None:
    (folder / "config.json").write_text('{"architecture": "MODNetV", "rho": 1}')
    model = load_model(folder, device="cpu")
    assert (model.background.rho, model.xi) == (1, 0.01)


def test_a_source_that_is_neither_folder_nor_repository_is_one_line(folder: Path) -> None:
    assert "not a folder" in complaint(lambda: load_model("nowhere"))
    assert "not a folder" in complaint(lambda: load_model("./not/there"))
    assert "not a folder" in complaint(lambda: load_model(Path("not/there")))  # a Path never goes to the Hub
    assert "is a file" in complaint(lambda: load_model(folder / "model.safetensors"))
    assert "revision" in complaint(lambda: load_model(folder, revision="v2"))
    (folder / "model.safetensors").unlink()
    assert "holds no model.safetensors" in complaint(lambda: load_model(folder))


def test_devices_are_chosen_or_refused_in_one_line(saved: Path) -> None:
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device().type in ("cuda", "mps", "cpu")
    assert choose_device(torch.device("cpu")).type == "cpu"
    assert "no device 'gpu'" in complaint(lambda: choose_device("gpu"), DeviceError)
    assert "cuda:99" in complaint(lambda: load_model(saved, device="cuda:99"), DeviceError)


# weights to start from
