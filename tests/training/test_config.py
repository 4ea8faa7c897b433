"""Settings in YAML files: unknown ones are refused, and the shipped recipes can be read."""

from pathlib import Path

import pytest

from modnetv_kit.data import ClipSpec
from modnetv_kit.errors import TrainingError
from modnetv_kit.training.config import DEFAULTS, RENAMED, load_config

ROOT = Path(__file__).parents[2]


def test_every_recipe_that_ships_sets_up_its_stage() -> None:
    recipes = sorted((ROOT / "configs").glob("*.yaml"))
    assert {load_config(path)["stage"] for path in recipes} == {"image", "video", "refine"}
    for path in recipes:
        settings = load_config(path)
        config = DEFAULTS[settings["stage"]].with_changes(**settings)  # type: ignore[index]
        assert config.steps > 0
        assert all(height >= 32 and width >= 32 for height, width in config.clips.sizes)


def test_sizes_and_lengths_become_tuples(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        "stage: video\nclips:\n  sizes: [[64, 96], [96, 64]]\n  shorter: [1, 2]\nlr: 0.0003\n"
    )
    settings = load_config(tmp_path / "c.yaml")
    assert settings == {
        "stage": "video",
        "clips": {"sizes": ((64, 96), (96, 64)), "shorter": (1, 2)},
        "lr": 0.0003,
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("steps: 3\nlearning_rate: 1\n", "learning_rate"),
        ("- steps\n", "holds no settings"),
        ("", "holds no settings"),
        ("steps: [1\n", "not a readable YAML"),
        ("clips:\n  sizes: [64, 64]\n", "sizes"),
        ("clips:\n  sizes: 64\n", "sizes"),
        ("lr: 3e-4\n", "lr"),
        ("clips: 3\n", "clips"),
        ("batch_size: 3\n", "batch_size is a setting of clips"),
        ("clips:\n  steps: 3\n", "steps"),
    ],
)
def test_bad_file_gets_one_line_that_names_it(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(TrainingError, match=says) as caught:
        load_config(tmp_path / "bad.yaml")
    assert "bad.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_gets_one_line(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"none\.yaml"):
        load_config(tmp_path / "none.yaml")


def test_frozen_norms_is_a_switch(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("frozen_norms: true\n")
    assert load_config(path) == {"frozen_norms": True}
    path.write_text("frozen_norms: 1\n")
    with pytest.raises(TrainingError, match="frozen_norms must be true or false, not 1"):
        load_config(path)


@pytest.mark.parametrize("where", ["", "clips:\n  "])
def test_old_names_are_told_with_the_new_ones(tmp_path: Path, where: str) -> None:
    assert set(RENAMED.values()) <= set(ClipSpec.__dataclass_fields__)
    path = tmp_path / "old.yaml"
    for old, new in RENAMED.items():
        path.write_text(f"{where}{old}: 0.3\n")
        with pytest.raises(TrainingError, match=f"{old} is called {new} now") as caught:
            load_config(path)
        assert "old.yaml" in str(caught.value)
        assert "\n" not in str(caught.value)
