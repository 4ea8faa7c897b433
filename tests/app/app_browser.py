"""What the tests in a browser share: the browser, and how to hand the app a file."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
    *("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),  # a camera that shows a clock
)
PATIENCE = 90_000  # milliseconds that a run of a short clip may take on a busy machine

in_a_browser = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not Path(CHROMIUM).exists() and not os.environ.get("CI"), reason="needs Debian's chromium (CI has it)"
    ),
]


def upload(page: Page, path: Path) -> None:
    """Choose a file in the tab Video."""
    page.locator("#source input[type=file]").first.set_input_files(path)
