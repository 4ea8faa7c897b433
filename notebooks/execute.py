"""Executes the notebooks and stamps them with what produced their outputs: `python notebooks/execute.py [NAME ...]`.

A saved notebook holds small outputs only: no widget state, and a still of the first view of every explorer and beside
every plotly figure, for places that run no JavaScript. A notebook that fails is left as it was.
"""

import argparse
import ast
import base64
import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from modnetv_kit.files import replace_file

FOLDER = Path(__file__).parent
WEIGHTS = FOLDER.parent / "modnetv_kit" / "weights" / "model.safetensors"
PLOTLY, WIDGET = "application/vnd.plotly.v1+json", "application/vnd.jupyter.widget-view+json"


def stamp(notebook: NotebookNode) -> dict[str, str]:
    """SHA-256 of what the outputs depend on: the code cells, and the bundled weights."""
    code = "\0".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return {
        "code": hashlib.sha256(code.encode()).hexdigest(),
        "weights": hashlib.sha256(WEIGHTS.read_bytes()).hexdigest(),
    }


def parameters_cell(notebook: NotebookNode) -> NotebookNode:
    """The cell tagged "parameters"."""
    return next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))


def assigned_names(source: str) -> set[str]:
    """The names to which a cell assigns."""
    nodes = ast.walk(ast.parse(source))
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def reduce_size(notebook: NotebookNode) -> None:
    """Insert a cell behind the parameters with the small values that their cell's metadata holds as "reduced".

    Raises:
        ValueError: one of them is no parameter.
    """
    cell = parameters_cell(notebook)
    reduced = cell.metadata.get("reduced", {})
    if unknown := reduced.keys() - assigned_names(cell.source):
        raise ValueError(f"reduced values for what is no parameter: {', '.join(sorted(unknown))}")
    source = "\n".join(f"{name} = {value!r}" for name, value in reduced.items())
    notebook.cells.insert(notebook.cells.index(cell) + 1, nbformat.v4.new_code_cell(source))


def execute(notebook: NotebookNode, cell_timeout: int = 1200) -> None:
    """Run all cells, in place, in a kernel whose folder is new and thrown away.

    Raises:
        CellExecutionError: a cell failed.
    """
    os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"  # or every figure would bring its own copy of plotly.js
    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        client = NotebookClient(notebook, timeout=cell_timeout, resources=resources, store_widget_state=False)
        client.execute()


def strip(notebook: NotebookNode) -> None:
    """Remove what makes saved notebooks large or different on every machine.

    Widgets are nothing without a kernel: of those that bring a picture along it stays, the others go.
    """
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
    )
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            cell.outputs = [output for output in cell.outputs if not _widget_alone(output)]
            for output in cell.outputs:
                output.pop("transient", None)
                output.get("data", {}).pop(WIDGET, None)


def _widget_alone(output: NotebookNode) -> bool:
    """Whether an output is a widget without a picture."""
    data = output.get("data", {})
    return WIDGET in data and not any(kind.startswith("image/") for kind in data)


def add_stills(notebook: NotebookNode) -> None:
    """Add to every plotly output a picture of its first view, PNG or JPEG, whichever is smaller."""
    outputs = [
        output for cell in notebook.cells for output in cell.get("outputs", []) if PLOTLY in output.get("data", {})
    ]
    if not outputs:
        return
    # only here: a notebook without figures needs no browser
    from playwright.sync_api import sync_playwright
    from plotly.offline import get_plotlyjs

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            page = browser.new_page()
            page.set_content("<html><body></body></html>")
            page.add_script_tag(content=get_plotlyjs())
            for output in outputs:
                pictures = page.evaluate(_STILLS, dict(output.data[PLOTLY]))
                kind, data = min(pictures, key=lambda picture: len(picture[1]))
                output.data[f"image/{kind}"] = base64.b64encode(base64.b64decode(data)).decode()
        finally:
            browser.close()


_STILLS = """async (figure) => {
  const size = {width: figure.layout.width || 900, height: figure.layout.height || 450};
  const element = document.body.appendChild(document.createElement("div"));
  const ground = {paper_bgcolor: "white", plot_bgcolor: "white"};  // JPEG knows no transparency
  await Plotly.newPlot(element, figure.data, {...figure.layout, ...size, ...ground});
  const stills = [];
  for (const format of ["png", "jpeg"]) {
    const url = await Plotly.toImage(element, {format, ...size});
    stills.push([format, url.slice(url.indexOf(",") + 1)]);
  }
  element.remove();
  return stills;
}"""


def note_run_time(notebook: NotebookNode, seconds: float) -> None:
    """Write into the first cell how long the run took, and on what."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    line = f"**Run time**: {max(1, round(seconds / 60))} min as saved here, on {cores} CPU cores."
    first = notebook.cells[0]
    first.source = re.sub(r"(?m)^\*\*Run time\*\*.*$", line, first.source)


def save(notebook: NotebookNode, path: Path) -> None:
    """Replace `path` by the notebook, whole."""
    nbformat.validate(notebook)
    text = nbformat.writes(notebook) + "\n"
    replace_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def main() -> int:
    """Execute the notebooks that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 01_quickstart; all without any")
    parser.add_argument("--reduced", action="store_true", help="at CI's size, to see whether they run; saves nothing")
    options = parser.parse_args()
    paths = [FOLDER / f"{Path(name).stem}.ipynb" for name in options.names] or sorted(FOLDER.glob("*.ipynb"))
    failed = 0
    for path in paths:
        began = time.monotonic()
        notebook = nbformat.read(path, as_version=4)
        if options.reduced:
            reduce_size(notebook)
        made_by = stamp(notebook)  # now: the weights may be replaced while it runs
        try:
            execute(notebook)
        except CellExecutionError as error:
            print(f"{path.name} failed and is left as it was:\n{error}", file=sys.stderr)
            failed += 1
            continue
        if not options.reduced:
            note_run_time(notebook, time.monotonic() - began)
            strip(notebook)
            add_stills(notebook)
            notebook.metadata["modnetv_kit"] = made_by
            save(notebook, path)
        print(f"{path.name}: {time.monotonic() - began:.0f} s, {path.stat().st_size / 1e6:.2f} MB", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
