"""B's equations, and the guarantees of each update rule for the state."""

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from modnetv_kit.models import BackgroundRestoration, BackgroundState
from modnetv_kit.models.background import Update, presence


def features(values: Tensor) -> Tensor:
    """(H, W) values as `e_4x` (1, 24, H, W) in which channel c holds (c + 1) times them."""
    return values * torch.arange(1.0, 25.0).view(1, 24, 1, 1)


def random_walk(module: BackgroundRestoration, steps: int) -> list[tuple[BackgroundState, Tensor, Tensor]]:
    """The states, features and p of `steps` updates on moving noise, half of whose pixels are background."""
    torch.manual_seed(0)
    state = BackgroundState.empty(torch.zeros(2, 24, 9, 11))
    walk = []
    for _ in range(steps):
        e_4x, p = torch.randn(2, 24, 9, 11), torch.rand(2, 1, 9, 11) * 2 * module.theta
        state = module.update(e_4x, p, state)
        walk.append((state, e_4x, p))
    return walk


E1 = torch.tensor([[1.0, 2, 3, 4], [5, 6, 7, 8], [-1, -2, -3, -4], [10, 20, 30, 40]])
S1 = torch.tensor([[0.0, 0.05, 0.1, 0.9], [0, 0.5, 0.08, 1], [0, 0.1, 0.02, 0.2], [0.09, 0.11, 0, 1]])
# 0.1 is not below theta = 0.1: (0, 2) and (2, 1) stay out
M1 = torch.tensor([[1.0, 1, 0, 0], [1, 0, 1, 0], [1, 0, 1, 0], [1, 0, 1, 0]])
F1 = torch.tensor([[1, 1.9, 0, 0], [5, 0, 6.44, 0], [-1, 0, -2.94, 0], [9.1, 0, 30, 0]])

E2 = torch.tensor([[2.0, 2, 2, 2], [4, 4, 4, 4], [6, 6, 6, 6], [8, 8, 8, 8]])
S2 = torch.tensor([[0.0, 0.9, 0, 0.1], [0.05, 0, 1, 0], [0.1, 0.05, 0, 0.5], [0, 0, 0.9, 0.09]])
M2 = torch.tensor([[1.0, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 1, 1]])
F2 = {
    # restored pixels stay; new ones are (1 - p) e
    "accumulate": torch.tensor([[1, 1.9, 2, 0], [5, 4, 6.44, 4], [-1, 5.7, -2.94, 0], [9.1, 8, 30, 7.28]]),
    # restored pixels that are seen again go a quarter of the way: 1 -> 2, 5 -> 3.8, -2.94 -> 6, 9.1 -> 8
    "refresh": torch.tensor([[1.25, 1.9, 2, 0], [4.7, 4, 6.44, 4], [-1, 5.7, -0.705, 0], [8.825, 8, 30, 7.28]]),
}


@pytest.mark.parametrize("rule", ["accumulate", "refresh"])
def test_two_updates_equal_the_equations_worked_by_hand(rule: Update) -> None:
    module = BackgroundRestoration(rule, theta=0.1, rho=0.25)
    first = module.update(features(E1), S1[None, None], BackgroundState.empty(features(E1)))
    torch.testing.assert_close(first.bgM[0, 0], M1, rtol=0, atol=0)
    torch.testing.assert_close(first.bgF, features(F1))
    second = module.update(features(E2), S2[None, None], first)
    torch.testing.assert_close(second.bgM[0, 0], M2, rtol=0, atol=0)
    torch.testing.assert_close(second.bgF, features(F2[rule]))


@pytest.mark.parametrize("rule", ["accumulate", "refresh"])
def test_mask_never_shrinks_and_stays_binary(rule: Update) -> None:
    before = torch.zeros(2, 1, 9, 11)
    for state, _, p in random_walk(BackgroundRestoration(rule), 8):
        assert set(state.bgM.unique().tolist()) <= {0.0, 1.0}
        torch.testing.assert_close(state.bgM, torch.maximum(before, (p < 0.2).float()), rtol=0, atol=0)
        before = state.bgM


def test_accumulate_never_touches_a_restored_pixel() -> None:
    walk = random_walk(BackgroundRestoration("accumulate"), 8)
    for (old, _, _), (new, _, _) in pairwise(walk):
        restored = old.bgM.bool().expand_as(old.bgF)
        assert torch.equal(new.bgF[restored], old.bgF[restored])
    assert not torch.equal(walk[0][0].bgF, walk[-1][0].bgF)


@pytest.mark.parametrize("rule", ["accumulate", "refresh"])
def test_nothing_enters_the_state_where_a_person_is(rule: Update) -> None:
    walk = random_walk(BackgroundRestoration(rule), 8)
    for (old, _, _), (new, _, p) in pairwise(walk):
        person = (p >= 0.2).expand_as(old.bgF)
        assert torch.equal(new.bgF[person], old.bgF[person])


def test_refresh_approaches_a_changed_background_geometrically_and_accumulate_keeps_the_old() -> None:
    old, new, person = torch.full((1, 24, 6, 6), 3.0), torch.full((1, 24, 6, 6), -1.0), torch.zeros(1, 1, 6, 6)
    refresh, accumulate = BackgroundRestoration("refresh", rho=0.3), BackgroundRestoration("accumulate")
    start = refresh.update(old, person, BackgroundState.empty(old))
    assert torch.equal(start.bgF, old)
    followed = kept = start
    for n in range(1, 9):
        followed, kept = refresh.update(new, person, followed), accumulate.update(new, person, kept)
        torch.testing.assert_close(followed.bgF, new + 0.7**n * (old - new))
    assert torch.equal(kept.bgF, old)


def test_restored_features_are_dimmed_by_p_also_while_refreshing() -> None:
    e_4x, p = torch.full((1, 24, 2, 2), 2.0), torch.full((1, 1, 2, 2), 0.05)
    module = BackgroundRestoration("refresh", rho=0.5)
    state = BackgroundState.empty(e_4x)
    for _ in range(3):
        state = module.update(e_4x, p, state)
        torch.testing.assert_close(state.bgF, torch.full_like(e_4x, 1.9))


def test_presence_is_the_matte_in_and_around_each_cell() -> None:
    alpha = torch.zeros(1, 1, 24, 32)
    alpha[..., 8:12, 12:16] = 1  # one cell of 4 x 4 pixels
    p = presence(alpha, torch.zeros(1, 24, 6, 8))
    expected = torch.zeros(6, 8)
    expected[1:4, 2:5] = 1 / 9
    torch.testing.assert_close(p[0, 0], expected)


def test_presence_at_the_edge_of_the_frame_is_not_dimmed_by_what_lies_outside() -> None:
    p = presence(torch.ones(2, 1, 50, 34), torch.zeros(2, 24, 13, 9))
    torch.testing.assert_close(p, torch.ones(2, 1, 13, 9))


def test_p_is_resized_to_the_features() -> None:
    e_4x = torch.ones(1, 24, 8, 12)
    p = torch.tensor([[0.0, 1.0, 1.0], [0.0, 1.0, 1.0]])[None, None]
    mask = BackgroundRestoration("accumulate").update(e_4x, p, BackgroundState.empty(e_4x)).bgM[0, 0]
    # four cells a column of p; bilinear ramps from cell 1.5 on: 0, 0, 0.125, 0.375, ...
    assert torch.equal(mask, torch.tensor([1.0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]).expand(8, 12))


def test_update_leaves_the_previous_state_as_it_was() -> None:
    module = BackgroundRestoration("refresh")
    state = module.update(
        torch.randn(1, 24, 4, 4), torch.zeros(1, 1, 4, 4), BackgroundState.empty(torch.ones(1, 24, 4, 4))
    )
    bgF, bgM = state.bgF.clone(), state.bgM.clone()
    module.update(torch.randn(1, 24, 4, 4), torch.zeros(1, 1, 4, 4), state)
    assert torch.equal(state.bgF, bgF)
    assert torch.equal(state.bgM, bgM)


def test_untrained_b_leaves_the_encoder_features_as_they_are() -> None:
    e_4x = torch.randn(2, 24, 9, 7)
    state = BackgroundState.known(torch.randn_like(e_4x), torch.ones(2, 1, 9, 7))
    for module in (BackgroundRestoration().train(), BackgroundRestoration().eval()):
        assert torch.equal(module.enrich(e_4x, state), e_4x)


def test_enrich_depends_on_how_far_the_features_are_from_the_restored_ones() -> None:
    module = BackgroundRestoration().eval()
    torch.nn.init.normal_(module.fuse[-1].weight)
    e_4x, bgF, bgM = torch.randn(1, 24, 6, 6), torch.randn(1, 24, 6, 6), torch.ones(1, 1, 6, 6)
    added = module.enrich(e_4x, BackgroundState.known(bgF, bgM)) - e_4x
    assert not torch.allclose(module.enrich(e_4x, BackgroundState.known(bgF + 1, bgM)) - e_4x, added, atol=1e-3)
    # as far on the other side
    mirrored = BackgroundState.known(2 * e_4x - bgF, bgM)
    torch.testing.assert_close(module.enrich(e_4x, mirrored) - e_4x, added)


def test_what_is_not_restored_says_nothing_and_is_not_listened_to() -> None:
    module = BackgroundRestoration().eval()
    torch.nn.init.normal_(module.fuse[-1].weight)
    e_4x, bgF, bgM = torch.randn(1, 24, 6, 6), torch.randn(1, 24, 6, 6), torch.zeros(1, 1, 6, 6)
    assert torch.equal(module.enrich(e_4x, BackgroundState.known(bgF, bgM)), e_4x)
    bgM[..., :3] = 1
    enriched = module.enrich(e_4x, BackgroundState.known(bgF, bgM))
    assert torch.equal(enriched[..., 3:], e_4x[..., 3:])
    assert not torch.allclose(enriched[..., :3], e_4x[..., :3], atol=1e-3)
    bgF[..., 3:] += 1
    assert torch.equal(module.enrich(e_4x, BackgroundState.known(bgF, bgM)), enriched)


def test_detached_state_stops_gradients_and_keeps_values() -> None:
    state = BackgroundState.known(torch.randn(1, 24, 2, 2, requires_grad=True) * 2, torch.ones(1, 1, 2, 2))
    detached = state.detach()
    assert state.bgF.requires_grad
    assert not detached.bgF.requires_grad
    assert torch.equal(detached.bgF, state.bgF)


def test_unknown_update_rule_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'accumulate' or 'refresh', not 'forget'"):
        BackgroundRestoration("forget")  # type: ignore[arg-type]


def test_cells_restored_from_the_person_are_forgotten_once_the_matte_is_certain() -> None:
    module = BackgroundRestoration("refresh")
    e_4x = torch.randn(1, 24, 6, 6)
    p = torch.zeros(1, 1, 6, 6)
    p[..., 2:4, 2:4] = 1
    state = module.update(e_4x, p, BackgroundState.known(e_4x.clone(), torch.ones(1, 1, 6, 6)))
    assert torch.equal(state.bgM, 1 - p)
    assert not state.bgF[..., 2:4, 2:4].any()


def test_a_known_background_behind_the_person_is_kept() -> None:
    module = BackgroundRestoration("refresh")
    behind = torch.randn(1, 24, 6, 6)
    ones = torch.ones(1, 1, 6, 6)
    state = module.update(torch.randn(1, 24, 6, 6), ones, BackgroundState.known(behind, ones))
    assert torch.equal(state.bgM, torch.ones(1, 1, 6, 6))
    assert torch.equal(state.bgF, behind)


def test_the_papers_rule_never_forgets() -> None:
    e_4x = torch.randn(1, 24, 6, 6)
    known = BackgroundState.known(e_4x.clone(), torch.ones(1, 1, 6, 6))
    assert torch.equal(BackgroundRestoration("accumulate").update(e_4x, torch.ones(1, 1, 6, 6), known).bgM, known.bgM)


def test_a_prompt_empties_what_is_kept_and_writes_what_is_removed() -> None:
    module = BackgroundRestoration()
    e_4x, bgF = torch.randn(1, 24, 6, 6), torch.randn(1, 24, 6, 6)
    keep, remove = torch.zeros(1, 1, 6, 6), torch.zeros(1, 1, 6, 6)
    keep[..., :2], remove[..., 4:] = 1, 1
    state = BackgroundState.known(bgF, torch.ones(1, 1, 6, 6)).prompted(keep, remove)
    assert torch.equal(state.bgM, 1 - keep)
    written = module.write(e_4x, state)
    assert torch.equal(written.bgF[..., 4:], e_4x[..., 4:])
    assert torch.equal(written.bgF[..., 2:4], bgF[..., 2:4])
    assert torch.equal(written.bgM, 1 - keep)


def test_after_a_prompt_the_certain_part_is_kept_and_nothing_removed() -> None:
    module = BackgroundRestoration()
    e_4x = torch.randn(1, 24, 6, 6)
    ones = torch.ones(1, 1, 6, 6)
    p = torch.zeros(1, 1, 6, 6)
    p[..., 3:] = 0.95
    prompted = BackgroundState.empty(e_4x).prompted(ones, ones)
    assert torch.equal(module.update(e_4x, p, prompted).prompt, torch.cat([(p > 0.9).float(), 0 * p, ones], 1))
    assert not module.update(e_4x, p, BackgroundState.empty(e_4x)).prompt.any()


def test_without_a_prompt_its_inputs_change_nothing() -> None:
    module = BackgroundRestoration().eval()
    torch.nn.init.normal_(module.fuse[-1].weight)
    e_4x = torch.randn(1, 24, 6, 6)
    state = BackgroundState.known(torch.randn_like(e_4x), torch.ones(1, 1, 6, 6))
    before = module.enrich(e_4x, state)
    torch.nn.init.normal_(module.fuse[0][0].weight[:, -3:])
    assert torch.equal(module.enrich(e_4x, state), before)


def test_in_a_prompted_video_nothing_is_forgotten() -> None:
    e_4x, ones = torch.randn(1, 24, 6, 6), torch.ones(1, 1, 6, 6)
    known = BackgroundState.known(e_4x.clone(), ones).prompted(0 * ones, 0 * ones)
    assert torch.equal(BackgroundRestoration("refresh").update(e_4x, ones, known).bgM, ones)
