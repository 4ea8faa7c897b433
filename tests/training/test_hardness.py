"""Hard pictures are those with a large error."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from modnetv_kit.data import Clip, ClipDataset, ClipSpec
from modnetv_kit.models import MODNet, MODNetV
from modnetv_kit.models.modnet import CoarseOutput
from modnetv_kit.training.hardness import load_hardness, measure_hardness, save_hardness


class SaysEverywhere(nn.Module):
    """Predicts alpha 1 everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, frame: Tensor) -> CoarseOutput:
        return CoarseOutput(torch.ones_like(frame[:, :1]), frame, None)


@pytest.fixture
def dataset(picture_folder: Path) -> ClipDataset:
    return ClipDataset(picture_folder, ClipSpec(2, sizes=((64, 64),), max_side=96))


def test_error_is_the_mean_distance_to_the_true_alpha(dataset: ClipDataset) -> None:
    hardness = measure_hardness(SaysEverywhere(), dataset)
    # nobody is there, or only beside what counts
    assert hardness.backgrounds == {f"wall{i}.jpg": pytest.approx(1.0) for i in range(8)}
    assert set(hardness.cutouts) == {f"person{i}.png" for i in range(8)}
    assert all(0.1 < error < 1 for error in hardness.cutouts.values())  # right where the person is


def test_a_background_is_also_measured_behind_a_person(dataset: ClipDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[tuple[int | None, int]] = []
    compose = dataset.compose

    def spy(
        rng: np.random.Generator, size: tuple[int, int], length: int, background: int | None, people: list[int]
    ) -> Clip:
        looked.append((background, len(people)))
        return compose(rng, size, length, background, people)

    monkeypatch.setattr(dataset, "compose", spy)
    measure_hardness(SaysEverywhere(), dataset)
    assert sorted(look for look in looked if look[0] is not None) == [(i, n) for i in range(8) for n in (0, 1)]


@pytest.mark.parametrize("kind", [MODNet, MODNetV])
def test_both_networks_are_measured_alike_at_every_call(dataset: ClipDataset, kind: type[nn.Module]) -> None:
    model = kind().eval()
    first = measure_hardness(model, dataset)
    torch.manual_seed(5)
    assert measure_hardness(model, dataset) == first


def test_file_gives_back_what_was_saved(dataset: ClipDataset, tmp_path: Path) -> None:
    hardness = measure_hardness(SaysEverywhere(), dataset)
    save_hardness(hardness, tmp_path / "hardness.json")
    assert load_hardness(tmp_path / "hardness.json") == hardness
