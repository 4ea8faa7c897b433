"""`python tests/app/screenshot.py` renews docs/images/app.jpg: an example that has just been matted in the app."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/app")]

from app_server import AppServer  # noqa: E402
from real_browser import CHROMIUM, FLAGS  # noqa: E402

PATIENCE = 600_000  # milliseconds
SHOWN = ROOT / "docs/images/app.jpg"


def main() -> None:
    """Matte the first example, show its middle and save the page."""
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = AppServer(Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            page = browser.new_page(viewport={"width": 1280, "height": 960})
            page.set_default_timeout(PATIENCE)
            page.goto(server.url)
            page.locator("#examples button").first.click()
            expect(page.locator("#results")).to_be_visible()
            expect(page.locator("#status")).to_contain_text("frames in")
            page.wait_for_timeout(3_000)  # the result begins to play
            page.screenshot(path=SHOWN, type="jpeg", quality=85)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
