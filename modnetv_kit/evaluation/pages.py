"""Pages of figures: Markdown with a plot beside it."""

from functools import partial
from pathlib import Path

from ..errors import InputError
from ..files import check_parent, output_error, replace_file
from .svg_chart import require_matplotlib


def check_page_path(path: Path, what: str) -> None:
    """Check that a page can be written to `path`. Call it before measuring.

    Args:
        path: of the page.
        what: subject and verb of the message, such as "the ablation is".

    Raises:
        InputError: not a .md file, or matplotlib is not installed.
        OutputError: the folder cannot be written.

    Examples:
        >>> check_page_path(Path("clicks.pdf"), "the clicks are")
        Traceback (most recent call last):
            ...
        modnetv_kit.errors.InputError: clicks.pdf: the clicks are written as Markdown; give a name that ends in .md
    """
    if path.suffix.lower() != ".md":
        raise InputError(f"{path}: {what} written as Markdown; give a name that ends in .md")
    check_parent(path)
    require_matplotlib()


def shown_path(path: Path) -> str:
    """The path to print in the page itself, without folders of this machine.

    Examples:
        >>> shown_path(Path("docs/ablation.md")), shown_path(Path("docs/ablation.md").absolute())
        ('docs/ablation.md', 'ablation.md')
    """
    return path.name if path.is_absolute() else path.as_posix()


def write_page(path: Path, text: str, chart: str) -> Path:
    """Write a page and, beside it, its plot; returns the SVG file.

    Raises:
        OutputError: a file cannot be written.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     svg = write_page(Path(folder, "page.md"), "# Clicks", "<svg/>")
        ...     svg.name, svg.read_text(), Path(folder, "page.md").read_text()
        ('page.svg', '<svg/>', '# Clicks')
    """
    svg = path.with_suffix(".svg")
    try:
        for target, content in ((svg, chart), (path, text)):
            replace_file(target, partial(Path.write_text, data=content, encoding="utf-8"))
    except OSError as error:
        raise output_error(path, error) from None
    return svg
