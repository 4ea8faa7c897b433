"""`python tests/app/screenshot.py` renews docs/images/app.jpg: an example that has just been matted in the app."""

import sys
from pathlib import Path

from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/app")]

from standalone import standalone_page  # noqa: E402

SHOWN = ROOT / "docs/images/app.jpg"


def main() -> None:
    """Matte the first example, show its middle and save the page."""
    with standalone_page(height=960) as (page, _):
        page.locator("#examples button").first.click()
        expect(page.locator("#results")).to_be_visible()
        expect(page.locator("#status")).to_contain_text("frames in")
        page.wait_for_timeout(3_000)  # the result begins to play
        page.screenshot(path=SHOWN, type="jpeg", quality=85)


if __name__ == "__main__":
    main()
