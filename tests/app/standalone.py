"""The app in a browser of its own, for scripts that renew a picture or measure."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app_server import AppServer
from playwright.sync_api import Page, expect, sync_playwright
from real_browser import CHROMIUM, FLAGS

PATIENCE = 600_000  # milliseconds


@contextmanager
def standalone_page(height: int) -> Iterator[tuple[Page, Path]]:
    """A page with the app, 1280 pixels wide, and a folder for its clips; both are gone afterwards."""
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = AppServer(Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            page = browser.new_page(viewport={"width": 1280, "height": height})
            page.set_default_timeout(PATIENCE)
            page.goto(server.url)
            yield page, Path(folder)
        finally:
            server.stop()
