"""MODNetV as a whole: clips and frames, explicit state, sizes, errors, gradients, budgets."""

import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from modnetv_kit.models import BackgroundState, CoarseOutput, MattingOutput, MODNet, MODNetV
from modnetv_kit.models.background import Update, presence

MakeModel = Callable[..., MODNetV]


def differs(a: Tensor, b: Tensor) -> bool:
    return (a - b).abs().max().item() > 1e-3


@pytest.mark.parametrize("size", [(64, 96), (33, 47), (70, 101)])
@pytest.mark.parametrize("rule", ["accumulate", "refresh"])
def test_clip_equals_its_frames_fed_one_by_one(make_model: MakeModel, size: tuple[int, int], rule: Update) -> None:
    model = make_model(update=rule, theta=0.5, coarse_size=80, xi=0.05)
    clip = torch.rand(2, 4, 3, *size)
    with torch.no_grad():
        whole, last = model(clip, with_detail=True)
        state, single = None, []
        for frame in clip.unbind(1):
            output, state = model(frame, state, with_detail=True)
            single.append(output)
        forgetful = model(clip[:, 3], with_detail=True)[0]
    for name, maps in whole._asdict().items():
        one_by_one = torch.stack([getattr(output, name) for output in single], 1)
        torch.testing.assert_close(
            maps.float(), one_by_one.float(), rtol=0, atol=1e-5, msg=lambda m, n=name: f"{n}: {m}"
        )
    torch.testing.assert_close(last, state, rtol=0, atol=1e-5)
    # and the state mattered
    assert 0 < last.bgM.mean() < 1
    assert differs(forgetful.alpha, whole.alpha[:, 3])


def test_a_clip_goes_on_from_the_state_it_is_given(make_model: MakeModel) -> None:
    model, clip = make_model(theta=0.5), torch.rand(1, 5, 3, 48, 64)
    with torch.no_grad():
        whole, _ = model(clip)
        _, state = model(clip[:, :2])
        rest, _ = model(clip[:, 2:], state)
    torch.testing.assert_close(rest.alpha, whole.alpha[:, 2:], rtol=0, atol=1e-5)


def test_interleaved_videos_equal_each_run_alone(make_model: MakeModel) -> None:
    model = make_model(theta=0.5)
    videos = torch.rand(2, 4, 1, 3, 48, 64)
    states: list[BackgroundState | None] = [None, None]
    mixed: list[list[Tensor]] = [[], []]
    with torch.no_grad():
        alone = [model(video.transpose(0, 1))[0].alpha[0] for video in videos]
        for t in range(4):
            for v in range(2):
                output, states[v] = model(videos[v, t], states[v])
                mixed[v].append(output.alpha[0])
    for v in range(2):
        torch.testing.assert_close(torch.stack(mixed[v]), alone[v], rtol=0, atol=1e-5)


def test_videos_of_a_batch_do_not_meet(make_model: MakeModel) -> None:
    # in double: convolutions round differently for another batch size
    model, clip = make_model(theta=0.5).double(), torch.rand(2, 3, 3, 48, 64, dtype=torch.float64)
    both, one = model.empty_state(clip), model.empty_state(clip[1:])
    with torch.no_grad():
        for frames in clip.unbind(1):
            of_both, both = model.step(frames, both)
            of_one, one = model.step(frames[1:], one)
            torch.testing.assert_close(of_both.alpha[1:], of_one.alpha, rtol=0, atol=1e-5)
    assert 0 < both.bgM.mean() < 1


def test_without_a_memory_it_is_modnet(make_model: MakeModel) -> None:
    model, frame = make_model(), torch.rand(2, 3, 64, 96)
    alone = MODNet.forward(model, frame).alpha
    assert torch.equal(model.step(frame, model.empty_state(frame))[0].alpha, alone)
    state = BackgroundState.known(torch.randn(2, 24, 16, 24), torch.ones(2, 1, 16, 24))
    assert differs(model.step(frame, state)[0].alpha, alone)


def test_what_is_restored_does_not_feed_on_itself(make_model: MakeModel) -> None:
    model, frame = make_model(theta=2.0), torch.rand(1, 3, 64, 64)  # theta: all is background
    e_4x = model.encoder.stem(frame)[1]
    before = BackgroundState.known(torch.randn_like(e_4x), torch.ones_like(e_4x[:, :1]))
    before.bgM[..., :8] = 0
    assert differs(model.background.enrich(e_4x, before), e_4x)
    output, after = model.step(frame, before)
    new = (1 - presence(output.alpha, e_4x)) * e_4x  # the encoder's features, not the enriched
    torch.testing.assert_close(after.bgF[..., :8], (before.bgF + new)[..., :8])


def test_forward_changes_nothing_in_the_model_or_its_inputs(make_model: MakeModel) -> None:
    def attributes(model: nn.Module) -> list[dict[str, object]]:
        simple = (bool, int, float, str, tuple, type(None))
        return [
            {k: v for k, v in vars(m).items() if isinstance(v, simple) or torch.is_tensor(v)} for m in model.modules()
        ]

    model, frame = make_model(theta=0.5, coarse_size=64, xi=-1), torch.rand(1, 3, 80, 96)
    with torch.no_grad():
        state = model(torch.rand_like(frame))[1]
        inputs = [x.clone() for x in (frame, *state)]
        weights, rest = {k: v.clone() for k, v in model.state_dict().items()}, attributes(model)
        model(frame, state)
    assert attributes(model) == rest
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())
    assert all(torch.equal(a, b) for a, b in zip((frame, *state), inputs, strict=True))


@pytest.mark.parametrize("size", [(70, 101), (64, 80), (96, 120)])
def test_networks_handed_in_are_given_even_sides_and_change_nothing_else(
    make_model: MakeModel, size: tuple[int, int]
) -> None:
    model, seen = make_model(theta=0.5, coarse_size=80, xi=0.05), []

    def step(frame: Tensor, state: BackgroundState) -> tuple[CoarseOutput, BackgroundState]:
        seen.append(frame.shape)
        return model.step(frame, state)

    def patch_net(patches: Tensor) -> Tensor:
        seen.append(patches.shape)
        return model.refinement.patches(patches)

    frame = torch.rand(1, 3, *size)
    with torch.no_grad():
        expected, state = model(frame)
        output, given = model.matte(frame, step=step, patch_net=patch_net)
    assert all(side % 2 == 0 for shape in seen for side in shape[-2:])
    assert torch.equal(output.alpha, expected.alpha)
    assert all(torch.equal(a, b) for a, b in zip(given, state, strict=True))
    assert output.background.numel() == 0  # a picture that nobody asked for is not painted


@pytest.mark.parametrize("size", [(32, 32), (33, 50), (200, 48), (39, 32)])
def test_any_size_from_32_up(make_model: MakeModel, size: tuple[int, int]) -> None:
    model, (h, w) = make_model(theta=0.5), size
    with torch.no_grad():
        output, state = model(torch.rand(1, 3, h, w), with_detail=True)
    assert output.alpha.shape == output.coarse_alpha.shape == output.detail.shape == (1, 1, h, w)
    assert output.semantic.shape == (1, 1, -(-h // 16), -(-w // 16))
    assert output.background.shape == (1, 3, -(-h // 4), -(-w // 4))
    assert output.restored.shape == state.bgM.shape == (1, 1, -(-h // 4), -(-w // 4))
    assert state.bgF.shape == (1, 24, -(-h // 4), -(-w // 4))
    assert output.flaw.shape == output.refined.shape == (1, 1, 16, 16)
    for name in ("alpha", "detail", "semantic", "flaw", "background"):
        maps = getattr(output, name)
        assert maps.isfinite().all(), name
        assert maps.min() >= 0, name
        assert maps.max() <= 1, name


@pytest.mark.parametrize(
    ("size", "expected"),
    [((512, 288), (512, 288)), ((1080, 1920), (288, 512)), ((2160, 3840), (288, 512)), ((4000, 100), (512, 32))],
)
def test_large_frames_are_perceived_at_coarse_size(size: tuple[int, int], expected: tuple[int, int]) -> None:
    with torch.device("meta"):
        assert MODNetV().coarse_shape(*size) == expected


def test_large_frames_keep_their_size_and_their_coarse_maps_are_small(make_model: MakeModel) -> None:
    with torch.no_grad():
        output, state = make_model(coarse_size=64)(torch.rand(1, 3, 75, 128))
    assert output.alpha.shape == (1, 1, 75, 128)
    assert output.coarse_alpha.shape == (1, 1, 38, 64)
    assert state.bgM.shape == (1, 1, 10, 16)


BAD_FRAMES = {
    r"at least 32 pixels high and wide, not \(31, 64\)": (1, 3, 31, 64),
    r"at least 32 pixels high and wide, not \(64, 31\)": (1, 2, 3, 64, 31),
    r"not \(1, 4, 64, 64\)": (1, 4, 64, 64),
    r"not \(3, 64, 64\)": (3, 64, 64),
    "at least one frame": (1, 0, 3, 64, 64),
}


@pytest.mark.parametrize("message", BAD_FRAMES)
def test_bad_frames_are_refused_in_one_line(message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        MODNetV()(torch.rand(BAD_FRAMES[message]))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("other", [(1, 3, 64, 96), (2, 3, 64, 64)])
def test_a_state_of_another_size_or_batch_is_refused(other: tuple[int, ...]) -> None:
    model = MODNetV()
    with pytest.raises(ValueError, match="the state belongs to other frames"):
        model(torch.rand(1, 3, 64, 64), model.empty_state(torch.rand(other)))


def test_unknown_update_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="update must be"):
        MODNetV(update="forget")  # type: ignore[arg-type]


def total(output: MattingOutput | CoarseOutput) -> Tensor:
    """A scalar that every map has a part in, other than a sum, whose gradient batch norm would cancel."""
    maps = [x for x in output if x is not None and x.is_floating_point()]
    return torch.stack([(x * torch.rand_like(x)).mean() for x in maps]).sum()


def without_gradient(model: nn.Module) -> list[str]:
    return [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]


def test_gradients_reach_every_parameter_of_modnet() -> None:
    torch.manual_seed(0)
    model = MODNet()
    for name, parameter in model.semantic.attention.named_parameters():  # it starts at zero, where gradients end
        if not name.startswith("norm"):
            torch.nn.init.normal_(parameter, std=0.1)
    total(model(torch.rand(2, 3, 64, 64), with_detail=True)).backward()
    assert without_gradient(model) == []


def test_gradients_reach_all_of_b_through_a_clip(make_model: MakeModel) -> None:
    model = make_model(theta=0.5)
    output, state = model(torch.rand(2, 3, 3, 64, 64))
    assert 0 < state.bgM.mean() < 1
    total(output).backward()
    assert without_gradient(model.background) == []


def test_gradients_flow_back_in_time_through_the_state(make_model: MakeModel) -> None:
    model, clip = make_model(theta=0.5), torch.rand(1, 3, 3, 64, 64, requires_grad=True)
    model(clip)[0].alpha[:, -1].sum().backward()
    assert (clip.grad.abs().amax((0, 2, 3, 4)) > 0).tolist() == [True, True, True]


def test_without_p_it_fits_the_parameter_budget() -> None:
    with torch.device("meta"):
        model = MODNetV()
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in model.named_children()}
    assert sum(counts.values()) - counts["refinement"] <= 2_200_000
    assert counts["background"] > 0


@pytest.mark.parametrize("with_state", [False, True])
def test_a_512x288_frame_fits_the_compute_budget(with_state: bool) -> None:
    with torch.device("meta"):
        model, frame = MODNetV().eval(), torch.rand(1, 3, 288, 512)
        state = model.empty_state(frame) if with_state else None
        with FlopCounterMode(display=False) as counter:
            model(frame, state)
    multiply_adds = counter.get_total_flops() / 2
    assert 0.3e9 < multiply_adds <= 2.0e9  # below 0.3 G the encoder alone would not have been counted


def test_models_import_nothing_of_the_kit_but_themselves_and_change_nothing_global() -> None:
    code = """
import sys, types, pathlib, torch
kit = types.ModuleType("modnetv_kit")  # stands in for the package, whose public face imports more
kit.__path__ = [sys.argv[1]]
sys.modules["modnetv_kit"] = kit
def settings():
    return (torch.get_rng_state().tolist(), torch.get_default_dtype(), torch.is_grad_enabled(),
            torch.backends.cudnn.benchmark, torch.get_num_threads(), torch.cuda.is_initialized())
before = settings()
import modnetv_kit.models
assert settings() == before, "importing the models changed a global setting of torch"
print(*(name for name in sys.modules if name.startswith("modnetv_kit.")))
"""
    import modnetv_kit

    run = subprocess.run(
        [sys.executable, "-c", code, modnetv_kit.__path__[0]], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    names = run.stdout.split()
    assert "modnetv_kit.models.modnetv" in names
    assert [name for name in names if not (name + ".").startswith("modnetv_kit.models.")] == []
