"""The moving average of the weights."""

import torch
from torch import nn

from modnetv_kit.training.ema import averaged


def model(value: float) -> nn.Module:
    net = nn.BatchNorm1d(2)
    nn.init.constant_(net.weight, value)
    nn.init.constant_(net.running_mean, value)
    net.num_batches_tracked.fill_(int(value))
    return net


def test_average_is_the_decayed_sum_and_forgets_the_start_fast() -> None:
    ema = averaged(model(0.0), decay=0.5)
    ema.update_parameters(model(10.0))  # the past weighs min(0.5, 1 / 10)
    assert ema.module.weight.tolist() == [9.0, 9.0]
    ema.update_parameters(model(20.0))  # 2 / 11
    torch.testing.assert_close(ema.module.weight.data, torch.full((2,), 9 * 2 / 11 + 20 * 9 / 11))
    ema.n_averaged.fill_(1001)
    ema.update_parameters(model(0.0))  # 0.5 from here on
    torch.testing.assert_close(ema.module.weight.data, torch.full((2,), (9 * 2 / 11 + 20 * 9 / 11) / 2))


def test_buffers_are_averaged_and_counters_copied() -> None:
    ema = averaged(model(0.0), decay=0.9)
    ema.update_parameters(model(10.0))
    assert ema.module.running_mean.tolist() == [9.0, 9.0]
    assert ema.module.num_batches_tracked.item() == 10


def test_average_is_a_model_of_its_own() -> None:
    learning = model(1.0)
    ema = averaged(learning, decay=0.9)
    nn.init.constant_(learning.weight, 5.0)
    assert ema.module.weight.tolist() == [1.0, 1.0]
    assert learning.training
    assert not ema.module.training
    assert not any(p.requires_grad for p in ema.module.parameters())
    assert all(p.requires_grad for p in learning.parameters())
