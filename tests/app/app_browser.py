"""Shared by the browser tests of the app: a patient timeout, and the choice of a clip."""

from pathlib import Path

from playwright.sync_api import Page, expect

PATIENCE = 60_000  # milliseconds that anything may take on a busy machine
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def upload(page: Page, path: Path) -> None:
    """Choose a file in the tab Video."""
    page.locator("#source input[type=file]").first.set_input_files(path)


def choose(page: Page, path: Path) -> None:
    """Choose a file in the tab Video, and wait until the page has read it."""
    upload(page, path)
    expect(page.locator("#about")).to_contain_text("frames/s", timeout=PATIENCE)
