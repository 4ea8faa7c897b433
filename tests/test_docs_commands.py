"""The commands that README and docs show, as readers would type them."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from modnetv_kit.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands(page: Path) -> list[str]:
    """Every `modnetv` command in the code blocks of a page, with continued lines joined, without other programs."""
    blocks = re.findall(r"^```(?:bash|yaml)\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    found = []
    for line in lines:
        line = re.sub(r"\s#.*", "", line).replace("entrypoint: ", "").replace("-m modnetv_kit", "modnetv")
        found += [part[part.index("modnetv ") :] for part in line.split(" | ") if re.search(r"(^|\s)modnetv ", part)]
    return found


SHOWN = [pytest.param(command, id=f"{page.stem}: {command[:60]}") for page in PAGES for command in commands(page)]


def test_the_pages_show_commands() -> None:
    assert len(SHOWN) > 30


@pytest.mark.parametrize("shown", SHOWN)
def test_every_command_that_a_page_shows_is_one_that_the_kit_takes(shown: str) -> None:
    _, name, *arguments = shlex.split(shown)
    group = get_command(app)
    context = group.make_context("modnetv", [name, *arguments])  # raises for an unknown option
    command = group.get_command(context, name)  # type: ignore[attr-defined]
    assert command is not None, f"there is no command {name}"
    while hasattr(command, "commands"):
        name, *arguments = arguments
        command = command.commands[name]
    command.make_context(name, arguments, parent=context)
