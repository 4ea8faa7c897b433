"""Blended weights: the weighted mean, with its recipe, of models that differ only in their weights."""

import json
from pathlib import Path

import pytest
import torch
from model_helpers import ARGUMENTS, awake, complaint
from typer.testing import CliRunner

from modnetv_kit.blend import blend, parse_share
from modnetv_kit.cli import app
from modnetv_kit.errors import InputError, MattingError, OutputError, WeightsError
from modnetv_kit.hub import load_model, save_model
from modnetv_kit.model_files import model_hash
from modnetv_kit.models import MODNet, MODNetV


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders a and b, models of equal settings; other, of other settings; and image, a MODNet."""
    folder = tmp_path_factory.mktemp("runs")
    for seed, name in enumerate(("a", "b")):
        torch.manual_seed(seed)
        model = awake(MODNetV(**ARGUMENTS))
        model.encoder.features[0][1].num_batches_tracked.fill_(seed + 3)
        save_model(model, folder / name, half=False)
    save_model(MODNetV(**ARGUMENTS | {"theta": 0.3}), folder / "other")
    save_model(MODNet(), folder / "image")
    return folder


def test_the_mean_is_weighted_and_loads_with_its_recipe(runs: Path, tmp_path: Path) -> None:
    shares = [(str(runs / "a"), 0.7), (str(runs / "b"), 0.3)]
    blend(shares, tmp_path / "mean")
    a, b, mean = (load_model(folder, device="cpu") for folder in (runs / "a", runs / "b", tmp_path / "mean"))
    ours, first, second = mean.state_dict(), a.state_dict(), b.state_dict()
    for key, value in ours.items():
        if value.is_floating_point():
            expected = 0.7 * first[key] + 0.3 * second[key]
            torch.testing.assert_close(value, expected, rtol=1e-3, atol=1e-6)
        else:
            assert torch.equal(value, first[key])
    config = json.loads((tmp_path / "mean/config.json").read_text())
    assert config["recipe"] == [[shares[0][0], model_hash(a), 0.7], [shares[1][0], model_hash(b), 0.3]]
    assert mean.background.theta == ARGUMENTS["theta"]


def test_shares_that_nearly_sum_to_1_are_scaled(runs: Path, tmp_path: Path) -> None:
    a = str(runs / "a")
    blend([(a, 0.333), (a, 0.333), (a, 0.333)], tmp_path)
    same, mean = load_model(a, device="cpu").state_dict(), load_model(tmp_path, device="cpu").state_dict()
    assert all(torch.allclose(mean[key].float(), same[key].float(), rtol=1e-3, atol=1e-6) for key in same)


def test_the_command_blends_and_a_blend_can_be_blended(runs: Path, tmp_path: Path) -> None:
    words = ["blend", f"{runs / 'a'}=.5", f"{runs / 'b'}=.5", "--out", str(tmp_path / "x=1")]
    ran = CliRunner().invoke(app, words, catch_exceptions=False)
    assert ran.exit_code == 0
    assert "x=1" in ran.output
    words = ["blend", f"{tmp_path / 'x=1'}=0.9", f"{runs / 'b'}=0.1", "-o", str(tmp_path / "again")]
    assert CliRunner().invoke(app, words, catch_exceptions=False).exit_code == 0
    assert len(json.loads((tmp_path / "again/config.json").read_text())["recipe"]) == 2


def test_weights_that_do_not_fit_cannot_be_blended_and_nothing_is_written(runs: Path, tmp_path: Path) -> None:
    a, b = str(runs / "a"), str(runs / "b")
    out = tmp_path / "out"
    cases: list[tuple[list[tuple[str, float]], Path, type[MattingError], str]] = [
        ([(a, 1.0)], out, InputError, "two models"),
        ([(a, 0.5), (b, 0.4)], out, InputError, "sum to 0.9"),
        ([(a, 0.5), (str(runs / "other"), 0.5)], out, WeightsError, "theta"),
        ([(a, 0.5), (str(runs / "image"), 0.5)], out, WeightsError, "MODNet"),
        ([(a, 0.5), (str(runs / "nowhere"), 0.5)], out, WeightsError, "nowhere"),
        ([(a, 0.5), (b, 0.5)], runs / "a", OutputError, "one of the models"),
    ]
    before = (runs / "a/model.safetensors").read_bytes()
    for shares, where, kind, says in cases:
        assert says in complaint(lambda shares=shares, where=where: blend(shares, where), kind)  # type: ignore[misc]
    assert not out.exists()
    assert (runs / "a/model.safetensors").read_bytes() == before


@pytest.mark.parametrize("text", ["a", "a=", "=0.5", "a=x", "a=-0.5", "a=0", "a=nan", "a=inf"])
def test_an_invalid_share_is_one_line(text: str) -> None:
    assert "write WEIGHTS=SHARE" in complaint(lambda: parse_share(text), InputError)


def test_names_may_contain_an_equals_sign() -> None:
    assert parse_share("runs/lr=3=.25") == ("runs/lr=3", 0.25)
