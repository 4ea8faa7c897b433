"""The notebooks run from top to bottom, and their saved outputs are small, current and readable everywhere."""

import base64
import io
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import yaml
from notebook_tools import (
    MACHINE_PATH,
    NOTEBOOKS,
    ROOT,
    code_cells,
    image_bytes,
    load_runner,
    outputs,
    read,
    readable_text,
)
from PIL import Image

runner = load_runner()
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/modnetv-kit/modnetv_kit/blob/main/notebooks/{})"
)
INSTALL = '''import importlib.util
import sys

REPOSITORY = "https://github.com/modnetv-kit/modnetv_kit"
if not importlib.util.find_spec("modnetv_kit"):
    # Colab brings its own widgets and notebook server, which the extra for it leaves alone
    extra = "colab" if "google.colab" in sys.modules else "notebooks"
    %pip install --quiet "modnetv-kit[{extra}] @ git+{REPOSITORY}"'''


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) >= 3


@every_notebook
def test_opens_with_badge_install_cell_and_parameters(path: Path) -> None:
    first, install, parameters = read(path).cells[:3]
    assert first.cell_type == "markdown"
    assert first.source.startswith(BADGE.format(path.name))
    assert "\n# " in first.source
    assert install.metadata.tags == ["install"]
    assert install.source == INSTALL
    assert parameters.metadata.tags == ["parameters"]
    assert parameters.source.startswith('DEVICE = "auto"')


@every_notebook
def test_outputs_come_from_the_code_and_the_weights_as_they_are(path: Path) -> None:
    notebook = read(path)
    assert notebook.metadata.get("modnetv_kit") == runner.stamp(notebook), (
        f"{path.name} is stale: run `python notebooks/execute.py {path.stem}`"
    )
    assert [cell.execution_count for cell in code_cells(notebook)] == list(range(1, len(code_cells(notebook)) + 1))


@every_notebook
def test_is_small_and_without_widget_state(path: Path) -> None:
    notebook = read(path)
    assert path.stat().st_size < 3_000_000
    assert "widgets" not in notebook.metadata
    assert not any(runner.WIDGET in output.get("data", {}) for output in outputs(notebook))


@every_notebook
def test_outputs_show_no_paths_of_a_machine_no_warnings_and_no_errors(path: Path) -> None:
    for output in outputs(read(path)):
        assert output.output_type != "error"
        assert output.get("name") != "stderr", output.text
        assert not MACHINE_PATH.search(readable_text(output))


@every_notebook
def test_pictures_show_something_also_where_no_javascript_runs(path: Path) -> None:
    notebook = read(path)
    for output in outputs(notebook):
        assert runner.PLOTLY not in output.get("data", {}) or list(image_bytes(output))
    pictures = [data for output in outputs(notebook) for data in image_bytes(output)]
    assert len(pictures) >= 3
    for data in pictures:
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            assert max(image.size) <= 2200
            assert np.array(image.convert("RGB")).std() > 5


EXPLORER = re.compile(r"^(?:BackgroundExplorer|FlawExplorer|Compare)\(", re.M)


@every_notebook
def test_every_explorer_is_a_picture_where_no_kernel_runs(path: Path) -> None:
    for cell in code_cells(read(path)):
        if EXPLORER.search(cell.source):
            assert any(list(image_bytes(output)) for output in cell.outputs), cell.source


@every_notebook
def test_links_lead_to_files_and_headings_that_exist(path: Path) -> None:
    text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("http")]
    for link in links:
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve()
        assert target.exists(), link
        headings = re.findall(r"^#+ (.+)$", target.read_text(), re.M) if anchor else []
        assert not anchor or anchor in [re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings], link
    assert any(link.startswith("../docs/paper_to_code.md") for link in links)


def test_notebook_04_names_what_the_video_stage_learns_on() -> None:
    recipe = yaml.safe_load((ROOT / "configs" / "video.yaml").read_text())
    set_there = {name for name, value in (recipe | recipe["clips"]).items() if name.endswith("_prob") and value}
    text = "\n".join(cell.source for cell in read(ROOT / "notebooks" / "04_train.ipynb").cells)
    assert set(re.findall(r"`(\w+_prob)`", text)) == set_there


@every_notebook
@pytest.mark.slow
def test_runs_from_top_to_bottom_at_reduced_size(path: Path) -> None:
    notebook = read(path)
    runner.reduce_size(notebook)
    runner.execute(notebook)
    assert all(cell.execution_count for cell in code_cells(notebook) if cell.source)


def test_every_notebook_says_how_it_is_made_smaller() -> None:
    for path in NOTEBOOKS:
        assert runner.parameters_cell(read(path)).metadata.get("reduced"), path.name


def notebook_with(*sources: str) -> nbformat.NotebookNode:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[0].metadata = {"tags": ["parameters"], "reduced": {"STEPS": 2}}
    return nbformat.v4.new_notebook(cells=cells)


def test_reduced_values_take_the_place_of_the_parameters() -> None:
    notebook = notebook_with("STEPS = 100  # many", "print(STEPS)")
    runner.reduce_size(notebook)
    assert [cell.source for cell in notebook.cells] == ["STEPS = 100  # many", "STEPS = 2", "print(STEPS)"]


def test_a_reduced_value_for_what_is_no_parameter_is_an_error() -> None:
    with pytest.raises(ValueError, match="STEPS"):
        runner.reduce_size(notebook_with("FRAMES = 100"))


def test_the_stamp_changes_with_code_and_weights_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    notebook = notebook_with("STEPS = 100", "STEPS")
    stamp = runner.stamp(notebook)
    notebook.cells.append(nbformat.v4.new_markdown_cell("words"))
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="100")]
    assert runner.stamp(notebook) == stamp
    notebook.cells[1].source = "STEPS + 1"
    assert runner.stamp(notebook)["code"] != stamp["code"]
    monkeypatch.setattr(runner, "WEIGHTS", tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").write_bytes(b"others")
    assert runner.stamp(notebook)["weights"] != stamp["weights"]


def test_a_failing_notebook_is_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nbformat.write(notebook_with("STEPS = 1", "STEPS / 0"), tmp_path / "bad.ipynb")
    before = (tmp_path / "bad.ipynb").read_bytes()
    monkeypatch.setattr(runner, "FOLDER", tmp_path)
    monkeypatch.setattr("sys.argv", ["execute.py", "bad"])
    assert runner.main() == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert (tmp_path / "bad.ipynb").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["bad.ipynb"]


@pytest.mark.slow
def test_widgets_go_and_plotly_figures_get_a_still(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    widget = "import ipywidgets\nipywidgets.IntSlider()"
    explorer = (
        "import numpy as np\nfrom modnetv_kit.viz import Compare\n"
        "Compare(*np.random.default_rng(0).integers(0, 256, (2, 1, 64, 96, 3), np.uint8))"
    )
    figure = "import plotly.graph_objects as go\ngo.Figure(go.Bar(y=[1, 2]), layout={'width': 300, 'height': 200})"
    nbformat.write(notebook_with("STEPS = 1", widget, figure, explorer), tmp_path / "good.ipynb")
    monkeypatch.setattr(runner, "FOLDER", tmp_path)
    monkeypatch.setattr("sys.argv", ["execute.py", "good"])
    assert runner.main() == 0
    notebook = read(tmp_path / "good.ipynb")
    assert notebook.metadata["modnetv_kit"] == runner.stamp(notebook)
    assert "widgets" not in notebook.metadata
    assert notebook.cells[1].outputs == []
    (still,) = image_bytes(notebook.cells[2].outputs[0])
    with Image.open(io.BytesIO(base64.b64decode(still))) as image:
        assert image.size == (300, 200)
        assert np.array(image.convert("RGB")).std() > 5
    assert runner.PLOTLY in notebook.cells[2].outputs[0].data
    (explored,) = notebook.cells[3].outputs
    assert list(image_bytes(explored))
    assert runner.WIDGET not in explored.data


def test_paths_of_machines_are_told_from_addresses() -> None:
    assert MACHINE_PATH.search("saved to /home/me/clip.mp4")
    assert MACHINE_PATH.search("'/tmp/tmpab12/out.mp4'")
    assert not MACHINE_PATH.search("https://example.org/home/me, image/png, out/usr/x")
