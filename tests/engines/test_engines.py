"""Every installed engine matches PyTorch, frame by frame, in any number of sessions; errors are one line."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from modnetv_kit import load_model
from modnetv_kit.engines import (
    Engine,
    cache,
    choose,
    faster_extra,
    fastest,
    installed_engines,
    open_engine,
)
from modnetv_kit.engines.torch_engine import TorchEngine
from modnetv_kit.errors import DeviceError, InputError, MattingError
from modnetv_kit.inference import GroupSession, MattingSession, Prompt
from modnetv_kit.models import BackgroundState, MODNetV
from modnetv_kit.samples import carphone
from modnetv_kit.video import open_video

CPU = torch.device("cpu")
OTHERS = [name for name in installed_engines(CPU) if name != "torch"]
FAST = [name for name in OTHERS if name != "compile"]  # compiling takes a minute
FEWER_BITS = ("openvino-bf16", "openvino-int8")
EXACT = [name for name in FAST if name not in FEWER_BITS]
SLOW = pytest.param("compile", marks=pytest.mark.slow)


@pytest.fixture(scope="module")
def model() -> MODNetV:
    """The bundled weights, with a P that refines some patches visibly."""
    torch.manual_seed(0)
    model = load_model(device="cpu")
    nn.init.normal_(model.refinement.patches.predict.weight, std=0.1)
    nn.init.normal_(model.refinement.flaw.convs[-1].weight, std=0.3)
    nn.init.constant_(model.refinement.flaw.convs[-1].bias, -5.0)
    return model


@pytest.fixture(scope="module")
def open_once(model: MODNetV) -> Callable[[str], Engine]:
    """An engine of the model, opened when first asked for."""
    opened: dict[str, Engine] = {}

    def get(name: str) -> Engine:
        if name not in opened:
            opened[name] = open_engine(model, name, "cpu")
        return opened[name]

    return get


def real_frames(count: int) -> list[Tensor]:
    """Of a man in a moving car, uint8 (1, 3, 144, 176)."""
    return [torch.from_numpy(frame.image).permute(2, 0, 1)[None] for frame in islice(open_video(carphone()), count)]


def mattes(model: MODNetV, engine: Engine, frames: list[Tensor]) -> tuple[np.ndarray, BackgroundState, float]:
    """Alphas (T, H, W), the last state, and the mean share of patches refined."""
    state: BackgroundState | None = None
    alphas, refined = [], []
    with torch.inference_mode():
        for frame in frames:
            output, state = model.matte(frame, state, step=engine.step, patch_net=engine.patches)
            alphas.append(output.alpha[0, 0].numpy().copy())
            refined.append(float(output.refined.float().mean()))
    assert state is not None
    return np.stack(alphas), state, sum(refined) / len(refined)


def assert_agrees(engine: Engine, alphas: np.ndarray, expected: np.ndarray) -> None:
    """Within 2e-3 at every pixel in fp32, 5e-3 on average in fewer bits; at the end as at the beginning."""
    difference = np.abs(alphas - expected)
    for part in (difference, difference[-16:]):
        if engine.name in FEWER_BITS:
            assert part.mean() <= 5e-3
        else:
            assert part.max() <= 2e-3


@pytest.mark.parametrize("name", ["torch", *FAST, SLOW])
def test_64_frames_of_a_real_clip_are_matted_as_by_pytorch_and_do_not_drift(
    model: MODNetV, open_once: Callable[[str], Engine], name: str
) -> None:
    frames = real_frames(64)
    expected, state, _ = mattes(model, TorchEngine(model, CPU), frames)
    engine = open_once(name)
    alphas, after, _ = mattes(model, engine, frames)
    assert_agrees(engine, alphas, expected)
    assert 0 < state.bgM.mean() < 1
    assert (after.bgM != state.bgM).float().mean() < 0.01
    assert 0.1 < expected.mean() < 0.9  # there is somebody to be seen


@pytest.mark.parametrize("name", FAST)
def test_1080p_frames_are_refined_as_by_pytorch(model: MODNetV, open_once: Callable[[str], Engine], name: str) -> None:
    frames = [F.interpolate(frame, size=(1080, 1320), mode="bilinear") for frame in real_frames(4)]
    expected, _, refined = mattes(model, TorchEngine(model, CPU), frames)
    assert 0 < refined < 1
    engine = open_once(name)
    alphas, _, as_many = mattes(model, engine, frames)
    assert as_many == pytest.approx(refined, abs=0.01)
    assert_agrees(engine, alphas, expected)


@pytest.mark.parametrize("name", ["torch", *EXACT])  # fewer bits are noise at 32 pixels
@pytest.mark.parametrize("size", [(32, 32), (33, 47), (48, 200), (101, 70), (513, 385)])
def test_any_size_is_matted_as_by_pytorch(
    model: MODNetV, open_once: Callable[[str], Engine], name: str, size: tuple[int, int]
) -> None:
    frames = [F.interpolate(frame, size=size, mode="bilinear") for frame in real_frames(3)]
    expected, _, _ = mattes(model, TorchEngine(model, CPU), frames)
    engine = open_once(name)
    alphas, _, _ = mattes(model, engine, frames)
    assert alphas.shape == (3, *size)
    assert_agrees(engine, alphas, expected)


@pytest.mark.parametrize("name", ["torch", *FAST])
def test_sessions_in_threads_on_one_engine_equal_each_alone(
    model: MODNetV, open_once: Callable[[str], Engine], name: str
) -> None:
    engine = open_once(name)
    forward = [frame[0].permute(1, 2, 0).numpy() for frame in real_frames(12)]
    videos = [forward, forward[::-1], [np.ascontiguousarray(frame[:100, :150]) for frame in forward]]

    def matte(video: list[np.ndarray]) -> list[np.ndarray]:
        session = MattingSession(model, engine=engine)
        return [session.step(frame).alpha for frame in video]

    alone = [matte(video) for video in videos]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(matte, videos))
    # all results are compared at the end: none was overwritten by what ran later
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(np.stack(one), np.stack(other), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["torch", *FAST])
def test_people_of_a_group_are_matted_as_each_alone(
    model: MODNetV, open_once: Callable[[str], Engine], name: str
) -> None:
    engine = open_once(name)
    prompts = [Prompt([(80, 70, "keep")]), Prompt(boxes=[(10, 10, 60, 100)])]
    frames = [frame[0].permute(1, 2, 0).numpy() for frame in real_frames(3)]
    group = GroupSession(model, 2, engine=engine)
    alone = [MattingSession(model, engine=engine) for _ in prompts]
    for index, frame in enumerate(frames):
        said = [None, None] if index else prompts
        together = [result.alpha for result in group.step(frame, said)]
        single = np.stack([session.step(frame, prompt).alpha for session, prompt in zip(alone, said, strict=True)])
        np.testing.assert_allclose(np.stack(together), single / np.maximum(single.sum(0), 1), rtol=0, atol=1e-4)


def test_what_a_float_frame_gives_is_what_the_same_frame_in_bytes_gives(model: MODNetV) -> None:
    frame = F.interpolate(real_frames(1)[0], size=(1080, 1320), mode="bilinear")
    with torch.inference_mode():
        of_bytes, of_floats = (model.matte(x)[0].coarse_alpha for x in (frame, frame.float() / 255))
    difference = (of_bytes - of_floats).abs()
    assert difference.mean() < 2e-3  # shrinking bytes rounds to levels
    assert difference.flatten().quantile(0.95) < 5e-3


@pytest.mark.slow
def test_an_engine_holds_the_rules_of_its_model(model: MODNetV) -> None:
    other = load_model(device="cpu")
    other.background.update_rule, other.background.theta = "accumulate", 0.9
    frames = real_frames(3)
    expected = mattes(other, TorchEngine(other, CPU), frames)[1]
    of_the_first = mattes(model, TorchEngine(model, CPU), frames)[1]
    assert not torch.allclose(expected.bgF, of_the_first.bgF, atol=1e-3)
    for name in EXACT:
        state = mattes(other, open_engine(other, name, "cpu"), frames)[1]
        torch.testing.assert_close(state.bgF, expected.bgF, rtol=0, atol=1e-3)


def test_opening_an_engine_leaves_the_model_as_it_was() -> None:
    model = load_model(device="cpu")
    before = {key: value.clone() for key, value in model.state_dict().items()}
    open_engine(model, "torch", "cpu")
    assert model.state_dict().keys() == before.keys()
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_auto_is_the_fastest_that_is_installed(model: MODNetV, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fastest(CPU) in installed_engines(CPU)
    monkeypatch.setattr(choose, "is_installed", lambda name: name in ("torch", "compile"))
    assert fastest(CPU) == "torch"
    assert open_engine(model, "auto", "cpu").name == "torch"
    assert "modnetv-kit[openvino]" in str(faster_extra("cpu"))


@pytest.mark.parametrize(
    ("name", "module", "extra"), [("openvino", "openvino", "openvino"), ("onnxruntime", "onnxscript", "export")]
)
def test_an_engine_that_is_not_installed_names_its_extra(
    model: MODNetV, monkeypatch: pytest.MonkeyPatch, name: str, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # importing it now fails
    with pytest.raises(InputError, match=rf'pip install "modnetv-kit\[{extra}\]"') as raised:
        open_engine(model, name, "cpu")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "error", "expected"),
    [
        (("fastest", "cpu", None), InputError, "auto or one of torch, compile"),
        (("torch", "toaster", None), DeviceError, "toaster"),
        (("torch", "cpu", 0), InputError, "threads"),
        (("openvino", "cpu", -2), InputError, "threads"),
        (("openvino", "meta", None), InputError, "runs on the CPU"),
    ],
)
def test_what_cannot_be_opened_is_one_line(
    model: MODNetV, arguments: tuple[str, str, int | None], error: type[MattingError], expected: str
) -> None:
    with pytest.raises(error, match=expected) as raised:
        open_engine(model, *arguments)
    assert "\n" not in str(raised.value)


def test_bf16_on_a_cpu_without_it_is_one_line(model: MODNetV, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from modnetv_kit.engines import openvino_engine

    monkeypatch.setattr(openvino_engine, "cpu_has_bf16", lambda: False)
    with pytest.raises(DeviceError, match="no bf16"):
        openvino_engine.OpenVinoEngine(model, tmp_path, name="openvino-bf16")


def test_a_conversion_is_kept_whole_found_again_and_the_oldest_go(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked = []

    def write(folder: Path) -> None:
        asked.append(folder)
        (folder / "step").write_text("whole")

    first = cache.converted("a", write)
    assert cache.converted("a", write) == first
    assert len(asked) == 1
    assert (first / "step").read_text() == "whole"

    def fail(folder: Path) -> None:
        (folder / "step").write_text("ha")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        cache.converted("b", fail)
    assert [path.name for path in cache.cache_folder().iterdir()] == ["a"]
    for i in range(cache.KEPT + 2):
        cache.converted(f"more{i}", write)
    assert len(list(cache.cache_folder().iterdir())) == cache.KEPT


def test_where_nothing_can_be_kept_conversions_still_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert (cache.converted("a", lambda folder: (folder / "step").touch()) / "step").exists()
