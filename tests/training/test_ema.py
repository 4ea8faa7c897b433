"""The moving average of the weights."""

import torch
from torch import nn

from modnetv_kit.training.ema import EMA


def model(value: float) -> nn.Module:
    net = nn.BatchNorm1d(2)
    nn.init.constant_(net.weight, value)
    nn.init.constant_(net.running_mean, value)
    net.num_batches_tracked.fill_(int(value))
    return net


def test_average_is_the_decayed_sum_and_forgets_the_start_fast() -> None:
    ema = EMA(model(0.0), decay=0.5)
    ema.update(model(10.0), step=0)  # the past weighs min(0.5, 1 / 10)
    assert ema.model.weight.tolist() == [9.0, 9.0]
    ema.update(model(20.0), step=1)  # 2 / 11
    torch.testing.assert_close(ema.model.weight.data, torch.full((2,), 9 * 2 / 11 + 20 * 9 / 11))
    ema.update(model(0.0), step=1000)  # 0.5 from here on
    torch.testing.assert_close(ema.model.weight.data, torch.full((2,), (9 * 2 / 11 + 20 * 9 / 11) / 2))


def test_buffers_are_averaged_and_counters_copied() -> None:
    ema = EMA(model(0.0), decay=0.9)
    ema.update(model(10.0), step=0)
    assert ema.model.running_mean.tolist() == [9.0, 9.0]
    assert ema.model.num_batches_tracked.item() == 10


def test_average_is_a_model_of_its_own() -> None:
    learning = model(1.0)
    ema = EMA(learning, decay=0.9)
    nn.init.constant_(learning.weight, 5.0)
    assert ema.model.weight.tolist() == [1.0, 1.0]
    assert learning.training
    assert not ema.model.training
    assert not any(p.requires_grad for p in ema.model.parameters())
    assert all(p.requires_grad for p in learning.parameters())
