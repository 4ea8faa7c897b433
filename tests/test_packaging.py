"""The ways to install the kit name the same packages."""

import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).parents[1]
ZERO_GPU = ("3.10.13", "3.12.12")
"""The versions of Python that ZeroGPU has."""


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def lines_of(name: str) -> set[str]:
    lines = (ROOT / name).read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def test_requirements_of_the_space_are_the_core_and_the_app_with_the_tested_torch() -> None:
    tested = lines_of("constraints.txt")
    pinned = {Requirement(line).name for line in tested}
    named = {*project()["dependencies"], *project()["optional-dependencies"]["app"]}
    assert lines_of("requirements.txt") == {line for line in named if Requirement(line).name not in pinned} | tested


def test_conda_environment_installs_extras_that_exist() -> None:
    text = (ROOT / "environment.yml").read_text()
    extras = text.split("-e .[")[1].split("]")[0].split(",")
    assert set(extras) <= set(project()["optional-dependencies"])
    assert "-c constraints.txt" in text


def test_every_dependency_has_a_lower_and_an_upper_bound() -> None:
    optional = [name for names in project()["optional-dependencies"].values() for name in names]
    others = [name for name in optional if not name.startswith("modnetv-kit[")]  # an extra may hold another extra
    for requirement in [*project()["dependencies"], *others]:
        spec = requirement.split(";")[0]
        assert "==" in spec or ">=" in spec, requirement
        assert "==" in spec or "<" in spec or spec.startswith("torch>="), requirement


def test_weights_and_card_are_shipped_in_the_package() -> None:
    weights = ROOT / "modnetv_kit" / "weights"
    assert {"config.json", "model.safetensors", "MODEL_CARD.md"} <= {path.name for path in weights.iterdir()}
    assert (weights / "model.safetensors").stat().st_size < 6_000_000


def test_readme_describes_the_space_with_an_exact_gradio_that_the_app_extra_allows() -> None:
    front = yaml.safe_load((ROOT / "README.md").read_text().split("---")[1])
    assert (ROOT / front["app_file"]).is_file()
    assert front["sdk"] == "gradio"
    gradio = next(name for name in project()["optional-dependencies"]["app"] if name.startswith("gradio"))
    assert Version(front["sdk_version"]) in Requirement(gradio).specifier
    assert Version(front["python_version"]) in SpecifierSet(project()["requires-python"])
    assert front["python_version"] in ZERO_GPU
