"""Shared by the browser tests of the app: a patient timeout, and a file upload."""

from pathlib import Path

from playwright.sync_api import Page

PATIENCE = 60_000  # milliseconds that anything may take on a busy machine
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def upload(page: Page, path: Path) -> None:
    """Choose a file in the tab Video."""
    page.locator("#source input[type=file]").first.set_input_files(path)
