"""`modnetv export`: complete files, or none, which other programs can run as documented."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from modnetv_kit import cli, load_model
from modnetv_kit.engines import convert
from modnetv_kit.engines.networks import FLAWS_INPUTS, FLAWS_OUTPUTS, K, export_flaws, for_export
from modnetv_kit.models import BackgroundState

USAGE = Path(__file__).parents[2] / "docs" / "usage.md"
SETTINGS = {"update": "refresh", "theta": "0.3", "rho": "0.5", "coarse_size": "512", "xi": "0.01", "presence": "alpha"}


def modnetv(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """Run the command line; its exit code."""
    monkeypatch.setattr(sys, "argv", ["modnetv", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return int(stop.value.code or 0)


@pytest.mark.slow
def test_the_onnx_files_run_by_hand_as_the_documentation_shows_and_say_what_the_model_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    monkeypatch.chdir(tmp_path)
    assert modnetv(monkeypatch, "export", "exported", "--format", "onnx") == 0
    assert sorted(path.name for path in (tmp_path / "exported").iterdir()) == [
        "flaws.onnx",
        "patches.onnx",
        "step.onnx",
    ]
    (example,) = (
        block for block in re.findall(r"```python\n(.*?)```", USAGE.read_text(), re.S) if "step.onnx" in block
    )
    names: dict[str, np.ndarray] = {}
    exec(example, names)
    model = load_model(device="cpu")
    state = BackgroundState.known(torch.zeros(1, 24, 72, 128), torch.zeros(1, 1, 72, 128))
    with torch.no_grad():
        for frame in np.random.default_rng(0).random((3, 1, 3, 288, 512), dtype=np.float32):
            output, state = model.step(torch.from_numpy(frame), state)
    flaws = model.refinement.flaw_map(output.alpha, (1080, 1920)).detach()
    maps = {"alpha": output.alpha, "s_p": output.semantic, "flaws": flaws, **state._asdict()}
    for name, expected in maps.items():
        np.testing.assert_allclose(names[name], expected.numpy(), rtol=0, atol=2e-3)
    for name, ports in {
        "step": (["frame", "bgF", "bgM", "prompt"], ["alpha", "s_p", "bgF_next", "bgM_next", "prompt_next"]),
        "flaws": (["alpha", "size"], ["flaws"]),
        "patches": (["patches"], ["refined"]),
    }.items():
        session = runtime.InferenceSession(tmp_path / "exported" / f"{name}.onnx")
        assert ([x.name for x in session.get_inputs()], [x.name for x in session.get_outputs()]) == ports
        assert session.get_modelmeta().custom_metadata_map == metadata()
    refined = session.run(None, {"patches": np.random.default_rng(0).random((3, 4, 30, 50), dtype=np.float32)})[0]
    assert refined.shape == (3, 1, 30, 50)


@pytest.mark.slow
def test_openvino_files_have_names_any_size_and_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    openvino = pytest.importorskip("openvino")
    assert modnetv(monkeypatch, "export", tmp_path, "--format", "openvino") == 0
    names = [f"{name}.{part}" for name in ("flaws", "patches", "step") for part in ("bin", "xml")]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    step = openvino.Core().read_model(tmp_path / "step.xml")
    assert [port.any_name for port in step.inputs] == ["frame", "bgF", "bgM", "prompt"]
    assert [port.any_name for port in step.outputs] == ["alpha", "s_p", "bgF_next", "bgM_next", "prompt_next"]
    assert all(step.input("frame").partial_shape[side].is_dynamic for side in (2, 3))
    assert {name: step.get_rt_info(["modnetv_kit", name]).astype(str) for name in SETTINGS} == metadata()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["onnx", "openvino"])
def test_the_exported_flaw_map_is_the_models_for_any_size_of_the_frame(tmp_path: Path, form: str) -> None:
    model = load_model(device="cpu")
    program = export_flaws(for_export(model))
    if form == "onnx":
        pytest.importorskip("onnxscript")
        path = tmp_path / "flaws.onnx"
        convert._write_onnx(program, path, FLAWS_INPUTS, FLAWS_OUTPUTS, {})
        session = pytest.importorskip("onnxruntime").InferenceSession(path)
    else:
        openvino = pytest.importorskip("openvino")
        path = tmp_path / "flaws.xml"
        convert._write_openvino(program, path, FLAWS_INPUTS, FLAWS_OUTPUTS, {})
        exact = {"INFERENCE_PRECISION_HINT": "f32"}
        compiled = openvino.Core().compile_model(path, "CPU", exact)
    for coarse, size in [((288, 512), (1080, 1920)), ((33, 47), (33, 47)), ((512, 289), (1001, 565))]:
        alpha = F.interpolate(torch.rand(1, 1, 9, 9), size=coarse, mode="bilinear")
        with torch.no_grad():
            expected = model.refinement.flaw_map(alpha, size, K)
        given = {"alpha": alpha.numpy(), "size": np.array(size, np.int64)}
        flaws = session.run(None, given)[0] if form == "onnx" else next(iter(compiled(given).values()))
        assert expected.std() > 0.01
        np.testing.assert_allclose(flaws, expected.numpy(), rtol=0, atol=1e-5)


def metadata() -> dict[str, str]:
    """That of the bundled weights."""
    config = json.loads((Path(cli.__file__).parents[1] / "weights" / "config.json").read_text())
    return {name: str(config.get(name, default)) for name, default in SETTINGS.items()}


def test_an_export_that_fails_leaves_nothing_and_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def half(program: object, path: Path, *_: object) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    out = tmp_path / "out"
    monkeypatch.setattr(convert, "_write_onnx", half)
    monkeypatch.setattr(convert, "export_step", lambda _: None)
    monkeypatch.setattr(convert, "export_flaws", lambda _: None)
    monkeypatch.setattr(convert, "export_patches", lambda _: None)
    assert modnetv(monkeypatch, "export", out) == 2
    assert list(out.iterdir()) == []
    assert "No space left" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert modnetv(monkeypatch, "export", tmp_path / "file") == 2
    assert str(tmp_path / "file") in capsys.readouterr().err
    assert modnetv(monkeypatch, "export", out, "--format", "coreml") == 2
    assert "onnx or openvino" in capsys.readouterr().err


def test_nothing_is_reported_to_anybody_when_openvino_converts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "openvino_telemetry", raising=False)
    convert.require("openvino")
    with pytest.raises(ImportError):
        import openvino_telemetry  # noqa: F401
