"""The page that runs the networks in a browser: its files, how they are built, and a local server."""

from .page_files import BUILT_FILES, built_page
from .server import PageServer

__all__ = ["BUILT_FILES", "PageServer", "built_page"]
