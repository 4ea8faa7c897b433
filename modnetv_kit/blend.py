"""Blending the weights of several runs: the weighted mean often beats each of them (arXiv 2203.05482)."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from .errors import InputError, OutputError, WeightsError
from .hub import HubMODNetV, load_model
from .model_files import RECIPE, model_config, model_hash, save_model

TOLERANCE = 0.01  # allowed deviation of the sum of shares from 1; shares are divided by their sum

Share = tuple[str, float]


def parse_share(text: str) -> Share:
    """Parse `A=.45` into ("A", 0.45).

    Raises:
        InputError: another format, or a share not above 0.
    """
    source, _, number = text.rpartition("=")
    try:
        share = float(number)
    except ValueError:
        share = 0.0
    if not source or not 0 < share < float("inf"):
        raise InputError(f"{text!r} is not a share: write WEIGHTS=SHARE with a number above 0, such as runs/a=0.45")
    return source, share


def blend(shares: Sequence[Share], out: Path) -> None:
    """Write the weighted mean of models to `out`, with the recipe in its config.json.

    The recipe is a list of [name, hash of the weights, share]. Batch-norm statistics are averaged like weights; integer
    counters come from the first model.

    Args:
        shares: folders or names on the Hub, each with its share of the mean; shares sum to 1 within 0.01.
        out: a folder, not one of the blended models.

    Raises:
        InputError: fewer than two models, or shares that do not sum to 1.
        OutputError: `out` is one of the models, or cannot be written.
        WeightsError: a model cannot be read, or two models differ in more than their weights.
    """
    total = sum(share for _, share in shares)
    if len(shares) < 2:
        raise InputError("a blend takes two models or more: write A=0.6 B=0.4")
    if abs(total - 1) > TOLERANCE:
        raise InputError(f"the shares sum to {total:g}; correct them so that they sum to 1")
    for source, _ in shares:
        if Path(source).exists() and out.exists() and Path(source).samefile(out):
            raise OutputError(f"{out} is one of the models that are blended: choose another folder")
    mean: dict[str, Tensor] = {}
    recipe: list[list[object]] = []
    first: HubMODNetV | None = None
    for source, share in shares:
        model = load_model(source, device="cpu")
        first = first or model
        _compare(shares[0][0], first, source, model)
        for key, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                mean[key] = mean.get(key, torch.zeros_like(tensor, dtype=torch.float64)) + share / total * tensor
        recipe.append([source, model_hash(model), share])
    assert first is not None  # there are at least two models
    first.load_state_dict(first.state_dict() | mean)
    save_model(first, out, extra={RECIPE: recipe})


def _compare(first_name: str, first: HubMODNetV, name: str, model: HubMODNetV) -> None:
    """Raise WeightsError if two models differ in more than their weights."""
    ours, theirs = model_config(first), model_config(model)
    for key, value in ours.items():
        if theirs[key] != value:
            raise WeightsError(
                f"{name} has {key} {theirs[key]}, but {first_name} has {value}: only models with equal settings blend"
            )
