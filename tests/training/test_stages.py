"""The trainable parts, frozen parts and losses of each stage."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from whole_clips import watched_states, whole

from modnetv_kit.errors import TrainingError
from modnetv_kit.models import MODNet, MODNetV, background
from modnetv_kit.models.background import BackgroundState, Update
from modnetv_kit.training import Trainer, losses
from modnetv_kit.training.config import Stage
from modnetv_kit.training.stages import ImageStage, RefineStage, VideoStage

MakeTrainer = Callable[..., Trainer]


def changed_by(trainer: Trainer) -> set[str]:
    """The entries of the model's state dict that a run changes."""
    before = {name: x.clone() for name, x in trainer.model.state_dict().items()}
    trainer.fit()
    return {name for name, x in trainer.model.state_dict().items() if not torch.equal(x, before[name])}


def entries(model: nn.Module, *parts: str) -> set[str]:
    """Names in the state dict under the given children."""
    return {name for name in model.state_dict() if name.split(".")[0] in parts}


def test_image_stage_trains_all_of_modnet(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer("image", steps=2)
    assert changed_by(trainer) == entries(trainer.model, "encoder", "semantic", "detail", "fusion")


@pytest.mark.parametrize("stage", ["image", "video"])
def test_frozen_layers_of_the_encoder_stay_as_they_are(make_trainer: MakeTrainer, stage: Stage) -> None:
    trainer = make_trainer(stage, steps=2, frozen_layers=4)
    changed = changed_by(trainer)
    assert not {name for name in changed if name.startswith(tuple(f"encoder.features.{i}." for i in range(4)))}
    assert "encoder.features.4.conv.0.0.weight" in changed


def test_frozen_parts_do_not_learn_nor_count_statistics(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer("video", steps=3, frozen_parts=("encoder", "semantic"))
    assert changed_by(trainer) == entries(trainer.model, "detail", "fusion", "background")


def test_a_frozen_b_stays_as_it_is(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer("video", steps=2, frozen_parts=("background",))
    assert changed_by(trainer) == entries(trainer.model, "encoder", "semantic", "detail", "fusion")


def test_a_frozen_part_that_does_not_exist_is_named_with_those_that_do(make_trainer: MakeTrainer) -> None:
    with pytest.raises(TrainingError, match="'semantics'; the model's parts are encoder, semantic, detail, fusion"):
        make_trainer("video", frozen_parts=("semantics",))


def test_video_stage_trains_everything_but_p(make_trainer: MakeTrainer) -> None:
    # three steps: B's first layers learn once its last, which starts at zero, has moved
    trainer = make_trainer("video", steps=3)
    assert changed_by(trainer) == entries(trainer.model, "encoder", "semantic", "detail", "fusion", "background")


def test_refine_stage_trains_p_alone(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer("refine", steps=3, clips={"batch_size": 1})
    assert changed_by(trainer) == entries(trainer.model, "refinement")


TERMS: dict[Stage, set[str]] = {
    "image": {"semantic", "detail", "alpha"},
    "video": {"semantic", "detail", "alpha", "background", "coherence"},
    "refine": {"flaw", "alpha_hr"},
}


@pytest.mark.parametrize("stage", TERMS)
def test_each_stage_reports_its_terms(make_trainer: MakeTrainer, stage: Stage) -> None:
    trainer = make_trainer(stage)
    terms = trainer.stage(*trainer.dataset[0][:-1])
    assert set(terms) == TERMS[stage]
    assert all(value.shape == () and value > 0 for value in terms.values())


class Perfect(nn.Module):
    """Replaces a network's forward and returns a given output."""

    def __init__(self, output: object):
        super().__init__()
        self.output = output

    def forward(self, *_: object, **__: object) -> object:
        return self.output


def test_image_stage_weighs_the_terms_as_documented() -> None:
    torch.manual_seed(0)
    alpha = torch.rand(2, 2, 1, 32, 32).round()
    guess, s_p, d_p = torch.rand(4, 1, 32, 32), torch.rand(4, 1, 2, 2), torch.rand(4, 1, 32, 32)
    output = MODNet()(torch.rand(4, 3, 32, 32))._replace(alpha=guess, semantic=s_p, detail=d_p)
    terms = ImageStage(Perfect(output))(*whole(torch.rand(2, 2, 3, 32, 32), alpha, alpha))  # type: ignore[arg-type]
    flat = alpha.flatten(0, 1)
    band = losses.boundary_band(flat)
    torch.testing.assert_close(terms["semantic"], losses.semantic_loss(s_p, flat))
    torch.testing.assert_close(terms["detail"], losses.detail_loss(d_p, flat, band))
    torch.testing.assert_close(terms["alpha"], 10 * losses.alpha_loss(guess, flat, band))


@pytest.mark.parametrize("rule", ["accumulate", "refresh"])
def test_video_stage_trains_under_both_rules_and_keeps_the_models_own(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = MODNetV(update=rule)  # type: ignore[arg-type]
    stage = VideoStage(model).train()
    practised: list[list[str]] = []
    restore = background.restore

    def spy(e_4x: Tensor, p: Tensor, state: BackgroundState, theta: float, update: Update, rho: float) -> object:
        practised[-1].append(update)
        return restore(e_4x, p, state, theta, update, rho)

    monkeypatch.setattr(background, "restore", spy)
    clip = whole(*(torch.rand(2, 2, channels, 32, 32) for channels in (3, 1, 3)))
    torch.manual_seed(0)
    with torch.no_grad():
        for _ in range(12):
            practised.append([])
            stage(*clip)
    assert {rules[0] for rules in practised} == {"accumulate", "refresh"}
    assert all(len(set(rules)) == 1 for rules in practised)  # one rule for a whole clip
    assert {len(rules) for rules in practised} == {1, 2}  # given the true plate, all frames are seen at once
    assert model.background.update_rule == rule


def test_video_stage_compares_the_background_with_the_plate_of_the_same_frame() -> None:
    model = MODNetV(theta=1.0, update="accumulate").eval()  # everything is restored
    nn.init.zeros_(model.background.head[-1].weight)
    nn.init.zeros_(model.background.head[-1].bias)  # so bg_p is 0.5 everywhere
    plates = torch.tensor([0.5, 0.9]).view(1, 2, 1, 1, 1).expand(1, 2, 3, 32, 32)
    terms = VideoStage(model).eval()(*whole(torch.rand(1, 2, 3, 32, 32), torch.zeros(1, 2, 1, 32, 32), plates))
    both = losses.charbonnier(torch.tensor([0.5, 0.5]), torch.tensor([0.5, 0.9])).mean()
    torch.testing.assert_close(terms["background"], both)


@pytest.mark.usefixtures("whole_memories")
def test_video_stage_learns_from_every_frame_with_the_memory_of_previous_frames() -> None:
    torch.manual_seed(1)
    model = MODNetV(theta=1.0, update="accumulate")
    stage, states = VideoStage(model).train(), watched_states(model)
    frames = torch.rand(2, 3, 3, 32, 32).requires_grad_()
    alpha, plates = torch.rand(2, 3, 1, 32, 32), torch.rand(2, 3, 3, 32, 32)
    torch.manual_seed(0)  # no true plate drawn
    terms = stage(*whole(frames, alpha, plates))
    assert [bool(state.bgM.all()) for state in states] == [False, True, True]
    assert not any(state.bgF.requires_grad for state in states)
    # without `background` and `coherence`, which know several frames: each frame has losses of its own
    (terms["alpha"] + terms["semantic"] + terms["detail"]).backward()
    assert frames.grad is not None
    assert all(frames.grad[:, t].abs().max() > 0 for t in range(3))


@pytest.mark.parametrize(("seed", "steps"), [(0, 3), (3, 1)], ids=["own memory", "true plate"])
def test_video_stage_compares_every_frame_with_its_own_truth(seed: int, steps: int) -> None:
    torch.manual_seed(1)
    model = MODNetV(theta=1.0)
    stage, shown = VideoStage(model).eval(), []
    step = model.step_on

    def spy(*args: object, **kwargs: object) -> object:
        output, state = step(*args, **kwargs)  # type: ignore[arg-type]
        shown.append(output.alpha)
        return output, state

    model.step_on = spy  # type: ignore[method-assign, assignment]
    frames, plates = torch.rand(2, 3, 3, 32, 32), torch.rand(2, 3, 3, 32, 32)
    with torch.no_grad():
        torch.manual_seed(seed)
        stage(*whole(frames, torch.zeros(2, 3, 1, 32, 32), plates))
        assert len(shown) == steps
        alpha = torch.stack(shown, 1).view(2, 3, 1, 32, 32)  # clips first, either way
        torch.manual_seed(seed)
        assert stage(*whole(frames, alpha, plates))["coherence"] == 0


@pytest.mark.usefixtures("whole_memories")
def test_video_stage_is_at_times_given_the_true_plate() -> None:
    model = MODNetV(theta=0.0)  # nothing is ever restored
    stage, given = VideoStage(model).eval(), []
    enrich = model.background.enrich

    def spy(e_4x: Tensor, state: BackgroundState) -> Tensor:
        given.append(state)
        return enrich(e_4x, state)

    model.background.enrich = spy  # type: ignore[method-assign]
    frames, plates = torch.rand(1, 2, 3, 32, 32), torch.rand(1, 2, 3, 32, 32)
    with torch.no_grad():
        for _ in range(60):
            stage(*whole(frames, torch.rand(1, 2, 1, 32, 32), plates))
        e_4x = model.encoder.stem(plates.flatten(0, 1))[1]
    at_once = [state for state in given if len(state.bgM) == 2]  # both frames, each with a memory of its own
    assert 10 <= len(at_once) <= 30  # one in three
    known = torch.stack([state.bgM.mean((1, 2, 3)) for state in at_once])
    assert set(known.unique().tolist()) == {0.0, 1.0}  # the whole plate, or what was seen beside the person: nothing
    assert 0.25 < known.mean() < 0.75
    assert all(torch.equal(state.bgF, e_4x * state.bgM) for state in at_once)
    assert all(state.bgM.sum() == 0 for state in given if len(state.bgM) == 1)


def test_refine_stage_refines_what_is_truly_wrong() -> None:
    model = MODNetV()
    stage, seen = RefineStage(model).train(), []
    model.refinement.register_forward_pre_hook(lambda _, args: seen.append(args))
    for layer in (model.semantic.predict, model.fusion.predict):  # its alpha is 0.5 everywhere
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    alpha = torch.full((1, 1, 1, 128, 128), 0.5)
    alpha[..., 64:] = 0.1  # the left half is right, the right half wrong
    frames = torch.rand(1, 1, 3, 128, 128)
    with torch.no_grad():
        stage(*whole(frames, alpha, frames))
    (_, _, chosen, xi), k = seen[0], 16
    chosen = chosen > xi
    assert chosen.shape == (1, 1, k, k)
    assert chosen[..., k // 2 :].all()
    assert chosen[..., : k // 2].float().mean() < 0.75


def test_norms_of_frozen_parts_stay_in_eval_mode_and_others_do_not() -> None:
    def training(module: nn.Module) -> set[str]:
        return {name.split(".")[1] for name, part in module.named_modules() if name.count(".") and part.training}

    every = {"encoder", "semantic", "detail", "fusion"}
    assert training(ImageStage(MODNet()).train()) == every
    assert training(VideoStage(MODNetV()).train()) == every | {"background"}
    frozen = MODNetV()
    frozen.encoder.features[:4].requires_grad_(False)
    layers = VideoStage(frozen).train().model.encoder.features
    assert [layer.training for layer in layers[:6]] == [False] * 4 + [True] * 2
    assert training(RefineStage(MODNetV()).train()) == {"refinement"}
    assert training(RefineStage(MODNetV()).train(False)) == set()


def gradients(stage: nn.Module, batch: list[Tensor]) -> set[str]:
    sum(stage(*batch).values()).backward()
    return {name.split(".")[1] for name, p in stage.named_parameters() if p.grad is not None}


def test_a_refine_step_reaches_only_p() -> None:
    batch = whole(*(torch.rand(1, 1, channels, 128, 128) for channels in (3, 1, 3)))
    assert gradients(RefineStage(MODNetV()).train(), batch) == {"refinement"}


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("kind", [ImageStage, VideoStage])
def test_frozen_norms_keep_their_statistics_while_the_weights_learn(kind: type[ImageStage], frozen: bool) -> None:
    stage = kind(MODNet() if kind is ImageStage else MODNetV(), frozen_norms=frozen).train()  # type: ignore[arg-type]
    before = {name: tensor.clone() for name, tensor in stage.model.state_dict().items()}
    optimizer = torch.optim.SGD(stage.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        terms = stage(*whole(*(torch.rand(2, 2, channels, 32, 32) for channels in (3, 1, 3))))
        sum(terms.values()).backward()
        optimizer.step()
    changed = {name for name, tensor in stage.model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert any("running" in name for name in changed) != frozen
    assert any(name.startswith("semantic") and name.endswith("weight") for name in changed)


def test_p_can_learn_with_frozen_norms_too() -> None:
    stage = RefineStage(MODNetV(), frozen_norms=True).train()
    assert stage.model.refinement.training
    assert not any(layer.training for layer in stage.modules() if isinstance(layer, nn.BatchNorm2d))
