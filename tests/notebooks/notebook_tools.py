"""Reads the notebooks, and `notebooks/execute.py`, which is a script outside any package."""

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# absolute paths, except those of media types, data URIs and addresses
MACHINE_PATH = re.compile(
    r"(?<![\w:./<])/(?:home|root|work|tmp|usr|opt|var|content|Users|private)/[\w.-]+|[A-Z]:\\\\?Users"
)


def load_runner() -> ModuleType:
    """`notebooks/execute.py` as a module."""
    spec = importlib.util.spec_from_file_location("execute", ROOT / "notebooks" / "execute.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook: NotebookNode) -> Iterator[NotebookNode]:
    for cell in code_cells(notebook):
        yield from cell.outputs


def readable_text(output: NotebookNode) -> str:
    """An output without its encoded pictures and videos."""
    kept = {kind: data for kind, data in output.get("data", {}).items() if not kind.startswith("image/")}
    text = json.dumps({**output, "data": kept})
    return re.sub(r"base64,[\w+/=]+", "", text)


def image_bytes(output: NotebookNode) -> Iterator[str]:
    """The output's PNG and JPEG pictures, base64."""
    for kind in ("image/png", "image/jpeg"):
        if kind in output.get("data", {}):
            yield output.data[kind]
