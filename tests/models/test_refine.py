"""P: unrefined patches stay unchanged, refined ones land in their place, and cost grows with their number."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from modnetv_kit.models import MODNetV, PatchRefinement
from modnetv_kit.models.refine import AT_ONCE, GRID, REACH, FlawDetector, PatchNet, patch_grid

MakeModel = Callable[..., MODNetV]
SIZES = [(130, 171), (96, 160), (75, 128)]  # k = 16 divides neither side, both, one


@pytest.fixture
def refinement() -> PatchRefinement:
    """P with a PatchNet that changes its input, and a flaw map that is not constant."""
    torch.manual_seed(0)
    module = PatchRefinement().eval()
    nn.init.normal_(module.patches.predict.weight, std=0.3)
    nn.init.constant_(module.patches.predict.bias, 1.0)
    nn.init.normal_(module.flaw.convs[-1].weight)
    return module


class Inner(nn.Module):
    """Stands in for PatchNet: returns one channel of its input and keeps what it saw."""

    def __init__(self, channel: int):
        super().__init__()
        self.channel = channel

    def forward(self, patches: Tensor) -> Tensor:
        self.seen = patches
        return patches[:, self.channel : self.channel + 1]


def inputs(size: tuple[int, int], batch: int = 2) -> tuple[Tensor, Tensor]:
    """A frame of `size` and a coarse alpha of about half of it."""
    torch.manual_seed(1)
    return torch.rand(batch, 3, *size), torch.rand(batch, 1, -(-size[0] // 2), -(-size[1] // 2))


def upsampled(coarse: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(coarse, size=size, mode="bilinear", align_corners=False)


def pixels_of(patches: Tensor, size: tuple[int, int]) -> Tensor:
    """Which pixels of a frame of `size` lie in the chosen patches: pixel (y, x) is of patch (y // ph, x // pw)."""
    k = patches.shape[-1]
    y, x = (torch.arange(side) // -(-side // k) for side in size)
    return patches[:, :, y][..., x]


@pytest.mark.parametrize("size", SIZES)
def test_patches_that_pass_are_bit_equal_and_flawed_ones_differ(
    refinement: PatchRefinement, size: tuple[int, int]
) -> None:
    frame, coarse = inputs(size)
    flaw = torch.rand(2, 1, 16, 16)
    with torch.no_grad():
        alpha, refined = refinement(frame, coarse, flaw, 0.7)
    assert torch.equal(refined, flaw > 0.7)
    assert refined.any(dim=(1, 2, 3)).all()
    inside, plain = pixels_of(refined, size), upsampled(coarse, size)
    assert torch.equal(alpha[~inside], plain[~inside])
    assert (alpha != plain)[inside].float().mean() > 0.99
    assert alpha.shape == plain.shape
    assert alpha.min() >= 0
    assert alpha.max() <= 1


@pytest.mark.parametrize("size", SIZES)
def test_xi_of_one_refines_none_and_below_zero_refines_all(make_model: MakeModel, size: tuple[int, int]) -> None:
    frame = torch.rand(1, 3, *size)
    with torch.no_grad():
        none = make_model(coarse_size=64, xi=1.0)(frame)[0]
        every = make_model(coarse_size=64, xi=-0.1)(frame)[0]
    plain = upsampled(none.coarse_alpha, size)
    assert not none.refined.any()
    assert torch.equal(none.alpha, plain)
    assert every.refined.all()
    assert (every.alpha != plain).float().mean() > 0.99


def test_the_models_xi_is_the_threshold_on_its_own_flaw_map(make_model: MakeModel) -> None:
    frame = torch.rand(1, 3, 100, 128)
    with torch.no_grad():
        model = make_model(coarse_size=64)
        model.xi = model(frame)[0].flaw.median().item()
        output = model(frame)[0]
    assert torch.equal(output.refined, output.flaw > model.xi)
    assert 0 < output.refined.float().mean() < 1
    outside = ~pixels_of(output.refined, (100, 128))
    assert torch.equal(output.alpha[outside], upsampled(output.coarse_alpha, (100, 128))[outside])


@pytest.mark.parametrize("size", SIZES)
def test_crop_and_scatter_are_exact(refinement: PatchRefinement, size: tuple[int, int]) -> None:
    frame, coarse = inputs(size)
    everything = torch.ones(2, 1, 16, 16)
    for channel, expected in ((1, frame[:, 1:2]), (3, upsampled(coarse, size))):
        refinement.patches = Inner(channel)
        assert torch.equal(refinement(frame, coarse, everything, 0.5)[0], expected)


@pytest.mark.parametrize("size", SIZES)
def test_each_patch_sees_its_own_surroundings(refinement: PatchRefinement, size: tuple[int, int]) -> None:
    frame, coarse = inputs(size, batch=1)
    refinement.patches = inner = Inner(0)
    flaw = torch.zeros(1, 1, 16, 16)
    flaw[0, 0, 0, 3] = flaw[0, 0, 9, 5] = 1
    refinement(frame, coarse, flaw, 0.5)
    ph, pw, c = -(-size[0] // 16), -(-size[1] // 16), REACH + GRID
    picture = torch.cat([frame, upsampled(coarse, size)], 1)
    bordered = F.pad(picture, (c, 64, c, 64), mode="replicate")[0]  # whose pixel (0, 0) is the frame's (-c, -c)
    assert len(inner.seen) == 2
    for seen, (row, column) in zip(inner.seen, ((0, 3), (9, 5)), strict=True):
        top, left = ((first - REACH) // GRID * GRID for first in (row * ph, column * pw))
        height, width = seen.shape[-2:]
        assert height % GRID == width % GRID == 0
        assert torch.equal(seen, bordered[:, top + c : top + c + height, left + c : left + c + width])
        # the whole patch is in it, and all that PatchNet sees of its surroundings
        assert top + height >= (row + 1) * ph + REACH
        assert left + width >= (column + 1) * pw + REACH


@pytest.mark.parametrize("size", SIZES)
def test_all_patches_refined_are_the_whole_frame_refined(refinement: PatchRefinement, size: tuple[int, int]) -> None:
    frame, coarse = inputs(size)
    border = 4 * GRID  # beyond it the frame's edge goes on, so that the convolutions' own padding lies out of reach
    below, right = ((-side) % GRID + border for side in size)
    picture = torch.cat([frame, upsampled(coarse, size)], 1)
    with torch.no_grad():
        alpha, _ = refinement(frame, coarse, torch.ones(2, 1, 16, 16), 0.5)
        whole = refinement.patches(F.pad(picture, (border, right, border, below), mode="replicate"))
    expected = whole[..., border : border + size[0], border : border + size[1]]
    torch.testing.assert_close(alpha, expected, rtol=0, atol=1e-5)


def test_reach_is_how_far_the_patch_net_looks() -> None:
    torch.manual_seed(0)
    net = PatchNet().eval()
    nn.init.normal_(net.predict.weight)
    patches = torch.rand(1, 4, 64, 64).requires_grad_()
    far = 0
    for place in range(28, 36):
        (gradient,) = torch.autograd.grad(net(patches)[0, 0, place, place], patches)
        rows = gradient.abs().amax((0, 1, 3)).nonzero()
        far = max(far, place - int(rows.min()), int(rows.max()) - place)
    assert far == REACH


@pytest.mark.parametrize("size", SIZES)
def test_frames_of_bytes_give_what_floats_give(refinement: PatchRefinement, size: tuple[int, int]) -> None:
    _, coarse = inputs(size)
    pixels = torch.randint(0, 256, (2, 3, *size), dtype=torch.uint8)
    flaw = torch.rand(2, 1, 16, 16)
    with torch.no_grad():
        of_bytes, of_floats = (refinement(x, coarse, flaw, 0.5)[0] for x in (pixels, pixels.float() / 255))
    assert torch.equal(of_bytes, of_floats)


def test_at_inference_patches_come_in_bounded_batches_and_in_training_all_at_once(refinement: PatchRefinement) -> None:
    frame, coarse = inputs((130, 171))
    sizes: list[int] = []

    def net(patches: Tensor) -> Tensor:
        sizes.append(len(patches))
        return patches[:, 3:]

    everything = torch.ones(2, 1, 16, 16)
    refinement.eval()(frame, coarse, everything, 0.5, net)
    assert max(sizes) == AT_ONCE
    assert sum(sizes) == 2 * 16 * 16
    sizes.clear()
    refinement.train()(frame, coarse, everything, 0.5, net)
    assert sizes == [2 * 16 * 16]


def test_untrained_p_changes_nothing() -> None:
    frame, coarse = inputs((96, 128))
    module = PatchRefinement().eval()
    with torch.no_grad():
        flaw = module.flaw_map(coarse, (96, 128))
        assert not module(frame, coarse, flaw, 0.01)[1].any()
        alpha, refined = module(frame, coarse, flaw, -1)
    assert refined.all()
    torch.testing.assert_close(alpha, upsampled(coarse, (96, 128)), rtol=0, atol=1.1e-4)


def test_the_callers_tensors_stay_as_they_are(refinement: PatchRefinement) -> None:
    frame, coarse = torch.rand(1, 3, 64, 64), torch.rand(1, 1, 64, 64)  # equal sizes: interpolation may alias
    before = coarse.clone()
    with torch.no_grad():
        refinement(frame, coarse, torch.ones(1, 1, 16, 16), 0.5)
    assert torch.equal(coarse, before)


@pytest.mark.parametrize(("size", "k"), [((32, 32), 16), ((2160, 4096), 16), ((4097, 100), 32), ((4320, 7680), 32)])
def test_the_grid_is_16_up_to_4k_and_32_above(size: tuple[int, int], k: int) -> None:
    assert patch_grid(*size) == k
    with torch.device("meta"):
        flaw = PatchRefinement().eval().flaw_map(torch.rand(1, 1, 288, 512), size)
    assert flaw.shape == (1, 1, k, k)


def test_cost_is_proportional_to_the_number_of_flawed_patches(refinement: PatchRefinement) -> None:
    def cost(patches: int) -> int:
        flaw = torch.zeros(1, 1, 16, 16)
        flaw.view(-1)[:patches] = 1
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            refinement(frame, coarse, flaw, 0.5)
        return counter.get_total_flops()

    frame, coarse = inputs((130, 171), batch=1)
    one = cost(1)
    assert one > 0
    assert [cost(n) for n in (0, 2, 37, 256)] == [0, 2 * one, 37 * one, 256 * one]


class Pooled(FlawDetector):
    """A flaw map with the mean alpha of each cell, to show which part of the alpha a cell covers."""

    def forward(self, alpha: Tensor, k: int) -> Tensor:
        return F.adaptive_avg_pool2d(alpha, k)


@pytest.mark.parametrize("size", [(130, 171), (1080, 1920)])
def test_a_flaw_cell_speaks_of_the_patch_in_the_same_place(size: tuple[int, int]) -> None:
    module = PatchRefinement()
    module.flaw = Pooled()
    chosen = torch.zeros(1, 1, 16, 16)
    chosen[0, 0, 2, 13] = chosen[0, 0, 12, 4] = chosen[0, 0, 7, 7] = 1
    coarse = F.interpolate(pixels_of(chosen, size), scale_factor=0.5, mode="area")
    flaw = module.flaw_map(coarse, size)
    assert torch.equal(flaw > 0.5, chosen > 0.5)


def test_the_detector_tells_an_undecided_patch_from_decided_ones() -> None:
    seen = []
    detector = FlawDetector()
    detector.convs.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    alpha = torch.zeros(1, 1, 64, 64)
    alpha[..., :32], alpha[..., 48:] = 1, 0.5
    detector.eval()(alpha, 16)
    mean, undecided = seen[0][0, :, 0]  # 4k = 64 cells: one a pixel
    assert torch.equal(mean, alpha[0, 0, 0])
    assert undecided.tolist() == [0.0] * 48 + [1.0] * 16


def test_patches_of_odd_sizes_come_back_whole() -> None:
    for size in ((25, 27), (24, 27), (8, 8)):
        assert PatchNet().eval()(torch.rand(2, 4, *size)).shape == (2, 1, *size)


def test_gradients_reach_all_of_p(refinement: PatchRefinement) -> None:
    frame, coarse = inputs((64, 96))
    flaw = refinement.flaw_map(coarse, (64, 96))
    alpha, _ = refinement(frame, coarse, torch.ones_like(flaw), 0.5)
    ((alpha * torch.rand_like(alpha)).sum() + (flaw * torch.rand_like(flaw)).sum()).backward()
    assert [name for name, p in refinement.named_parameters() if p.grad is None or not p.grad.abs().max() > 0] == []
