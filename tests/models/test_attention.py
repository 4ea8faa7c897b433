import pytest
import torch

from modnetv_kit.models.attention import ContextAttention


def test_an_untrained_block_changes_nothing() -> None:
    x = torch.randn(2, 96, 5, 7)
    torch.testing.assert_close(ContextAttention(96)(x), x)


def test_every_cell_sees_every_other() -> None:
    block = ContextAttention(32)
    torch.nn.init.normal_(block.join.weight, std=1.0)
    x = torch.randn(1, 32, 6, 9)
    changed = x.clone()
    changed[..., 0, 0] = 5 * torch.randn(32)
    assert ((block(changed) - block(x))[..., 5, 8].abs() > 1e-5).any()


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (16, 9)])
def test_maps_of_any_size_keep_their_shape(size: tuple[int, int]) -> None:
    x = torch.randn(1, 32, *size)
    assert ContextAttention(32)(x).shape == x.shape
