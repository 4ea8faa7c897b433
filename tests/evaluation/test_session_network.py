"""The weights as they ship: what a session changes is measured, and the plain network is an option."""

from pathlib import Path

import numpy as np
import pytest
from eval_clips import opened, texture, write_clip
from PIL import Image
from test_networks_measured import alphas, restless

from modnetv_kit.evaluation import ClipFiles, evaluate, open_method
from modnetv_kit.evaluation.network import VideoNetwork
from modnetv_kit.evaluation.session_network import SessionNetwork, as_shipped, shipped_engine
from modnetv_kit.inference import MattingSession


@pytest.fixture
def clip(tmp_path: Path) -> ClipFiles:
    return opened(write_clip(tmp_path / "clips" / "00_static", 4).parent)


def shipped(memory: str, **settings: object) -> SessionNetwork:
    method = as_shipped(open_method(memory, restless(**settings)), "torch")
    assert isinstance(method, SessionNetwork)
    return method


@pytest.mark.parametrize("memory", ["off", "paper", "accumulate", "refresh"])
def test_without_cuts_a_session_differs_from_the_plain_network_by_rounding(memory: str, clip: ClipFiles) -> None:
    plain = list(VideoNetwork(restless(), memory).matte(clip))  # type: ignore[arg-type]
    through = list(shipped(memory).matte(clip))
    for here, there in zip(plain, through, strict=True):
        np.testing.assert_allclose(here.alpha, there.alpha, atol=2e-3)
        assert (here.plate is None) is (there.plate is None) is (memory == "off")
        if here.plate and there.plate:
            assert (here.plate.mask == there.plate.mask).mean() > 0.98
        assert there.foreground is not None
        assert there.foreground.shape == (48, 64, 3)


def test_a_session_is_what_matte_uses(clip: ClipFiles) -> None:
    session = MattingSession(restless(), "cpu")
    expected = [session.step(frame).alpha for frame in clip.read_frames()]
    assert np.array_equal(alphas(shipped("refresh"), clip), np.stack(expected))


def test_a_scene_cut_empties_the_memory_of_the_session_alone(tmp_path: Path) -> None:
    folder = write_clip(tmp_path / "clip", 5)
    after = 255 - texture(seed=2) // 4
    for index in (3, 4):
        Image.fromarray(after).save(folder / f"frames/{index:04d}.png")
    clip = opened(tmp_path)
    alone = MattingSession(restless(), "cpu").step(after).alpha
    through, plain = alphas(shipped("refresh"), clip), alphas(VideoNetwork(restless(), "refresh"), clip)
    assert np.array_equal(through[3], alone)  # the new scene begins with nothing
    assert np.abs(plain[3] - alone).max() > 1e-3


def test_refinement_is_measured_in_sessions_too(clip: ClipFiles) -> None:
    first = next(shipped("off", coarse_size=32, xi=-1.0).matte(clip))
    assert first.refinement is not None
    assert first.refinement.refined.all()
    assert first.refinement.upsampled.shape == (48, 64)


def test_methods_of_the_weights_go_through_the_engine_and_others_stay(clip: ClipFiles) -> None:
    model = restless()
    for spec in ("off", "refresh", "click", "photo", "click:2", "ofd", "neighbours"):
        method = open_method(spec, model)
        again, other = as_shipped(method, "torch"), as_shipped(method, "openvino")
        assert again.name == other.name == method.name
        assert again.identity != other.identity
    for spec in ("plate", "poisoned", "mog2"):
        method = open_method(spec, model)
        assert as_shipped(method, "torch") is method
    assert alphas(as_shipped(open_method("ofd", model), "torch"), clip).shape == (4, 48, 64)
    assert alphas(as_shipped(open_method("photo", model), "torch"), clip).shape == (4, 48, 64)


def test_evaluation_takes_the_session_by_default_and_fp32_when_asked(tmp_path: Path) -> None:
    write_clip(tmp_path / "clips" / "a", 2)
    model, stored = restless(), tmp_path / "results.json"
    by_default = evaluate(model, tmp_path / "clips", ("refresh",), json_file=stored)
    assert by_default.engine == shipped_engine(next(model.parameters()).device) == "torch"
    plain = evaluate(model, tmp_path / "clips", ("refresh",), json_file=stored, fp32=True)
    assert plain.engine is None
    values = [run.over_time["a"]["refresh"]["MAD"] for run in (by_default, plain)]
    assert values[0] == pytest.approx(values[1], abs=1)
    direct = list(VideoNetwork(model, "refresh").matte(opened(tmp_path / "clips")))
    truth = opened(tmp_path / "clips").read_alpha(1)
    assert values[1][1] == pytest.approx(1000 * float(np.abs(direct[1].alpha - truth).mean()), rel=1e-5)


def test_custom_methods_run_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_clip(tmp_path / "clips" / "a", 2)
    changed: list[str] = []
    monkeypatch.setattr(
        "modnetv_kit.evaluation.benchmark.as_shipped",
        lambda method, engine: changed.append(method.name) or as_shipped(method, engine),
    )
    run = evaluate(restless(), tmp_path / "clips", (VideoNetwork(restless(), "refresh", "mine"), "refresh"))
    assert changed == ["refresh"]
    assert run.over_time["a"].keys() == {"mine", "refresh"}


def test_a_method_is_opened_when_it_is_first_needed(clip: ClipFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    opened_engines: list[str] = []
    module = "modnetv_kit.evaluation.session_network"
    method = shipped("refresh")
    monkeypatch.setattr(f"{module}.open_engine", lambda model, name, device: opened_engines.append(name) or 1 / 0)
    assert not opened_engines
    with pytest.raises(ZeroDivisionError):
        next(method.matte(clip))
    assert opened_engines == ["torch"]
